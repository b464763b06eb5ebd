"""Takes dynamic int8 quantisation out of a graph: the same weights, read as float32, and no activation rounded."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from export.errors import ExportError

_FLOAT_OPERATOR: Final = {"ConvInteger": "Conv", "MatMulInteger": "MatMul"}
_AFTER_THE_PRODUCT: Final = ("Add", "Cast", "Mul")


@dataclass(frozen=True, slots=True)
class QuantisedProduct:
    """A convolution or a matrix product with int8 weights, and what stands around it."""

    node: NodeProto
    """The ConvInteger or MatMulInteger."""
    source: str
    """The float32 tensor that is quantised for it."""
    output: str
    """The float32 tensor that holds its result."""
    codes: npt.NDArray[Any]
    """The weights, int8 or uint8; weight = (codes - zero_point) * scale."""
    zero_point: npt.NDArray[Any]
    """Shape [] or one per output channel, of the codes' type."""
    scale: npt.NDArray[np.float32]
    """Shape [] or one per output channel."""
    bias: str | None
    """The name of its float32 bias; None where none is added before the result is float again."""

    def weight(self) -> npt.NDArray[np.float32]:
        """The weights in float32, shape as the codes."""
        # Per output channel where there are several: a convolution's first axis, a matrix's last.
        shape = (-1, *[1] * (self.codes.ndim - 1)) if self.node.op_type == "ConvInteger" else (-1,)
        centred = self.codes.astype(np.float32) - self.zero_point.astype(np.float32).reshape(shape)
        return (centred * self.scale.reshape(shape)).astype(np.float32)


def quantised_products(model: ModelProto) -> dict[str, QuantisedProduct]:
    """Node name -> every product with int8 weights, as onnxruntime's dynamic quantisation writes it:

        x -> DynamicQuantizeLinear -> ConvInteger (-> Add the bias, in steps of the scale) -> Cast -> Mul scale -> y

    Raises:
        ExportError: when a node is quantised in another way.
    """
    reader = _Reader(model)
    return {node.name: reader.product(node) for node in model.graph.node if node.op_type in _FLOAT_OPERATOR}


def dequantised(model: ModelProto) -> ModelProto:
    """The graph with every such product replaced by `x -> Conv -> y` or `x -> MatMul -> y` in float32.

    Only the rounding of activations goes; the weights keep theirs.

    Raises:
        ExportError: when a node is quantised in another way.
    """
    products = {product.output: product for product in quantised_products(model).values()}
    result = ModelProto()
    result.CopyFrom(model)
    del result.graph.node[:]
    for node in model.graph.node:
        product = products.get(node.output[0])
        if product is None:
            result.graph.node.append(node)
            continue
        # It stands where the last node of the chain stood, so all that it reads comes before it.
        weight = f"{product.node.name}_weight"
        result.graph.initializer.append(numpy_helper.from_array(product.weight(), weight))
        result.graph.node.append(_float_node(product, weight))
    _drop_unused(result)
    return result


class _Reader:
    """Follows the tensors of one model."""

    def __init__(self, model: ModelProto) -> None:
        self._constants = {weight.name: weight for weight in model.graph.initializer}
        self._producer = {tensor: node for node in model.graph.node for tensor in node.output}
        self._readers: dict[str, list[NodeProto]] = {}
        for node in model.graph.node:
            for tensor in node.input:
                self._readers.setdefault(tensor, []).append(node)

    def product(self, node: NodeProto) -> QuantisedProduct:
        quantised, codes, _, zero_point = node.input
        bias, other, tensor = None, "", node.output[0]
        for expected in _AFTER_THE_PRODUCT:
            readers = self._readers.get(tensor, [])
            found = [reader.op_type for reader in readers]
            if expected == "Add" and found == ["Cast"]:
                continue
            if found != [expected]:
                raise ExportError(f"The node {node.name} is not quantised as onnxruntime does it.")
            other = next((name for name in readers[0].input if name != tensor), "")
            bias = self._first_constant(other) if expected == "Add" else bias
            tensor = readers[0].output[0]
        scale = next(name for name in self._producer[other].input if name in self._constants)
        return QuantisedProduct(
            node=node,
            source=self._producer[quantised].input[0],
            output=tensor,
            codes=self._array(codes),
            zero_point=self._array(zero_point),
            scale=self._array(scale),
            bias=bias,
        )

    def _first_constant(self, tensor: str) -> str:
        """The bias that is divided by the scale, rounded, cast and reshaped at run time."""
        while tensor not in self._constants:
            tensor = self._producer[tensor].input[0]
        return tensor

    def _array(self, name: str) -> npt.NDArray[Any]:
        tensor: TensorProto = self._constants[name]
        return numpy_helper.to_array(tensor)


def _float_node(product: QuantisedProduct, weight: str) -> NodeProto:
    inputs = [product.source, weight, *([product.bias] if product.bias else [])]
    node = helper.make_node(
        _FLOAT_OPERATOR[product.node.op_type], inputs, [product.output], name=f"{product.node.name}_float32"
    )
    node.attribute.extend(product.node.attribute)
    return node


def _drop_unused(model: ModelProto) -> None:
    needed = {output.name for output in model.graph.output}
    kept = []
    for node in reversed(model.graph.node):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(node.input)
    weights = [weight for weight in model.graph.initializer if weight.name in needed]
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(reversed(kept))
    model.graph.initializer.extend(weights)
