"""What each operator does to time: its geometry, read from an ONNX node, and the clock of what it gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from onnx import NodeProto

from export.streaming.clock import Clock
from export.streaming.graph import Array, attributes
from export.streaming.refusal import refuse

TIME_AXIS: Final = 2
"""All tensors of a stream are [batch, channels, time]."""

UNARY: Final = frozenset(
    (
        *("Abs", "Celu", "Clip", "Cos", "Elu", "Erf", "Exp", "Floor", "HardSigmoid", "HardSwish", "Identity"),
        *("LeakyRelu", "Log", "Neg", "PRelu", "Reciprocal", "Relu", "Selu", "Sigmoid", "Sign", "Sin", "Softplus"),
        *("Softsign", "Sqrt", "Tanh", "ThresholdedRelu"),
    )
)
"""Operators that make each sample from that same sample; further inputs are parameters."""

ELEMENTWISE: Final = frozenset(("Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Sum", "Mean"))
"""Operators that make each sample from the samples of their operands at that time."""

CHANNELWISE: Final = frozenset(("Concat", "Split", "Slice", "Softmax"))
"""Operators that work along one axis; streamable where that axis is the channels'."""

POINTWISE: Final = UNARY | ELEMENTWISE | CHANNELWISE | {"BatchNormalization"}
"""Operators that look neither forward nor back."""


