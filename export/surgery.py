"""Cuts a piece out of an ONNX graph between named tensors, byte for byte reproducibly."""

from collections.abc import Mapping, Sequence

import onnx
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper

from export.errors import ExportError
from server.runtime.model_card import TensorSpec

_ELEMENT_TYPE = {"float32": TensorProto.FLOAT, "int64": TensorProto.INT64}


def cut(
    model: ModelProto,
    name: str,
    inputs: Sequence[TensorSpec],
    outputs: Sequence[TensorSpec],
    tensor_of: Mapping[str, str],
) -> ModelProto:
    """The part of `model` that computes `outputs` from `inputs`, its nodes and weights untouched and in their order.

    Args:
        model: a graph without subgraphs (If, Loop, Scan) on the path; it is not changed.
        name: the new graph's name.
        inputs: what the piece takes, under the names its callers will use.
        outputs: what it gives, likewise.
        tensor_of: for each such name the tensor of `model` it stands for, where the two differ.

    Raises:
        ExportError: when a tensor is missing, or the outputs need more than the inputs give.
    """
    alias = {tensor_of.get(spec.name, spec.name): spec.name for spec in (*inputs, *outputs)}
    given = {tensor_of.get(spec.name, spec.name) for spec in inputs}
    wanted = [tensor_of.get(spec.name, spec.name) for spec in outputs]
    weights = {weight.name for weight in model.graph.initializer}

    kept = _nodes_between(model, given, wanted, weights)
    used = {tensor for node in kept for tensor in node.input}
    made = {tensor for node in kept for tensor in node.output}

    piece = ModelProto(ir_version=model.ir_version, producer_name="wildtrack export")
    # Only what the kept nodes use: an unused domain would still ask its runtime to know it.
    domains = {node.domain for node in kept}
    piece.opset_import.extend(opset for opset in model.opset_import if opset.domain in domains)
    piece.graph.name = name
    for node in kept:
        copy = piece.graph.node.add()
        copy.CopyFrom(node)
        copy.input[:] = [alias.get(tensor, tensor) for tensor in node.input]
        copy.output[:] = [alias.get(tensor, tensor) for tensor in node.output]
    piece.graph.initializer.extend(weight for weight in model.graph.initializer if weight.name in used)
    piece.graph.input.extend(_value_info(spec) for spec in inputs)
    piece.graph.output.extend(_value_info(spec) for spec in outputs)
    # The shapes of the inner tensors stay: whoever cuts this piece again needs them.
    inner = made - alias.keys()
    piece.graph.value_info.extend(info for info in model.graph.value_info if info.name in inner)
    return piece


def serialised(model: ModelProto) -> bytes:
    """The file's bytes: the same for the same model on every machine."""
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def parsed(data: bytes) -> ModelProto:
    """The model a file's bytes hold.

    Raises:
        ExportError: when they hold none.
    """
    try:
        return onnx.load_model_from_string(data)
    except Exception as error:  # the protobuf library's own DecodeError differs between its back ends
        raise ExportError("The fetched graph is not an ONNX model that this version of onnx can read.") from error


def _nodes_between(model: ModelProto, given: set[str], wanted: Sequence[str], weights: set[str]) -> list[NodeProto]:
    """The nodes that `wanted` depends on and `given` does not hide, in the order of the model."""
    producer = {tensor: index for index, node in enumerate(model.graph.node) for tensor in node.output}
    needed: set[int] = set()
    seen: set[str] = set()
    open_tensors = list(wanted)
    while open_tensors:
        tensor = open_tensors.pop()
        if not tensor or tensor in seen or tensor in given or tensor in weights:
            continue
        seen.add(tensor)
        if tensor not in producer:
            raise ExportError(f"The graph cannot be cut here: nothing in it computes the tensor {tensor}.")
        index = producer[tensor]
        needed.add(index)
        open_tensors.extend(model.graph.node[index].input)
    return [node for index, node in enumerate(model.graph.node) if index in needed]


def _value_info(spec: TensorSpec) -> ValueInfoProto:
    return helper.make_tensor_value_info(spec.name, _ELEMENT_TYPE[spec.dtype], list(spec.shape))
