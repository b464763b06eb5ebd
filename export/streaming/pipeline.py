"""From a folded graph to the graphs that are run: every pass of this package, in order."""

from dataclasses import dataclass, replace
from typing import Final

from export.streaming.blocks import find_blocks
from export.streaming.graph import Graph
from export.streaming.layout import four_dimensional
from export.streaming.phases import split_into_phases
from export.streaming.plan import plan_stream
from export.streaming.residency import keep_blocked
from export.streaming.scales import fold_scales
from export.streaming.transform import stream_graphs
from server.runtime.model_card import TensorSpec
from server.runtime.streaming_graph import StreamSpec

CALLS: Final = ("first", "mid", "last", "whole")
"""The graphs of a stream, in the order in which they are written."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """A graph made ready to be streamed."""

    graphs: dict[str, Graph]
    """Call (`CALLS`) -> graph, all tensors [1, channels, 1, time]."""
    spec: StreamSpec
    """How the runtime is to call them."""


def make_streaming(graph: Graph, source: str, *, first_samples: int, mid_frames: int, fixed: bool) -> Streamed:
    """Write the graphs for the first call, the calls in the middle, the last, and for input too short for these.

    Args:
        graph: folded; one output.
        source: its input that streams, [1, channels, frames].
        first_samples: how much output the first call is to give at least.
        mid_frames: input frames of each call in the middle.
        fixed: write `first` and `mid` for exactly these lengths: onnxruntime then joins additions to convolutions,
            which saves 4 % in a vocoder.

    Raises:
        CannotStreamError: when a node cannot be streamed.
    """
    graph = fold_scales(graph)
    # The copies change no geometry, so the blocks are those of the graph without them.
    in_blocks = [node for block in find_blocks(graph, source) for node in block.nodes]
    copied = keep_blocked(graph, in_blocks)
    plan = plan_stream(copied, source, find_blocks(copied, source))
    streams = stream_graphs(plan)
    first_frames = max(plan.clock.first_frames_for(first_samples), plan.min_first_frames)
    whole = keep_blocked(graph, graph.nodes)
    (output,) = graph.outputs
    channels = plan.channels[source], plan.channels[output.name]
    whole = replace(
        whole,
        name=f"{graph.name} whole",
        inputs=tuple(_sized(spec, "frames") if spec.name == source else spec for spec in whole.inputs),
        outputs=(output.model_copy(update={"shape": (1, channels[1], "samples")}),),
    )
    graphs = {"first": streams.first, "mid": streams.mid, "last": streams.last, "whole": whole}
    if fixed:
        for call, frames in (("first", first_frames), ("mid", mid_frames)):
            inputs = tuple(_sized(spec, frames) if spec.name == source else spec for spec in graphs[call].inputs)
            graphs[call] = replace(graphs[call], inputs=inputs)
    return Streamed(
        graphs={call: split_into_phases(four_dimensional(graphs[call])) for call in CALLS},
        spec=StreamSpec(
            source=source,
            output=output.name,
            rate=plan.clock.rate,
            delay_samples=plan.clock.delay,
            first_frames=first_frames,
            mid_frames=mid_frames,
        ),
    )


def _sized(spec: TensorSpec, frames: int | str) -> TensorSpec:
    """The input with another extent in time."""
    return spec.model_copy(update={"shape": (*spec.shape[:-1], frames)})
