"""Plan: a graph read as a stream: which nodes see time, how each does, and how far every tensor has come."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from onnx import NodeProto

from export.errors import ExportError
from export.streaming.clock import INPUT, Clock
from export.streaming.graph import Graph, Shape, infer_shapes
from export.streaming.operators import (
    POINTWISE,
    Convolution,
    Padding,
    Upsampling,
    check_pointwise,
    read_convolution,
    read_padding,
    read_upsampling,
)
from export.streaming.refusal import refuse


@dataclass(frozen=True, slots=True)
class Still:
    """A node that sees no time: what it computes is the same in every call."""

    node: NodeProto


@dataclass(frozen=True, slots=True)
class Pointwise:
    """A node whose output at a time needs its inputs at that time alone."""

    node: NodeProto
    sources: tuple[str, ...]
    """Those of its inputs that are time tensors."""


@dataclass(frozen=True, slots=True)
class Windowed:
    """A node that looks around itself in time; its first input is the one that does."""

    node: NodeProto
    geometry: Convolution | Upsampling | Padding


@dataclass(frozen=True, slots=True)
class Block:
    """Nodes that are run as they are over a little more than is new, and cropped: one state for all of them.

        state  | new input
        [ m    |    n     ]      -> the nodes, untouched ->      [ spoilt: left | good | spoilt: right ]

    All of them keep the length but for whole upsampling factors (surplus 0).
    """

    nodes: tuple[NodeProto, ...]
    source: str
    """The only time tensor that it reads."""
    output: str
    """The only one that is read outside."""
    stride: int
    """Output samples per input sample."""
    left: int
    """Output samples at the start that an artificial start of the input spoils."""
    right: int
    """Output samples at the end that an artificial end spoils."""

    @property
    def history(self) -> int:
        """Input samples to keep: as many as give, at the start, all the output that the two ends spoil."""
        return -(-(self.left + self.right) // self.stride)

    def clock(self, source: Clock) -> Clock:
        """The clock of the output."""
        return Clock(source.rate * self.stride, source.delay * self.stride + self.right, source.surplus * self.stride)


Step = Still | Pointwise | Windowed | Block


@dataclass(slots=True)
class Plan:
    """All steps in order, and what is known of the time tensors between them."""

    graph: Graph
    source: str
    """The input that streams."""
    output: str
    """The output that streams."""
    steps: list[Step] = field(default_factory=list)
    clocks: dict[str, Clock] = field(default_factory=dict)
    channels: dict[str, int] = field(default_factory=dict)
    min_first_frames: int = 1
    """The fewest frames the first call must have, so that every state can be filled and every node has work."""

    @property
    def clock(self) -> Clock:
        """The clock of the output."""
        return self.clocks[self.output]


def plan_stream(graph: Graph, source: str, blocks: Iterable[Block] = ()) -> Plan:
    """Read the graph as a stream over its input `source`, float32 [1, channels, frames].

    Args:
        graph: folded: no shapes of time tensors are computed in it. One output.
        source: the input that streams; all others are the same in every call.
        blocks: nodes to be run as one.

    Raises:
        CannotStreamError: when a node cannot be streamed; its sentence names the node.
    """
    if len(graph.outputs) != 1:
        raise ExportError(f"A graph with one output can be streamed; {graph.name} has {len(graph.outputs)}.")
    graph = graph.with_nodes(graph.nodes)  # what no output needs must not decide anything
    reader = _Reader(graph, source, infer_shapes(graph))
    inside = {node.output[0]: block for block in blocks for node in block.nodes}
    for node in graph.nodes:
        block = inside.get(node.output[0])
        if block is None:
            reader.read(node)
        elif node is block.nodes[-1]:
            reader.read_block(block)
    if reader.plan.output not in reader.plan.clocks:
        raise ExportError(f"The output of {graph.name} does not depend on its input {source}.")
    return reader.plan


class _Reader:
    """Walks the nodes in order and fills the plan."""

    def __init__(self, graph: Graph, source: str, shapes: Mapping[str, Shape]) -> None:
        self.plan = Plan(graph, source, graph.outputs[0].name)
        self._constants = graph.constants
        self._shapes = shapes
        self.plan.clocks[source] = INPUT
        (spec,) = (spec for spec in graph.inputs if spec.name == source)
        if len(spec.shape) != 3 or not isinstance(spec.shape[1], int):
            raise ExportError(f"The input {source} must be [1, channels, frames], its channels a number.")
        self.plan.channels[source] = spec.shape[1]

    def read(self, node: NodeProto) -> None:
        sources = tuple(tensor for tensor in node.input if tensor in self.plan.clocks)
        if not sources:
            self.plan.steps.append(Still(node))
        elif node.op_type in POINTWISE:
            self._read_pointwise(node, sources)
        elif node.op_type in ("Conv", "ConvTranspose", "Pad") and sources == (node.input[0],):
            self._read_windowed(node)
        else:
            refuse(node)

    def read_block(self, block: Block) -> None:
        clock = self.plan.clocks[block.source]
        self._needs(block.source, max(block.history, 1))
        self.plan.steps.append(block)
        self._made(block.nodes[-1], block.output, block.clock(clock))

    def _read_pointwise(self, node: NodeProto, sources: Sequence[str]) -> None:
        check_pointwise(node, self._constants)
        if node.op_type == "Concat" and len(sources) < len(node.input):
            refuse(node, "joins the stream with a tensor that is no part of it")
        clocks = [self.plan.clocks[tensor] for tensor in sources]
        if len({(clock.rate, clock.surplus) for clock in clocks}) > 1:
            refuse(node, "joins tensors of different lengths")
        for tensor in node.input:
            if tensor and tensor not in sources and node.op_type not in ("Slice", "Split", "Clip"):
                self._check_still_operand(node, tensor)
        delay = max(clock.delay for clock in clocks)
        for tensor, clock in zip(sources, clocks, strict=True):
            self._needs(tensor, delay - clock.delay + 1)
        self.plan.steps.append(Pointwise(node, tuple(dict.fromkeys(sources))))
        for output in node.output:
            self._made(node, output, Clock(clocks[0].rate, delay, clocks[0].surplus))

    def _read_windowed(self, node: NodeProto) -> None:
        source = node.input[0]
        clock = self.plan.clocks[source]
        geometry: Convolution | Upsampling | Padding
        if node.op_type == "Conv":
            geometry = read_convolution(node, self._constants)
            if clock.rate % geometry.stride:
                refuse(node, "has a stride that does not divide the samples of one input frame")
            if geometry.history(clock) < 0:
                refuse(node, "would have to skip samples between calls")
            self._needs(source, max(geometry.history(clock), 1))
        elif node.op_type == "ConvTranspose":
            geometry = read_upsampling(node, self._constants)
            self._needs(source, max(geometry.history, 1))
        else:
            geometry = read_padding(node, self._constants)
            self._needs(source, geometry.left + 1 if geometry.mode == "reflect" else 1)
        self.plan.steps.append(Windowed(node, geometry))
        self._made(node, node.output[0], geometry.clock(clock))

    def _needs(self, tensor: str, samples: int) -> None:
        """The first call must give at least so many samples of a tensor."""
        frames = self.plan.clocks[tensor].first_frames_for(samples)
        self.plan.min_first_frames = max(self.plan.min_first_frames, frames)

    def _made(self, node: NodeProto, tensor: str, clock: Clock) -> None:
        shape = self._shapes.get(tensor, ())
        if len(shape) != 3 or shape[1] is None:
            refuse(node, "gives a tensor that cannot be told to be [batch, channels, time] with fixed channels")
        if clock.rate + clock.delay + clock.surplus < 1:
            refuse(node, "leaves nothing to do for a last call of one frame")
        self.plan.clocks[tensor] = clock
        self.plan.channels[tensor] = shape[1]
        self._needs(tensor, 1)

    def _check_still_operand(self, node: NodeProto, tensor: str) -> None:
        """An operand that is the same in every call must be the same at every time."""
        shape = self._shapes.get(tensor)
        if shape == () or node.op_type == "BatchNormalization":  # whose parameters are per channel
            return
        if shape is None or len(shape) > 3 or shape[-1] != 1:
            refuse(node, f"joins the stream with {tensor}, which may differ from one time to another")
