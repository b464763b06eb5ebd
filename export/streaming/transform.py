"""Turns a plan into the three graphs of a stream: its first call, the calls in the middle, and its last.

Every node that looks around itself in time keeps the end of its input as a state: a tensor that goes out of one call
and into the next. So nothing is computed twice, and, since each of the three graphs pads only where the whole does,
what they give in a row is what the whole gives.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, assert_never

import numpy as np
from onnx import NodeProto, helper

from export.streaming.graph import Array, Graph, changed, renamed
from export.streaming.operators import TIME_AXIS, Convolution, Padding, Upsampling
from export.streaming.plan import Block, Plan, Pointwise, Still, Windowed
from server.runtime.model_card import TensorSpec

Call = Literal["first", "mid", "last"]
"""Which call of a stream a graph is for."""

TO_THE_END: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class StreamGraphs:
    """The graphs of one stream. States are called `state_0` and so on going in, `next_state_0` coming out."""

    first: Graph
    """The input -> what is known of the output, and the states."""
    mid: Graph
    """The input and the states -> as much output as there was input, and the next states."""
    last: Graph
    """The input and the states -> the rest of the output."""


def stream_graphs(plan: Plan) -> StreamGraphs:
    """Write the three graphs. All have a batch of one; `mid` and `last` take one frame or more, `first` takes
    `plan.min_first_frames` or more.
    """
    return StreamGraphs(*(_Writer(plan, call).write() for call in ("first", "mid", "last")))


class _Writer:
    """Writes the graph for one call."""

    def __init__(self, plan: Plan, call: Call) -> None:
        self._plan = plan
        self._call = call
        self._nodes: list[NodeProto] = []
        self._constants: dict[str, Array] = dict(plan.graph.constants)
        self._states_in: list[TensorSpec] = []
        self._states_out: list[TensorSpec] = []
        self._alias: dict[str, str] = {}
        """Tensor of the whole -> the tensor here that holds its new samples, where the names differ."""
        self._joined: dict[tuple[str, int], str] = {}
        self._delayed: dict[tuple[str, int], str] = {}

    def write(self) -> Graph:
        for step in self._plan.steps:
            match step:
                case Still():
                    self._nodes.append(step.node)
                case Pointwise():
                    self._write_pointwise(step)
                case Windowed():
                    self._write_windowed(step)
                case Block():
                    self._write_block(step)
                case _:
                    assert_never(step)
        whole = self._plan.graph
        (output,) = whole.outputs
        if output.name in self._alias:
            self._add("Identity", [self._now(output.name)], output.name)
        source, output_channels = self._plan.source, self._plan.channels[output.name]
        pieces = (1, self._plan.channels[source], "frames")
        inputs = [replace_shape(spec, pieces) if spec.name == source else spec for spec in whole.inputs]
        graph = replace(
            whole,
            name=f"{whole.name} {self._call}",
            inputs=(*inputs, *self._states_in),
            outputs=(replace_shape(output, (1, output_channels, "samples")), *self._states_out),
        )
        return graph.with_nodes(self._nodes, self._constants)

    def _write_pointwise(self, step: Pointwise) -> None:
        """All operands at the pace of the latest."""
        delay = max(self._plan.clocks[tensor].delay for tensor in step.sources)
        self._nodes.append(renamed(step.node, {tensor: self._delayed_to(tensor, delay) for tensor in step.sources}))

    def _write_windowed(self, step: Windowed) -> None:
        node, source = step.node, step.node.input[0]
        match step.geometry:
            case Convolution(left=left, right=right) as geometry:
                history = geometry.history(self._plan.clocks[source])
                pads = {"first": [left, 0], "mid": [0, 0], "last": [0, right]}[self._call]
                inputs = [self._with_history(source, history), *node.input[1:]]
                self._nodes.append(changed(node, inputs=inputs, pads=pads, auto_pad=None))
            case Upsampling() as geometry:
                self._write_upsampling(node, geometry)
            case Padding() as geometry:
                self._write_padding(node, geometry)
            case _:
                assert_never(step.geometry)

    def _write_upsampling(self, node: NodeProto, geometry: Upsampling) -> None:
        # The samples that the next input will still add to are cut; the next call makes them anew, and whole.
        unfinished = geometry.span - geometry.stride
        known = geometry.stride * geometry.history
        pads, extra = {
            "first": ([geometry.left, max(unfinished, 0)], max(-unfinished, 0)),
            "mid": ([known, max(unfinished, 0)], max(-unfinished, 0)),
            "last": ([known, geometry.right], geometry.extra),
        }[self._call]
        inputs = [self._with_history(node.input[0], geometry.history), *node.input[1:]]
        self._nodes.append(changed(node, inputs=inputs, pads=pads, output_padding=[extra], auto_pad=None))

    def _write_padding(self, node: NodeProto, geometry: Padding) -> None:
        source, output = self._now(node.input[0]), node.output[0]
        left = geometry.left if self._call == "first" else 0
        right = geometry.right if self._call == "last" else 0
        if not left and not right:
            self._alias[output] = source
            return
        pads = self._integers(f"{output}_pads", [0, 0, left, 0, 0, right])
        self._nodes.append(changed(node, inputs=[source, pads, *node.input[2:3]]))

    def _write_block(self, block: Block) -> None:
        joined = self._with_history(block.source, block.history)
        spoilt = f"{block.output}_uncropped"
        names = {block.source: joined, block.output: spoilt}
        self._nodes.extend(renamed(node, names) for node in block.nodes)
        # Of the good samples at the start, the last call has given those before stride * history - right.
        start = 0 if self._call == "first" else block.stride * block.history - block.right
        end = TO_THE_END if self._call == "last" or block.right == 0 else -block.right
        self._cut(spoilt, start, end, block.output)

    def _now(self, tensor: str) -> str:
        """The tensor that holds the samples that are new in this call."""
        return self._alias.get(tensor, tensor)

    def _delayed_to(self, tensor: str, delay: int) -> str:
        """The tensor at the pace of a later one."""
        behind = delay - self._plan.clocks[tensor].delay
        if behind == 0:
            return self._now(tensor)
        if (tensor, delay) not in self._delayed:
            joined = self._with_history(tensor, behind)
            if self._call == "last":
                self._delayed[tensor, delay] = joined
            else:
                self._delayed[tensor, delay] = self._cut(joined, 0, -behind, f"{tensor}_behind_{behind}")
        return self._delayed[tensor, delay]

    def _with_history(self, tensor: str, samples: int) -> str:
        """The new samples behind the last `samples` of the calls before, which become a state."""
        now = self._now(tensor)
        if samples == 0:
            return now
        if (tensor, samples) not in self._joined:
            number = len(self._joined)
            shape = (1, self._plan.channels[tensor], samples)
            joined = now
            if self._call != "first":
                state = TensorSpec(name=f"state_{number}", dtype="float32", shape=shape)
                self._states_in.append(state)
                joined = self._add("Concat", [state.name, now], f"{tensor}_with_{samples}", axis=TIME_AXIS)
            if self._call != "last":
                kept = TensorSpec(name=f"next_state_{number}", dtype="float32", shape=shape)
                self._states_out.append(kept)
                self._cut(joined, -samples, TO_THE_END, kept.name)
            self._joined[tensor, samples] = joined
        return self._joined[tensor, samples]

    def _cut(self, tensor: str, start: int, end: int, output: str) -> str:
        """Samples `start` to `end` of a tensor, counted as Python's slices do."""
        if (start, end) == (0, TO_THE_END):
            return self._add("Identity", [tensor], output)
        bounds = [self._integers(f"time_{value}", [value]) for value in (start, end, TIME_AXIS)]
        return self._add("Slice", [tensor, *bounds], output)

    def _add(self, operator: str, inputs: Sequence[str], output: str, **node_attributes: Any) -> str:
        self._nodes.append(helper.make_node(operator, inputs, [output], f"stream/{output}", **node_attributes))
        return output

    def _integers(self, name: str, values: Sequence[int]) -> str:
        name = f"stream/{name}"
        self._constants[name] = np.array(values, np.int64)
        return name


def replace_shape(spec: TensorSpec, shape: tuple[int | str, ...]) -> TensorSpec:
    """The same input or output with another shape."""
    return TensorSpec(name=spec.name, dtype=spec.dtype, shape=shape)
