"""Moves multiplications by a positive constant into the weights of the convolutions that follow.

HiFi-GAN divides the sum of its residual blocks by their number, then goes through a LeakyRelu into a convolution. Since
f(c x) = c f(x) for c > 0 there, the weights can do the division, and one pass over the samples is saved.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from onnx import NodeProto

from export.streaming.graph import Array, Graph, changed, consumers, renamed

HOMOGENEOUS: Final = frozenset(("LeakyRelu", "Relu", "PRelu", "Abs", "Identity"))
"""Operators f of one tensor with f(c x) = c f(x) for every c > 0."""


def fold_scales(graph: Graph) -> Graph:
    """The graph without those divisions and multiplications that the next convolutions can do."""
    constants = dict(graph.constants)
    readers = consumers(graph)
    ends = {spec.name for spec in graph.outputs}
    alias: dict[str, str] = {}
    weights: dict[str, str] = {}
    """Name of a convolution's first output -> its new weights."""
    for node in graph.nodes:
        scale = _scale(node, graph.constants)
        absorbing = None if scale is None else _absorbing(node.output[0], readers, ends, graph.constants)
        if scale is None or absorbing is None:
            continue
        alias[node.output[0]] = alias.get(node.input[0], node.input[0])
        for convolution in absorbing:
            old = weights.get(convolution.output[0], convolution.input[1])
            new = f"{convolution.output[0]}_scaled_weights_{len(weights)}"
            constants[new] = (constants[old] * np.float32(scale)).astype(np.float32)
            weights[convolution.output[0]] = new
    nodes = []
    for node in graph.nodes:
        if node.output[0] in alias:
            continue
        if node.output[0] in weights:
            node = changed(node, inputs=[node.input[0], weights[node.output[0]], *node.input[2:]])
        nodes.append(renamed(node, alias))
    return graph.with_nodes(nodes, constants)


def _scale(node: NodeProto, constants: Mapping[str, Array]) -> float | None:
    """The positive constant that the node multiplies its first input by, or None."""
    if node.op_type not in ("Mul", "Div") or node.input[1] not in constants:
        return None
    value = constants[node.input[1]]
    if value.size != 1 or value.ndim > 3 or value.item() <= 0:
        return None
    return float(value.item() if node.op_type == "Mul" else 1 / value.item())


def _absorbing(
    tensor: str, readers: Mapping[str, list[NodeProto]], ends: set[str], constants: Mapping[str, Array]
) -> list[NodeProto] | None:
    """The convolutions that all of the tensor goes into by homogeneous operators, or None."""
    if tensor in ends:
        return None
    found: list[NodeProto] = []
    for node in readers.get(tensor, []):
        if node.input[0] != tensor or tensor in node.input[1:]:
            return None
        if node.op_type in ("Conv", "ConvTranspose") and node.input[1] in constants:
            found.append(node)
        elif node.op_type in HOMOGENEOUS or _scale(node, constants) is not None:
            further = _absorbing(node.output[0], readers, ends, constants)
            if further is None:
                return None
            found.extend(further)
        else:
            return None
    return found
