"""Writes int8 convolutions along time as int8 matrix products: the same integers, in a third of the time.

onnxruntime's ConvInteger multiplies uint8 by uint8 and packs its weights anew in every call; its MatMulInteger has the
weights packed once and multiplies uint8 by int8, for which processors have an instruction (VNNI). So the columns that
the kernel meets are put beside each other, and one product takes them all:

    x [1, C, T] -> [1, T, C], padded -> kernel slices beside each other [1, U, K C] -> times [K C, O] -> [1, O, U]

Sums of integers are exact in any order, so not one bit of the result differs.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

_TIME_AXIS: Final = 1
"""Of a tensor whose channels come last."""
_LEAST_CHANNELS: Final = 16
"""Convolutions of fewer, either side, stay: they cost nothing as they are."""


def with_matrix_products(model: ModelProto) -> ModelProto:
    """The graph with every plain ConvInteger over constant uint8 weights [O, C, K] replaced; it is not changed itself.

    Left as they are: convolutions in groups, and those of few channels.
    """
    result = ModelProto()
    result.CopyFrom(model)
    constants = {weight.name: weight for weight in result.graph.initializer}
    del result.graph.node[:]
    for node in model.graph.node:
        if _is_replaced(node, constants):
            result.graph.node.extend(_Product(node, result, constants).nodes())
        else:
            result.graph.node.append(node)
    used = {tensor for node in result.graph.node for tensor in node.input}
    kept = [weight for weight in result.graph.initializer if weight.name in used]
    del result.graph.initializer[:]
    result.graph.initializer.extend(kept)
    return result


def _is_replaced(node: NodeProto, constants: dict[str, TensorProto]) -> bool:
    if node.op_type != "ConvInteger" or len(node.input) != 4:
        return False
    codes, zero = (constants.get(name) for name in (node.input[1], node.input[3]))
    if codes is None or zero is None or codes.data_type != TensorProto.UINT8:
        return False
    attributes = _attributes(node)
    is_plain = attributes.get("group", 1) == 1 and attributes.get("auto_pad", b"NOTSET") == b"NOTSET"
    return is_plain and len(codes.dims) == 3 and min(codes.dims[:2]) >= _LEAST_CHANNELS and not zero.dims


def _attributes(node: NodeProto) -> dict[str, Any]:
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


class _Product:
    """One convolution being replaced."""

    def __init__(self, node: NodeProto, model: ModelProto, constants: dict[str, TensorProto]) -> None:
        self._node = node
        self._model = model
        self._constants = constants
        self._nodes: list[NodeProto] = []

    def nodes(self) -> list[NodeProto]:
        source, codes_name, source_zero, zero_name = self._node.input
        codes, zero = (numpy_helper.to_array(self._constants[name]) for name in (codes_name, zero_name))
        # Weights and their zero point both less 128: the differences between them stay, and they are int8.
        moved = (codes.astype(np.int16) - 128).astype(np.int8)
        matrix = self._constant("matrix", moved.transpose(2, 1, 0).reshape(-1, len(codes)))
        centre = self._constant("zero", np.array(int(zero) - 128, np.int8))
        columns = list(self._columns(source, source_zero, codes.shape[2]))
        beside = columns[0] if len(columns) == 1 else self._emit("Concat", "columns", columns, axis=2)
        product = self._emit("MatMulInteger", "product", [beside, matrix, source_zero, centre])
        self._nodes.append(
            helper.make_node("Transpose", [product], list(self._node.output), name=self._node.name, perm=[0, 2, 1])
        )
        return self._nodes

    def _columns(self, source: str, source_zero: str, kernel: int) -> Iterator[str]:
        """What each tap of the kernel meets, [1, U, C]."""
        attributes = _attributes(self._node)
        before, after = attributes.get("pads", [0, 0])
        (stride,), (dilation,) = attributes.get("strides", [1]), attributes.get("dilations", [1])
        turned = self._emit("Transpose", "turned", [source], perm=[0, 2, 1])
        if before or after:
            pads = self._constant("pads", np.array([0, before, 0, 0, after, 0], np.int64))
            turned = self._emit("Pad", "padded", [turned, pads, source_zero])
        axis, step = self._constant("axis", np.array([_TIME_AXIS], np.int64)), np.array([stride], np.int64)
        for tap in range(kernel):
            missed = (kernel - 1 - tap) * dilation
            start = self._constant(f"start_{tap}", np.array([tap * dilation], np.int64))
            end = self._constant(f"end_{tap}", np.array([-missed or np.iinfo(np.int64).max], np.int64))
            if kernel == 1 and stride == 1:
                yield turned
            else:
                yield self._emit("Slice", f"tap_{tap}", [turned, start, end, axis, self._constant("step", step)])

    def _emit(self, operator: str, what: str, inputs: list[str], **attributes: Any) -> str:
        output = f"{self._node.name}/{what}"
        self._nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def _constant(self, what: str, value: np.ndarray) -> str:
        name = f"{self._node.name}/{what}"
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
            self._model.graph.initializer.append(self._constants[name])
        return name
