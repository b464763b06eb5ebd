"""Writes Kokoro's generator anew: norms as affines that are fed in, so that it is a plain convolutional graph.

A window of it is exact where it is given enough on either side: every convolution shortens what it gets (`valid`), so
nothing is padded inside an utterance, and zeros come in only where the utterance begins or ends.

Two identities make it cheaper than the graph it is made from:
 - a norm and the snake after it, y + sin²(αy)/α with y = A x + B, are (h + sin² h)/α with h = αA x + αB; the division
   goes into the weights of the next convolution (snake: Ziyin et al. 2020, arXiv:2006.08195).
 - tensors are [1, C, 1, T]: onnxruntime's blocked convolutions want two dimensions.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from export.dequantise import QuantisedProduct, quantised_products
from export.kokoro_streaming.architecture import (
    DILATIONS,
    GENERATOR,
    NOISE_BLOCKS,
    NORM_CHANNELS,
    NORMS,
    STAGE_BLOCKS,
    Block,
    Norm,
)
from export.kokoro_streaming.integer import IntegerConvolution, Ranges

_OPSET: Final = 17
_IR_VERSION: Final = 9
_TIME_AXIS: Final = 3
_TO_THE_END: Final = int(np.iinfo(np.int64).max)
_STAGE_RADIUS: Final = max(block.radius for block in STAGE_BLOCKS[0])


@dataclass(frozen=True, slots=True)
class Edges:
    """Whether a window reaches the utterance's beginning and end."""

    starts: bool
    ends: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a tensor goes beyond a window of n frames, in samples of its own: from `before` to n * rate + `after`.

    `before` is 0 or less in what goes in, and grows with every convolution.
    """

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Context:
    """What a window needs of each input."""

    x: Reach
    """At 80 Hz."""
    har: Reach
    """At 4800 Hz."""


def context(edges: Edges) -> Context:
    """The least that gives a whole window, found from its output backwards."""
    spectra = Reach(0, 1 if edges.ends else 0)
    stage_1 = _wider(spectra, _kernel_radius(7) + _STAGE_RADIUS, edges)
    har_1 = _wider(stage_1, NOISE_BLOCKS[1].radius, edges)
    # The reflected sample in front makes everything one sample late.
    stage_0 = _wider(_before_upsampling(Reach(stage_1.before - 1, stage_1.after - 1), 6, edges), _STAGE_RADIUS, edges)
    noise_0 = _wider(stage_0, NOISE_BLOCKS[0].radius, edges)
    har_0 = Reach(
        0 if edges.starts else 6 * noise_0.before - 3,
        1 if edges.ends else 6 * noise_0.after + 3,
    )
    har = Reach(min(har_0.before, har_1.before), max(har_0.after, har_1.after))
    return Context(_before_upsampling(stage_0, 10, edges), har)


def build_generator(decoder: ModelProto, edges: Edges, ranges: Ranges | None = None) -> ModelProto:
    """The graph for windows at given edges.

    Inputs: x [1, 512, 1, 2n + ...], har [1, 22, 1, 120n + ...] as `context` says, scale and shift [NORM_CHANNELS].
    Output: spectra [1, 22, 1, 120n], one more where the utterance ends.

    Args:
        decoder: the decoder as it was exported, quantised.
        edges: of the windows that it is to be used for.
        ranges: of what goes into the convolutions of the residual blocks: these then are products of int8. None: all
            is float32.
    """
    return _Writer(decoder, edges, ranges).write()


def build_observed_generator(decoder: ModelProto) -> tuple[ModelProto, dict[str, str]]:
    """The float32 graph of whole utterances, and what goes into the convolutions of the residual blocks as outputs.

    Returns:
        the graph, and the name of each such convolution -> the output that is its input.
    """
    writer = _Writer(decoder, Edges(starts=True, ends=True), None)
    model = writer.write()
    for name, tensor in writer.snakes.items():
        shape: list[str | int | None] = [1, writer.channels_of(name), 1, "T"]
        model.graph.output.append(helper.make_tensor_value_info(tensor, TensorProto.FLOAT, shape))
    return model, writer.snakes


class _Writer:
    def __init__(self, decoder: ModelProto, edges: Edges, ranges: Ranges | None) -> None:
        self._edges = edges
        self._ranges = ranges
        self.snakes: dict[str, str] = {}
        """Convolution of a residual block -> what goes into it, times the snake's α."""
        self._products = quantised_products(decoder)
        self._floats = {
            weight.name: weight for weight in decoder.graph.initializer if weight.data_type == TensorProto.FLOAT
        }
        self._nodes_by_name = {node.name: node for node in decoder.graph.node}
        self._nodes: list[NodeProto] = []
        self._weights: dict[str, TensorProto] = {}
        self._reach: dict[str, Reach] = {}
        self._crops: dict[tuple[str, Reach], str] = {}

    def write(self) -> ModelProto:
        wanted = context(self._edges)
        self._reach |= {"x": wanted.x, "har": wanted.har}
        self._split_affines()
        stage = "x"
        for number, stride in enumerate((10, 6)):
            stage = self._upsampled(self._leaky(stage, 0.1), f"ups.{number}", stride)
            if number == 1:
                stage = self._reflected(stage)
            noise = self._residual(self._noise(number), NOISE_BLOCKS[number])
            stage = self._mean([self._residual(x, block) for x, block in self._shared(self._sum(stage, noise), number)])
        spectra = self._convolved(self._leaky(stage, 0.01), "conv_post", kernel=7)
        self._emit("Identity", [self._cropped(spectra, Reach(0, 1 if self._edges.ends else 0))], output="spectra")
        graph = helper.make_graph(
            self._nodes,
            "kokoro generator",
            [
                helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 512, 1, "X"]),
                helper.make_tensor_value_info("har", TensorProto.FLOAT, [1, 22, 1, "H"]),
                helper.make_tensor_value_info("scale", TensorProto.FLOAT, [NORM_CHANNELS]),
                helper.make_tensor_value_info("shift", TensorProto.FLOAT, [NORM_CHANNELS]),
            ],
            [helper.make_tensor_value_info("spectra", TensorProto.FLOAT, [1, 22, 1, "S"])],
            list(self._weights.values()),
        )
        opsets = [helper.make_opsetid("", _OPSET)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="wildtrack export")

    def channels_of(self, convolution: str) -> int:
        """How many go into it."""
        return int(self._products[f"{GENERATOR}/{convolution}/Conv_quant"].codes.shape[1])

    @staticmethod
    def _shared(x: str, stage: int) -> list[tuple[str, Block]]:
        return [(x, block) for block in STAGE_BLOCKS[stage]]

    def _split_affines(self) -> None:
        sizes = self._constant("norm_sizes", np.array([norm.block.channels for norm in NORMS], np.int64))
        for name in ("scale", "shift"):
            outputs = [_affine(name, norm) for norm in NORMS]
            self._nodes.append(helper.make_node("Split", [name, sizes], outputs, name=f"split_{name}", axis=0))

    def _residual(self, x: str, block: Block) -> str:
        for round_, dilation in enumerate(DILATIONS):
            inner = self._snake(x, Norm(block, 1, round_))
            inner = self._convolved(
                inner, f"{block.name}/convs1.{round_}", block.kernel, dilation, Norm(block, 1, round_)
            )
            inner = self._snake(inner, Norm(block, 2, round_))
            inner = self._convolved(inner, f"{block.name}/convs2.{round_}", block.kernel, 1, Norm(block, 2, round_))
            x = self._sum(inner, x)
        return x

    def _snake(self, x: str, norm: Norm) -> str:
        """α times the snake of the norm of x."""
        channels = norm.block.channels
        zeros = self._constant(f"zeros_{channels}", np.zeros(channels, np.float32))
        ones = self._constant(f"ones_{channels}", np.ones(channels, np.float32))
        # With mean 0 and variance 1 this is the affine in one pass over the memory instead of two.
        inputs = [x, _affine("scale", norm), _affine("shift", norm), zeros, ones]
        affine = self._pointwise("BatchNormalization", inputs, epsilon=0.0)
        sine = self._pointwise("Sin", [affine])
        return self._pointwise("Add", [affine, self._pointwise("Mul", [sine, sine])])

    def _noise(self, stage: int) -> str:
        name, reach = f"noise_convs.{stage}", self._reach["har"]
        if stage == 1:
            radius = NOISE_BLOCKS[1].radius
            needed = _wider(_wider(Reach(0, 0), _kernel_radius(7) + _STAGE_RADIUS, self._edges), radius, self._edges)
            after = 1 if self._edges.ends else needed.after
            return self._convolved(self._cropped("har", Reach(needed.before, after)), name, kernel=1)
        # Sample u of the output sees the samples 6u - 3 to 6u + 8 of the source.
        before = 0 if self._edges.starts else math.ceil((reach.before + 3) / 6)
        after = 0 if self._edges.ends else math.floor((reach.after - 3) / 6)
        source = self._cropped(
            "har",
            Reach(0 if self._edges.starts else 6 * before - 3, 1 if self._edges.ends else 6 * after + 3),
        )
        output = self._conv(source, name, 12, 1, None, (3 * self._edges.starts, 3 * self._edges.ends), stride=6)
        self._reach[output] = Reach(before, after)
        return output

    def _convolved(self, x: str, name: str, kernel: int, dilation: int = 1, snake: Norm | None = None) -> str:
        """A convolution that keeps the rate, shortened where the utterance goes on."""
        radius = _kernel_radius(kernel) * dilation
        pads = (radius * self._edges.starts, radius * self._edges.ends)
        if snake is not None:
            self.snakes[name] = x
        if snake is None or self._ranges is None:
            output = self._conv(x, name, kernel, dilation, snake, pads)
        else:
            output = self._integer_conv(x, name, dilation, snake, pads)
        reach = self._reach[x]
        self._reach[output] = Reach(reach.before + radius - pads[0], reach.after - radius + pads[1])
        return output

    def _conv(
        self,
        x: str,
        name: str,
        kernel: int,
        dilation: int,
        snake: Norm | None,
        pads: tuple[int, int],
        stride: int = 1,
    ) -> str:
        return self._emit(
            "Conv",
            [x, *self._weight_and_bias(name, snake)],
            kernel_shape=[1, kernel],
            dilations=[1, dilation],
            strides=[1, stride],
            pads=[0, pads[0], 0, pads[1]],
        )

    def _integer_conv(self, x: str, name: str, dilation: int, snake: Norm, pads: tuple[int, int]) -> str:
        product = self._products[f"{GENERATOR}/{name}/Conv_quant"]
        if product.bias is None or self._ranges is None:
            raise AssertionError(f"{name} has no bias or no range")
        writer = IntegerConvolution(self._emit, self._constant, name, product)
        alpha = numpy_helper.to_array(self._floats[snake.alpha]).ravel()
        return writer.write(x, alpha, self._ranges[name], dilation, pads, self._float(product.bias))

    def _upsampled(self, x: str, name: str, stride: int) -> str:
        """A transposed convolution, kernel 2 * stride, cropped to what all its taps have made.

            P = x turned, times all taps, [T, 2 * stride * O];   y[stride * t + j] = P[t, j] + P[t - 1, stride + j]

        It is one matrix product, because onnxruntime's ConvTranspose adds in another order where a window is short: one
        bit of a float moves a code of int8, which moves others, and no window would equal the whole.
        """
        starts, ends = int(self._edges.starts), int(self._edges.ends)
        _, weight, bias = self._nodes_by_name[f"{GENERATOR}/{name}/ConvTranspose"].input
        values = numpy_helper.to_array(self._floats[weight])
        out_channels = values.shape[1]
        taps = self._constant(f"{name}/taps", values.transpose(0, 2, 1).reshape(len(values), -1))
        turned = self._emit("Transpose", [x], perm=[0, 2, 3, 1])
        if starts or ends:
            # What is beyond the utterance adds nothing.
            pads = np.array([0, 0, starts, 0, 0, 0, ends, 0], np.int64)
            turned = self._emit("Pad", [turned, self._constant(f"pads_{starts}_{ends}", pads)])
        product = self._emit("MatMul", [turned, taps])
        half = stride * out_channels
        earlier = self._emit("Slice", [product, *self._limits((0, half), (-1, 2 * half))])
        later = self._emit("Slice", [product, *self._limits((1, 0), (_TO_THE_END, half))])
        shape = self._constant(f"{name}/shape", np.array([1, 1, -1, out_channels], np.int64))
        rows = self._emit("Reshape", [self._emit("Add", [earlier, later]), shape])
        biased = self._emit("Add", [rows, self._float(bias)])
        output = self._emit("Transpose", [biased], perm=[0, 3, 1, 2])
        padding = stride // 2
        reach = self._reach[x]
        made = Reach(stride * (reach.before + 1 - starts) - padding, stride * (reach.after - 1 + ends) + padding)
        self._reach[output] = made
        inside = Reach(0 if starts else made.before, 0 if ends else made.after)
        return self._cropped(output, inside)

    def _limits(self, start: tuple[int, int], end: tuple[int, int]) -> list[str]:
        """Of a slice of the last two axes."""
        return [self._constant(f"at_{each[0]}_{each[1]}", np.array(each, np.int64)) for each in (start, end, (2, 3))]

    def _reflected(self, x: str) -> str:
        """Where the utterance starts, its second sample before the first; elsewhere that makes all a sample late."""
        reach = self._reach[x]
        if not self._edges.starts:
            self._reach[x] = Reach(reach.before + 1, reach.after + 1)
            return x
        pads = self._constant("reflection", np.array([0, 0, 0, 1, 0, 0, 0, 0], np.int64))
        output = self._emit("Pad", [x, pads], mode="reflect")
        self._reach[output] = Reach(reach.before, reach.after + 1)
        return output

    def _sum(self, first: str, second: str) -> str:
        reaches = self._reach[first], self._reach[second]
        shared = Reach(max(each.before for each in reaches), min(each.after for each in reaches))
        return self._pointwise("Add", [self._cropped(first, shared), self._cropped(second, shared)])

    def _mean(self, parts: Sequence[str]) -> str:
        # The shortest first: the sums are over as few samples as can be.
        total = self._sum(self._sum(parts[2], parts[1]), parts[0])
        third = self._constant("third", np.array(1 / 3, np.float32))
        return self._pointwise("Mul", [total, third])

    def _leaky(self, x: str, alpha: float) -> str:
        return self._pointwise("LeakyRelu", [x], alpha=alpha)

    def _cropped(self, x: str, wanted: Reach) -> str:
        reach = self._reach[x]
        if reach == wanted:
            return x
        if reach.before > wanted.before or reach.after < wanted.after:
            raise AssertionError(f"{x} reaches {reach}, {wanted} is needed")
        if (x, wanted) not in self._crops:
            start = wanted.before - reach.before
            end = wanted.after - reach.after or np.iinfo(np.int64).max
            limits = [self._constant(f"at_{value}", np.array([value], np.int64)) for value in (start, end, _TIME_AXIS)]
            output = self._emit("Slice", [x, *limits])
            self._reach[output] = wanted
            self._crops[x, wanted] = output
        return self._crops[x, wanted]

    def _pointwise(self, operator: str, inputs: Sequence[str], **attributes: Any) -> str:
        output = self._emit(operator, inputs, **attributes)
        self._reach[output] = self._reach[inputs[0]]
        return output

    def _weight_and_bias(self, name: str, snake: Norm | None) -> tuple[str, str]:
        """The weights of a convolution, [Out, In, 1, Kernel], with the division by the snake's α in them."""
        product = self._products.get(f"{GENERATOR}/{name}/Conv_quant")
        if product is None:
            _, weight, bias = self._nodes_by_name[f"{GENERATOR}/{name}/Conv"].input
            values = numpy_helper.to_array(self._floats[weight])
            return self._constant(f"{name}/weight", values[:, :, np.newaxis]), self._float(bias)
        if product.bias is None:
            raise AssertionError(f"{name} has no bias")
        return self._unfolded_weight(name, product, snake), self._float(product.bias)

    def _unfolded_weight(self, name: str, product: QuantisedProduct, snake: Norm | None) -> str:
        """Nodes that make the weights of the codes. onnxruntime computes them once, when it opens the graph: the file
        stays a quarter as large.
        """
        scale = product.scale.reshape(-1, 1, 1, 1)
        if snake is not None:
            alpha = numpy_helper.to_array(self._floats[snake.alpha]).reshape(1, -1, 1, 1)
            scale = scale / alpha
        codes = self._constant(f"{name}/codes", product.codes[:, :, np.newaxis])
        zero = self._constant(f"{name}/zero", product.zero_point.astype(np.float32).reshape(-1, 1, 1, 1))
        factor = self._constant(f"{name}/factor", scale.astype(np.float32))
        number = self._emit("Cast", [codes], to=TensorProto.FLOAT)
        return self._emit("Mul", [self._emit("Sub", [number, zero]), factor])

    def _float(self, name: str) -> str:
        self._weights[name] = self._floats[name]
        return name

    def _constant(self, name: str, value: npt.NDArray[Any]) -> str:
        if name not in self._weights:
            self._weights[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def _emit(self, operator: str, inputs: Sequence[str], *, output: str | None = None, **attributes: Any) -> str:
        name = output or f"{operator}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [name], name=name, **attributes))
        return name


def _affine(kind: str, norm: Norm) -> str:
    return f"{kind}/{norm.block.name}/{norm.which}.{norm.round}"


def _kernel_radius(kernel: int) -> int:
    return (kernel - 1) // 2


def _wider(reach: Reach, radius: int, edges: Edges) -> Reach:
    """What a convolution needs to give `reach`."""
    return Reach(
        reach.before if edges.starts else reach.before - radius, reach.after if edges.ends else reach.after + radius
    )


def _before_upsampling(reach: Reach, stride: int, edges: Edges) -> Reach:
    """What a transposed convolution, kernel 2 * stride, needs to give `reach`."""
    return Reach(
        0 if edges.starts else math.floor((reach.before - stride // 2) / stride),
        0 if edges.ends else math.ceil((reach.after + stride // 2) / stride),
    )
