"""Writes convolutions of Kokoro's generator as products of int8, with the rounding of what goes in fixed beforehand.

The weights are int8 as they came. What goes in is rounded to 255 steps between two bounds that were observed when the
norms were calibrated, the same in every utterance: were the bounds those of each window, windows would not equal the
whole. A few values beyond are cut off, because steps fine enough for all others are worth more.

    αy [1, C, 1, T] -> / α, rounded -> [1, 1, T, C], padded -> taps beside each other [1, 1, U, K C] -> times [K C, O]
                                                                       -> [1, O, 1, U] -> scaled, biased
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
from onnx import TensorProto

from export.dequantise import QuantisedProduct

_STEPS: Final = 255
_TIME_AXIS: Final = 2
"""Of a tensor whose channels come last."""
_MIDDLE: Final = 128


@dataclass(frozen=True, slots=True)
class Range:
    """The bounds between which values are kept; below 0 < above."""

    lowest: float
    highest: float

    @property
    def step(self) -> float:
        """Between two codes."""
        return (self.highest - self.lowest) / _STEPS

    @property
    def zero_point(self) -> int:
        """The code of 0."""
        return round(-self.lowest / self.step)


Ranges = Mapping[str, Range]
"""By the convolution that the values go into."""


class Emit(Protocol):
    """Appends a node and names its output."""

    def __call__(self, operator: str, inputs: list[str], **attributes: Any) -> str:
        """Inputs and output by name."""


class IntegerConvolution:
    """Writes one."""

    def __init__(
        self, emit: Emit, constant: Callable[[str, npt.NDArray[Any]], str], name: str, product: QuantisedProduct
    ) -> None:
        """`emit` and `constant` append to the graph; `product` has uint8 weights [O, C, K] of one scale."""
        self._emit = emit
        self._constant = constant
        self._name = name
        self._product = product

    def write(
        self,
        x: str,
        alpha: npt.NDArray[np.float32],
        bounds: Range,
        dilation: int,
        pads: tuple[int, int],
        bias: str,
    ) -> str:
        """Append the nodes.

        Args:
            x: the input times `alpha`, [1, C, 1, T].
            alpha: [C].
            bounds: of the input.
            dilation: in samples.
            pads: zeros before and after.
            bias: float32 [O].

        Returns:
            the output, float32 [1, O, 1, U].
        """
        out_channels, _, kernel = self._product.codes.shape
        step = self._constant(f"{self._name}/steps", (alpha * bounds.step).astype(np.float32))
        zeros = self._constant(f"{self._name}/zeros", np.full(len(alpha), bounds.zero_point, np.uint8))
        rounded = self._emit("QuantizeLinear", [x, step, zeros], axis=1)
        zero = self._constant(f"code_{bounds.zero_point}", np.array(bounds.zero_point, np.uint8))
        columns = list(self._columns(rounded, zero, kernel, dilation, pads))
        beside = columns[0] if kernel == 1 else self._emit("Concat", columns, axis=3)
        centre = int(self._product.zero_point) - _MIDDLE
        weight_zero = self._constant(f"weight_zero_{centre}", np.array(centre, np.int8))
        sums = self._emit("MatMulInteger", [beside, self._matrix(), zero, weight_zero])
        number = self._emit("Cast", [self._emit("Transpose", [sums], perm=[0, 3, 1, 2])], to=TensorProto.FLOAT)
        # One pass for the product with the scale and the sum with the bias.
        scale = np.full(out_channels, bounds.step * float(self._product.scale), np.float32)
        nothing = self._constant(f"zeros_{out_channels}", np.zeros(out_channels, np.float32))
        ones = self._constant(f"ones_{out_channels}", np.ones(out_channels, np.float32))
        factor = self._constant(f"{self._name}/product_scale", scale)
        return self._emit("BatchNormalization", [number, factor, bias, nothing, ones], epsilon=0.0)

    def _columns(self, x: str, zero: str, kernel: int, dilation: int, pads: tuple[int, int]) -> Iterator[str]:
        turned = self._emit("Transpose", [x], perm=[0, 2, 3, 1])
        if any(pads):
            amounts = self._constant(f"pads_{pads}", np.array([0, 0, pads[0], 0, 0, 0, pads[1], 0], np.int64))
            turned = self._emit("Pad", [turned, amounts, zero])
        for tap in range(kernel):
            end = -(kernel - 1 - tap) * dilation or np.iinfo(np.int64).max
            limits = [
                self._constant(f"at_{value}", np.array([value], np.int64))
                for value in (tap * dilation, end, _TIME_AXIS)
            ]
            yield self._emit("Slice", [turned, *limits])

    def _matrix(self) -> str:
        """Nodes that make the weights, int8 [K C, O], of the codes that the float32 graphs have too.

        onnxruntime computes them once, when it opens the graph. Codes and zero point are both less 128.
        """
        codes = self._constant(f"{self._name}/codes", self._product.codes[:, :, np.newaxis])
        middle = self._constant("middle", np.array(_MIDDLE, np.int32))
        moved = self._emit("Sub", [self._emit("Cast", [codes], to=TensorProto.INT32), middle])
        turned = self._emit("Transpose", [self._emit("Cast", [moved], to=TensorProto.INT8)], perm=[3, 2, 1, 0])
        shape = self._constant(
            f"matrix_{self._product.codes.shape}", np.array([-1, self._product.codes.shape[0]], np.int64)
        )
        return self._emit("Reshape", [turned, shape])
