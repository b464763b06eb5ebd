"""Finds the parts of a graph that are cheaper to run over a little more than is new than with a state for each node.

At the high rates of a vocoder a few input samples are nothing: there one small state at the low-rate input of a whole
upsampling stage, and a crop at its output, replace the copies that a state for every convolution costs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from onnx import NodeProto

from export.streaming.graph import Graph
from export.streaming.operators import Convolution, Upsampling
from export.streaming.plan import Block, Plan, Pointwise, Step, Still, Windowed, plan_stream

DESIGN_FRAMES: Final = 32
"""The length of the calls that the choice is made for."""

MOST_RECOMPUTED: Final = 0.1
"""The largest part of such a call's work that a block may do twice."""


def find_blocks(
    graph: Graph, source: str, *, frames: int = DESIGN_FRAMES, most_recomputed: float = MOST_RECOMPUTED
) -> tuple[Block, ...]:
    """The stages that are worth running as blocks.

    A stage begins where the graph is one single tensor that is upsampled next, and ends where the next begins.

    Raises:
        CannotStreamError: when the graph cannot be streamed at all.
    """
    plan = plan_stream(graph, source)
    chosen = []
    stages = _stages(plan)
    ends = [_sources(steps[0])[0] for steps in stages[1:]] + [plan.output]
    for steps, end in zip(stages, ends, strict=False):  # no stages, no ends
        block = _as_block(steps, end)
        if block is not None and block.history <= most_recomputed * frames * plan.clocks[block.source].rate:
            chosen.append(block)
    return tuple(chosen)


@dataclass(slots=True)
class _Spoilt:
    """How far the ends of a block's input spoil a tensor inside."""

    stride: int
    left: int
    right: int


def _stages(plan: Plan) -> list[list[Step]]:
    """The time steps from each upsampling of the graph's only live tensor to the next, or to the end."""
    timed = [step for step in plan.steps if not isinstance(step, Still)]
    last_read = {tensor: index for index, step in enumerate(timed) for tensor in _sources(step)}
    last_read[plan.output] = len(timed)
    live = {plan.source}
    stages: list[list[Step]] = []
    for index, step in enumerate(timed):
        is_upsampling = isinstance(step, Windowed) and isinstance(step.geometry, Upsampling)
        if is_upsampling and live == set(_sources(step)):
            stages.append([])
        if stages:
            stages[-1].append(step)
        live.update(_outputs(step))
        live = {tensor for tensor in live if last_read.get(tensor, -1) > index}
    return stages


def _as_block(steps: Sequence[Step], output: str) -> Block | None:
    """The steps up to `output` as one block, or None where one of them does not keep the length."""
    source = _sources(steps[0])[0]
    spoilt = {source: _Spoilt(1, 0, 0)}
    for step in steps:
        after = _spoil(step, spoilt)
        if after is None:
            return None
        spoilt.update(dict.fromkeys(_outputs(step), after))
    end = spoilt[output]
    return Block(tuple(_node(step) for step in steps), source, output, end.stride, end.left, end.right)


def _spoil(step: Step, spoilt: dict[str, _Spoilt]) -> _Spoilt | None:
    """How far the outputs of a step are spoilt."""
    before = [spoilt[tensor] for tensor in _sources(step)]
    left, right = max(each.left for each in before), max(each.right for each in before)
    stride = before[0].stride
    match step:
        case Pointwise():
            return _Spoilt(stride, left, right)
        case Windowed(geometry=Convolution(stride=1) as conv) if conv.left + conv.right == conv.span - 1:
            return _Spoilt(stride, left + conv.left, right + conv.right)
        case Windowed(geometry=Upsampling() as up) if up.left + up.right - up.extra == up.span - up.stride:
            reach = max(up.span - up.stride - up.left, 0)
            return _Spoilt(stride * up.stride, left * up.stride + reach, right * up.stride + up.left)
    return None


def _node(step: Step) -> NodeProto:
    assert not isinstance(step, Block)
    return step.node


def _sources(step: Step) -> tuple[str, ...]:
    match step:
        case Pointwise():
            return step.sources
        case Windowed():
            return (step.node.input[0],)
    return ()


def _outputs(step: Step) -> tuple[str, ...]:
    return tuple(_node(step).output)
