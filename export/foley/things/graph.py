"""EfficientNet-Lite0 as one ONNX graph: a picture's bytes in, the confidence of each of our sounds out.

The network is that of Tan and Le, "EfficientNet", ICML 2019, in its "lite" form for small devices: no squeeze and
excitation, ReLU6 instead of swish; each step below is named as there. Batch normalisation goes into the convolutions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from export.errors import ExportError
from server.video.sizes import COLOUR_SIZE

Floats = npt.NDArray[np.float32]

PICTURE: Final = "picture"
CONFIDENCES: Final = "confidences"
_MIDDLE: Final = 127.0
_SPREAD: Final = 128.0
_EPSILON: Final = 1e-3
_OPSET: Final = 18
_IR_VERSION: Final = 10


@dataclass(frozen=True, slots=True)
class _Stage:
    """Blocks that are alike; the first of them may halve the picture."""

    blocks: int
    kernel: int
    stride: int
    is_expanded: bool


_STAGES: Final = (
    _Stage(1, 3, 1, is_expanded=False),
    _Stage(2, 3, 2, is_expanded=True),
    _Stage(2, 5, 2, is_expanded=True),
    _Stage(3, 3, 2, is_expanded=True),
    _Stage(3, 5, 1, is_expanded=True),
    _Stage(4, 5, 2, is_expanded=True),
    _Stage(1, 3, 1, is_expanded=True),
)


def build_graph(tensors: Mapping[str, npt.NDArray[Any]], shows: Sequence[Sequence[int]]) -> onnx.ModelProto:
    """The graph: `picture` uint8 [COLOUR_SIZE, COLOUR_SIZE, 3] -> `confidences` float32 [len(shows)].

    Args:
        tensors: the network's, by name.
        shows: for each sound the network's classes; its confidence is the sum of theirs.

    Raises:
        ExportError: when a tensor is missing.
    """
    build = _Builder(tensors)
    x = build.node("Cast", PICTURE, to=TensorProto.FLOAT)
    x = build.node("Sub", x, build.constant(np.array(_MIDDLE, np.float32)))
    x = build.node("Div", x, build.constant(np.array(_SPREAD, np.float32)))
    x = build.node("Unsqueeze", build.node("Transpose", x, perm=[2, 0, 1]), build.constant(np.array([0])))
    x, size = build.convolved(x, "_conv_stem", "_bn0", COLOUR_SIZE, stride=2)
    number = 0
    for stage in _STAGES:
        for index in range(stage.blocks):
            stride = stage.stride if index == 0 else 1
            before, block = x, f"_blocks.{number}"
            if stage.is_expanded:
                x, _ = build.convolved(x, f"{block}._expand_conv", f"{block}._bn0", size)
            x, size = build.convolved(x, f"{block}._depthwise_conv", f"{block}._bn1", size, stride, is_depthwise=True)
            x, _ = build.convolved(x, f"{block}._project_conv", f"{block}._bn2", size, is_bounded=False)
            x = build.node("Add", x, before) if index > 0 else x
            number += 1
    x, _ = build.convolved(x, "_conv_head", "_bn1", size)
    x = build.node("Flatten", build.node("GlobalAveragePool", x))
    x = build.node("Gemm", x, build.weight("_fc.weight"), build.weight("_fc.bias"), transB=1)
    x = build.node("Softmax", x, axis=1)
    x = build.node("MatMul", x, build.constant(_sums(shows, len(tensors["_fc.bias"]))))
    build.node("Squeeze", x, build.constant(np.array([0])), out=CONFIDENCES)
    return build.model(len(shows))


def _sums(shows: Sequence[Sequence[int]], n_classes: int) -> Floats:
    sums = np.zeros((n_classes, len(shows)), np.float32)
    for column, classes in enumerate(shows):
        sums[list(classes), column] = 1
    return sums


class _Builder:
    def __init__(self, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
        self._tensors = tensors
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def node(self, kind: str, *inputs: str, out: str | None = None, **settings: Any) -> str:
        name = out or f"x{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], **settings))
        return name

    def constant(self, value: npt.NDArray[Any]) -> str:
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(self._tensor(name))

    def convolved(
        self,
        x: str,
        convolution: str,
        norm: str,
        size: int,
        stride: int = 1,
        *,
        is_depthwise: bool = False,
        is_bounded: bool = True,
    ) -> tuple[str, int]:
        """A convolution and its normalisation, and the size of what comes out."""
        weights = self._tensor(f"{convolution}.weight")
        scale = self._tensor(f"{norm}.weight") / np.sqrt(self._tensor(f"{norm}.running_var") + _EPSILON)
        bias = self._tensor(f"{norm}.bias") - self._tensor(f"{norm}.running_mean") * scale
        made = -(-size // stride)
        # As TensorFlow pads: an odd row goes to the end.
        pad = max(0, (made - 1) * stride + weights.shape[2] - size)
        y = self.node(
            "Conv",
            x,
            self.constant((weights * scale[:, None, None, None]).astype(np.float32)),
            self.constant(bias.astype(np.float32)),
            strides=[stride, stride],
            pads=[pad // 2, pad // 2, pad - pad // 2, pad - pad // 2],
            group=len(weights) if is_depthwise else 1,
        )
        if is_bounded:
            zero, six = (self.constant(np.array(bound, np.float32)) for bound in (0, 6))
            y = self.node("Clip", y, zero, six)
        return y, made

    def model(self, n_sounds: int) -> onnx.ModelProto:
        picture = helper.make_tensor_value_info(PICTURE, TensorProto.UINT8, [COLOUR_SIZE, COLOUR_SIZE, 3])
        confidences = helper.make_tensor_value_info(CONFIDENCES, TensorProto.FLOAT, [n_sounds])
        graph = helper.make_graph(self._nodes, "things", [picture], [confidences], self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], producer_name="wildtrack")
        model.ir_version = _IR_VERSION
        onnx.checker.check_model(model)
        return model

    def _tensor(self, name: str) -> npt.NDArray[Any]:
        try:
            return self._tensors[name]
        except KeyError:
            raise ExportError(f"The weights lack {name}, which the network needs.") from None
