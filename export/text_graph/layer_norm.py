"""Writes a layer norm that an exporter took apart as the one operator that it is.

Source: Ba, Kiros and Hinton, "Layer Normalization" (2016); ONNX's LayerNormalization since operator set 17.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from onnx import NodeProto, helper

from export.streaming.graph import Array, Graph, attributes

_OPSET: Final = 17
"""The first with this operator; between 13 and here, no other that a text graph uses has changed."""


def join_layer_norms(graph: Graph) -> Graph:
    """The graph with LayerNormalization in the place of mean, difference, square, mean, root, quotient.

    x - mean(x) = d; d / sqrt(mean(d^2) + epsilon) * gamma + beta, over the last axis.
    """
    if graph.opset > _OPSET:
        return graph
    finder = _Finder(graph)
    found = {end: norm for node in graph.nodes if (norm := finder.norm_from(node)) and (end := norm.output[0])}
    if not found:
        return graph
    nodes = [found.get(node.output[0], node) for node in graph.nodes]
    return replace(graph, opset=_OPSET).with_nodes(nodes)


class _Finder:
    """Recognises a norm by the last of its nodes, the addition of beta."""

    def __init__(self, graph: Graph) -> None:
        self._constants: Mapping[str, Array] = graph.constants
        self._maker = {tensor: node for node in graph.nodes for tensor in node.output}

    def norm_from(self, last: NodeProto) -> NodeProto | None:
        """The norm that ends with this node, as one node, or None."""
        if (scaled := self._with_vector(last, "Add")) is None:
            return None
        quotient, beta = scaled
        if (times := self._with_vector(self._maker.get(quotient), "Mul")) is None:
            return None
        quotient, gamma = times
        divided = self._made_by(quotient, "Div")
        root = self._made_by(divided.input[1], "Sqrt") if divided else None
        if divided is None or root is None:
            return None
        difference = divided.input[0]
        epsilon = self._epsilon(root.input[0], difference)
        source = self._source(difference)
        if epsilon is None or source is None:
            return None
        return helper.make_node(
            "LayerNormalization",
            [source, gamma, beta],
            [last.output[0]],
            f"{last.name}/LayerNormalization",
            axis=-1,
            epsilon=epsilon,
        )

    def _with_vector(self, node: NodeProto | None, operator: str) -> tuple[str, str] | None:
        """The two operands of a node of this operator, if one is a constant vector: (other, vector)."""
        if node is None or node.op_type != operator:
            return None
        for other, vector in (node.input, reversed(node.input)):
            if vector in self._constants and self._constants[vector].ndim == 1 and other not in self._constants:
                return other, vector
        return None

    def _epsilon(self, tensor: str, difference: str) -> float | None:
        """Epsilon, if the tensor is mean(difference^2) + epsilon."""
        added = self._made_by(tensor, "Add")
        if added is None or added.input[1] not in self._constants:
            return None
        mean = self._mean_of(added.input[0])
        squared = self._made_by(mean, "Pow") if mean else None
        if squared is None or squared.input[0] != difference:
            return None
        exponent, epsilon = self._constants.get(squared.input[1]), self._constants[added.input[1]]
        if exponent is None or exponent.size != 1 or exponent.item() != 2 or epsilon.size != 1:
            return None
        return float(epsilon.item())

    def _source(self, difference: str) -> str | None:
        """x, if the tensor is x - mean(x)."""
        subtracted = self._made_by(difference, "Sub")
        if subtracted is None or self._mean_of(subtracted.input[1]) != subtracted.input[0]:
            return None
        source: str = subtracted.input[0]
        return source

    def _mean_of(self, tensor: str) -> str | None:
        """What the tensor is the mean over the last axis of."""
        node = self._made_by(tensor, "ReduceMean")
        if node is None or attributes(node).get("axes") not in ([-1], [2]) or not attributes(node).get("keepdims", 1):
            return None
        source: str = node.input[0]
        return source

    def _made_by(self, tensor: str, operator: str) -> NodeProto | None:
        node = self._maker.get(tensor)
        return node if node is not None and node.op_type == operator else None
