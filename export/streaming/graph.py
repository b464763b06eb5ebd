"""Graph: an ONNX graph as the passes of this package read and write it, with constants as arrays."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import onnx
from onnx import ModelProto, NodeProto, ValueInfoProto, helper, numpy_helper, shape_inference

from export.errors import ExportError
from server.runtime.model_card import TensorSpec

Array = npt.NDArray[Any]
Shape = tuple[int | None, ...]
"""None stands for an extent that varies or is not known."""

OLDEST_OPSET: Final = 13
"""From here on Split and Softmax, the operators of concern that changed late, have the form they have today."""

_ELEMENT_TYPE: Final[Mapping[Literal["float32", "int64", "uint8"], int]] = {
    "float32": onnx.TensorProto.FLOAT,
    "int64": onnx.TensorProto.INT64,
    "uint8": onnx.TensorProto.UINT8,
}
_DTYPE: Final = {number: dtype for dtype, number in _ELEMENT_TYPE.items()}


@dataclass(frozen=True, slots=True)
class Graph:
    """One graph. Passes make a new one; nodes and arrays are shared between the two and never changed in place."""

    name: str
    nodes: tuple[NodeProto, ...]
    """In an order in which they can be computed. No `Constant` nodes: their values stand in `constants`."""
    constants: Mapping[str, Array]
    """Tensor -> value: weights and all other values that are fixed."""
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    opset: int
    """Version of ONNX's default operator set, the only one these graphs use."""
    ir_version: int

    def with_nodes(self, nodes: Iterable[NodeProto], constants: Mapping[str, Array] | None = None) -> "Graph":
        """The same graph with other nodes (and constants), less what no output depends on any more."""
        kept: list[NodeProto] = []
        needed = {spec.name for spec in self.outputs}
        for node in reversed(tuple(nodes)):
            if needed.intersection(node.output):
                kept.append(node)
                needed.update(node.input)
        source = self.constants if constants is None else constants
        used = {name: value for name, value in source.items() if name in needed}
        return replace(self, nodes=tuple(reversed(kept)), constants=used)


def read_graph(model: ModelProto) -> Graph:
    """Take a model apart.

    Raises:
        ExportError: when it is older than operator set 13, uses operators of other domains than ONNX's own, or types
            other than float32 and int64 at its inputs and outputs.
    """
    opset = next((opset.version for opset in model.opset_import if opset.domain in ("", "ai.onnx")), 0)
    if opset < OLDEST_OPSET:
        raise ExportError(f"The graph uses ONNX's operator set {opset}; {OLDEST_OPSET} or later can be rewritten.")
    foreign = sorted({node.domain for node in model.graph.node if node.domain not in ("", "ai.onnx")})
    if foreign:
        raise ExportError(f"The graph uses operators of the domain {foreign[0]}; only ONNX's own can be rewritten.")
    constants = {weight.name: numpy_helper.to_array(weight) for weight in model.graph.initializer}
    nodes = []
    for node in model.graph.node:
        if node.op_type == "Constant":
            constants[node.output[0]] = _constant_value(node)
        else:
            nodes.append(node)
    return Graph(
        name=model.graph.name,
        nodes=tuple(nodes),
        constants=constants,
        inputs=tuple(_spec(info) for info in model.graph.input if info.name not in constants),
        outputs=tuple(_spec(info) for info in model.graph.output),
        opset=opset,
        ir_version=model.ir_version,
    )


def write_graph(graph: Graph) -> ModelProto:
    """Put a model together: the same bytes for the same graph.

    Raises:
        onnx.checker.ValidationError: when the graph is not valid ONNX, which is a mistake of a pass.
    """
    proto = helper.make_graph(
        graph.nodes,
        graph.name,
        [_value_info(spec) for spec in graph.inputs],
        [_value_info(spec) for spec in graph.outputs],
        [numpy_helper.from_array(np.asarray(value, order="C"), name) for name, value in graph.constants.items()],
    )
    model = helper.make_model(
        proto,
        opset_imports=[helper.make_opsetid("", graph.opset)],
        ir_version=graph.ir_version,
        producer_name="wildtrack export",
    )
    onnx.checker.check_model(model)
    return model


def attributes(node: NodeProto) -> dict[str, Any]:
    """A node's attributes as Python values; strings as bytes."""
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


def changed(
    node: NodeProto,
    *,
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    **new_attributes: Any,
) -> NodeProto:
    """A copy of the node with other inputs, outputs or attributes; an attribute given as None is left out."""
    kept = {name: value for name, value in attributes(node).items() if name not in new_attributes}
    kept.update({name: value for name, value in new_attributes.items() if value is not None})
    return helper.make_node(
        node.op_type,
        node.input if inputs is None else inputs,
        node.output if outputs is None else outputs,
        node.name or None,
        **kept,
    )


def renamed(node: NodeProto, names: Mapping[str, str]) -> NodeProto:
    """A copy of the node with inputs and outputs called otherwise; the node itself where nothing changes."""
    if not names.keys() & {*node.input, *node.output}:
        return node
    return changed(
        node,
        inputs=[names.get(tensor, tensor) for tensor in node.input],
        outputs=[names.get(tensor, tensor) for tensor in node.output],
    )


def consumers(graph: Graph) -> dict[str, list[NodeProto]]:
    """Tensor -> the nodes that read it, in order."""
    readers: dict[str, list[NodeProto]] = {}
    for node in graph.nodes:
        for tensor in dict.fromkeys(node.input):
            readers.setdefault(tensor, []).append(node)
    return readers


def infer_shapes(graph: Graph) -> dict[str, Shape]:
    """Tensor -> shape, as far as ONNX's own inference gets; tensors of unknown rank are left out."""
    inferred = shape_inference.infer_shapes(write_graph(graph), data_prop=True).graph
    shapes: dict[str, Shape] = {name: value.shape for name, value in graph.constants.items()}
    for info in (*inferred.input, *inferred.value_info, *inferred.output):
        tensor = info.type.tensor_type
        if tensor.HasField("shape"):
            shapes[info.name] = tuple(
                dimension.dim_value if dimension.HasField("dim_value") else None for dimension in tensor.shape.dim
            )
    return shapes


def _constant_value(node: NodeProto) -> Array:
    """The value of a `Constant` node, whichever attribute holds it."""
    ((name, value),) = attributes(node).items()
    if name == "value":
        return numpy_helper.to_array(value)
    return np.array(value, np.float32 if name.startswith("value_float") else np.int64)


def _spec(info: ValueInfoProto) -> TensorSpec:
    tensor = info.type.tensor_type
    if tensor.elem_type not in _DTYPE:
        raise ExportError(f"The graph's {info.name} is neither float32 nor int64 nor uint8.")
    shape = tuple(
        dimension.dim_value if dimension.HasField("dim_value") else dimension.dim_param
        for dimension in tensor.shape.dim
    )
    return TensorSpec(name=info.name, dtype=_DTYPE[tensor.elem_type], shape=shape)


def _value_info(spec: TensorSpec) -> ValueInfoProto:
    return helper.make_tensor_value_info(spec.name, _ELEMENT_TYPE[spec.dtype], list(spec.shape))