@dataclass(frozen=True, slots=True)
class Convolution:
    """Conv over time. Sample j of the output sees `span` samples of the input from `stride * j - left` on."""

    span: int
    """Samples from the kernel's first tap to its last, both counted: (kernel - 1) * dilation + 1."""
    stride: int
    left: int
    """Zeros that the whole puts before the input."""
    right: int
    """Zeros after it."""

    def clock(self, source: Clock) -> Clock:
        """The clock of the output."""
        missing = self.span - 1 - self.left
        return Clock(
            rate=source.rate // self.stride,
            delay=-(-(source.delay + missing - self.stride + 1) // self.stride),
            surplus=(source.surplus + self.right - missing - 1) // self.stride + 1,
        )

    def history(self, source: Clock) -> int:
        """Samples of the input that the next call needs again; negative where it must skip some."""
        return self.stride * self.clock(source).delay + self.left - source.delay


@dataclass(frozen=True, slots=True)
class Upsampling:
    """ConvTranspose over time. Sample i of the input reaches `span` samples of the output from `stride * i - left`."""

    span: int
    stride: int
    left: int
    """Samples that the whole cuts from the output's start."""
    right: int
    """Samples that it cuts from the end."""
    extra: int
    """Samples that it adds at the end (`output_padding`)."""

    def clock(self, source: Clock) -> Clock:
        """The clock of the output."""
        return Clock(
            rate=source.rate * self.stride,
            delay=source.delay * self.stride + self.left,
            surplus=source.surplus * self.stride + self.span - self.stride - self.left - self.right + self.extra,
        )

    @property
    def history(self) -> int:
        """Samples of the input that still reach into what the next call gives."""
        return max(-(-self.span // self.stride) - 1, 0)


@dataclass(frozen=True, slots=True)
class Padding:
    """Pad over time."""

    left: int
    """Samples put before the input; negative where it is cut."""
    right: int
    mode: str

    def clock(self, source: Clock) -> Clock:
        """The clock of the output."""
        return Clock(source.rate, source.delay - self.left, source.surplus + self.left + self.right)


def read_convolution(node: NodeProto, constants: Mapping[str, Array]) -> Convolution:
    """The geometry of a Conv node.

    Raises:
        CannotStreamError: when its kernel is not fixed or not one-dimensional, or smaller than its stride.
    """
    given = attributes(node)
    span, stride = _span(node, constants), given.get("strides", [1])[0]
    if span < stride:
        refuse(node, "has a kernel smaller than its stride")
    left, right = _paddings(node, span, stride)
    return Convolution(span, stride, left, right)


def read_upsampling(node: NodeProto, constants: Mapping[str, Array]) -> Upsampling:
    """The geometry of a ConvTranspose node.

    Raises:
        CannotStreamError: when its kernel is not fixed or not one-dimensional, or its output's length is prescribed.
    """
    given = attributes(node)
    if given.get("output_shape"):
        refuse(node, "prescribes the length of its output")
    span, stride = _span(node, constants), given.get("strides", [1])[0]
    if given.get("auto_pad", b"NOTSET") not in (b"NOTSET", b"VALID"):
        refuse(node, "leaves its padding to the runtime (auto_pad)")
    left, right = given.get("pads", [0, 0])
    return Upsampling(span, stride, left, right, given.get("output_padding", [0])[0])


def read_padding(node: NodeProto, constants: Mapping[str, Array]) -> Padding:
    """The geometry of a Pad node.

    Raises:
        CannotStreamError: when its extent is not fixed, when it pads other axes than time, or when it makes the end
            from samples that have gone out by then.
    """
    if node.input[1] not in constants:
        refuse(node, "pads by an amount that is not fixed")
    pads = constants[node.input[1]].tolist()
    if len(node.input) > 3 and node.input[3]:
        axes = constants[node.input[3]].tolist() if node.input[3] in constants else []
        if [axis % 3 for axis in axes] != [TIME_AXIS]:
            refuse(node, "pads other axes than time")
        left, right = pads
    else:
        if len(pads) != 6 or any(pads[:2]) or any(pads[3:5]):
            refuse(node, "pads other axes than time")
        left, right = pads[2], pads[5]
    mode = attributes(node).get("mode", b"constant").decode()
    if mode != "constant" and right:
        refuse(node, f"makes the end by {mode} padding, from samples that have gone out by then")
    if mode not in ("constant", "edge", "reflect"):
        refuse(node, f"pads in the mode {mode}")
    if left < 0 or right < 0:
        refuse(node, "cuts samples off instead of adding some")
    return Padding(left, right, mode)


def check_pointwise(node: NodeProto, constants: Mapping[str, Array]) -> None:
    """See that a node of `POINTWISE` leaves the time axis alone.

    Raises:
        CannotStreamError: when it does not, or when that cannot be told from the graph.
    """
    given = attributes(node)
    if node.op_type in ("Concat", "Split", "Softmax"):
        axes = [int(given.get("axis", -1 if node.op_type == "Softmax" else 0))]
    elif node.op_type == "Slice":
        axes = _slice_axes(node, constants)
    else:
        return
    for axis in axes:
        if axis % 3 != 1:
            refuse(node, f"works along the {('batch', 'channel', 'time')[axis % 3]} axis")


def _slice_axes(node: NodeProto, constants: Mapping[str, Array]) -> list[int]:
    if any(tensor and tensor not in constants for tensor in node.input[1:]):
        refuse(node, "cuts at places that are not fixed")
    if len(node.input) > 3 and node.input[3]:
        return [int(axis) for axis in constants[node.input[3]]]
    return list(range(len(constants[node.input[1]])))


def _span(node: NodeProto, constants: Mapping[str, Array]) -> int:
    weight = constants.get(node.input[1])
    if weight is None:
        refuse(node, "has weights that are not fixed")
    if weight.ndim != 3:
        refuse(node, "is not one-dimensional")
    dilation: int = attributes(node).get("dilations", [1])[0]
    return (int(weight.shape[2]) - 1) * dilation + 1


def _paddings(node: NodeProto, span: int, stride: int) -> tuple[int, int]:
    given = attributes(node)
    how = given.get("auto_pad", b"NOTSET")
    if how == b"VALID":
        return 0, 0
    if how == b"NOTSET":
        left, right = given.get("pads", [0, 0])
        return left, right
    if stride > 1:
        refuse(node, "pads by the length of the whole utterance (auto_pad)")
    small, large = (span - 1) // 2, span // 2
    return (small, large) if how == b"SAME_UPPER" else (large, small)
