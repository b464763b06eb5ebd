"""Computes the relative positions of a VITS text encoder's attention only where there are any.

An encoder layer knows 2 w + 1 relative positions (w = 4). The exported graph pads their embeddings with zeros to all
2 P - 1 that P phonemes could have, multiplies by all of these, and shifts the result into place. Here the 2 w + 1
products are made and then shifted:

    q . e[c]  for c = 0 .. 2 w      a b c . .        . a b c .
    row by row, moved to            d e f . .   ->   . . d e f     by one reshape, since rows of length W read as rows
    the diagonal                    g h i . .        . . . g h     of length W - 1 begin one later each

Source: Shaw, Uszkoreit and Vaswani, "Self-Attention with Relative Position Representations" (2018); VITS's
`attentions.py` for the form that is replaced.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from onnx import NodeProto, helper

from export.streaming.graph import Array, Graph, changed

_SHIFTING: Final = frozenset(("Pad", "Reshape", "Slice"))
_NAME: Final = "relative"


def narrow_attention(graph: Graph, ids: str) -> Graph:
    """The graph with narrow products for relative positions; `ids` is its input, int64 [1, P].

    Layers that are not built as expected stay as they are.
    """
    return _Rewriter(graph, ids).rewrite()


class _Rewriter:
    """Finds the two places of each layer where relative positions come in, and writes them anew."""

    def __init__(self, graph: Graph, ids: str) -> None:
        self._graph = graph
        self._ids = ids
        self._maker = {tensor: node for node in graph.nodes for tensor in node.output}
        self._constants: dict[str, Array] = dict(graph.constants)
        self._written: dict[str, list[NodeProto]] = {}
        """Output of a node of the old graph -> the nodes that take its place."""
        self._shared: list[NodeProto] = []
        self._widths: set[int] = set()

    def rewrite(self) -> Graph:
        for node in self._graph.nodes:
            if node.op_type == "Add":
                self._rewrite_keys(node)
            elif node.op_type == "MatMul":
                self._rewrite_values(node)
        nodes: list[NodeProto] = list(self._shared)
        for node in self._graph.nodes:
            nodes.extend(self._written.get(node.output[0], [node]))
        return self._graph.with_nodes(nodes, self._constants)

    def _rewrite_keys(self, add: NodeProto) -> None:
        """scores = q k^T + shifted(q padded(e)^T): `add` is the +."""
        for direct, relative in (add.input, tuple(reversed(add.input))):
            plain, wide = self._maker.get(direct), self._made_behind_shifts(relative)
            if plain is None or plain.op_type != "MatMul" or wide is None or wide.op_type != "MatMul":
                continue
            query = wide.input[0]
            transposed = self._maker.get(wide.input[1])
            if query != plain.input[0] or transposed is None or transposed.op_type != "Transpose":
                continue
            embedding = self._padded_constant(transposed.input[0])
            if embedding is None or relative == wide.output[0]:
                continue
            reach = (embedding.shape[1] - 1) // 2
            keys = self._constant(f"{add.output[0]}_keys", embedding.transpose(0, 2, 1)[np.newaxis])
            narrow = _Chain(f"{_NAME}/{add.output[0]}", query)
            narrow.then("MatMul", keys)
            self._shift_to_diagonal(narrow, reach)
            narrow.nodes.append(changed(add, inputs=[direct, narrow.tensor]))
            self._written[add.output[0]] = narrow.nodes
            return

    def _rewrite_values(self, product: NodeProto) -> None:
        """padded and shifted(attention) padded(e): `product` is the matrix product."""
        embedding = self._padded_constant(product.input[1])
        attention = self._behind_shifts(product.input[0])
        if embedding is None or attention == product.input[0]:
            return
        reach = (embedding.shape[1] - 1) // 2
        values = self._constant(f"{product.output[0]}_values", embedding[np.newaxis])
        narrow = _Chain(f"{_NAME}/{product.output[0]}", attention)
        self._shift_from_diagonal(narrow, reach)
        narrow.nodes.append(changed(product, inputs=[narrow.tensor, values]))
        self._written[product.output[0]] = narrow.nodes

    def _shift_to_diagonal(self, chain: "_Chain", reach: int) -> None:
        """[1, heads, P, 2 reach + 1] -> [1, heads, P, P], each row moved to where its phoneme is."""
        self._share(reach)
        chain.then("Pad", f"{_NAME}/pads")
        chain.then("Reshape", self._integers("flat", [0, 0, -1]))
        chain.then("Slice", self._integers("zero", [0]), f"{_NAME}/area_{reach}", self._integers("two", [2]))
        chain.then("Reshape", f"{_NAME}/rows")
        start, end = self._integers(f"reach_{reach}", [reach]), self._integers(f"but_{reach}", [-reach])
        chain.then("Slice", start, end, self._integers("three", [3]))

    def _shift_from_diagonal(self, chain: "_Chain", reach: int) -> None:
        """[1, heads, P, P] -> [1, heads, P, 2 reach + 1]: of each row, what is around its phoneme."""
        self._share(reach)
        chain.then("Pad", self._integers(f"around_{reach}", [0, 0, 0, reach, 0, 0, 1, reach]))
        chain.then("Reshape", self._integers("flat", [0, 0, -1]))
        chain.then("Slice", self._integers("zero", [0]), f"{_NAME}/longer_area_{reach}", self._integers("two", [2]))
        chain.then("Reshape", f"{_NAME}/rows")
        width = self._integers(f"width_{reach}", [2 * reach + 1])
        chain.then("Slice", self._integers("zero", [0]), width, self._integers("three", [3]))

    def _share(self, reach: int) -> None:
        """The few numbers that depend on P, computed once for all layers."""
        if not self._widths:
            self._add("Shape", [self._ids], "shape")
            self._add("Slice", [f"{_NAME}/shape", self._integers("one", [1]), self._integers("two", [2])], "length")
            self._add("Concat", [self._integers("seven_zeros", [0] * 7), f"{_NAME}/length"], "pads", axis=0)
            pieces = [self._integers("kept", [0, 0]), f"{_NAME}/length", self._integers("rest", [-1])]
            self._add("Concat", pieces, "rows", axis=0)
        if reach not in self._widths:
            self._widths.add(reach)
            around = self._integers(f"around_width_{reach}", [2 * reach])
            self._add("Add", [f"{_NAME}/length", around], f"side_{reach}")
            self._add("Mul", [f"{_NAME}/length", f"{_NAME}/side_{reach}"], f"area_{reach}")
            self._add("Add", [f"{_NAME}/area_{reach}", f"{_NAME}/length"], f"longer_area_{reach}")

    def _padded_constant(self, tensor: str) -> Array | None:
        """The embedding [1, 2 w + 1, channels] that the tensor is, padded and cut to P: Unsqueeze(Slice(Pad(e)))."""
        node = self._maker.get(tensor)
        while node is not None and node.op_type in ("Unsqueeze", "Slice"):
            node = self._maker.get(node.input[0])
        if node is None or node.op_type != "Pad" or node.input[0] not in self._graph.constants:
            return None
        embedding = self._graph.constants[node.input[0]]
        return embedding if embedding.ndim == 3 and embedding.shape[0] == 1 and embedding.shape[1] % 2 else None

    def _behind_shifts(self, tensor: str) -> str:
        """What the tensor is a padded, reshaped and cut form of."""
        node = self._maker.get(tensor)
        while node is not None and node.op_type in _SHIFTING:
            tensor = node.input[0]
            node = self._maker.get(tensor)
        return tensor

    def _made_behind_shifts(self, tensor: str) -> NodeProto | None:
        return self._maker.get(self._behind_shifts(tensor))

    def _add(self, operator: str, inputs: Sequence[str], output: str, **node_attributes: Any) -> None:
        name = f"{_NAME}/{output}"
        self._shared.append(helper.make_node(operator, inputs, [name], name, **node_attributes))

    def _integers(self, name: str, values: Sequence[int]) -> str:
        return self._constant(f"{_NAME}/{name}", np.array(values, np.int64))

    def _constant(self, name: str, value: Array) -> str:
        self._constants[name] = value
        return name


class _Chain:
    """Nodes in a row."""

    def __init__(self, name: str, tensor: str) -> None:
        self.nodes: list[NodeProto] = []
        self.tensor = tensor
        self._name = name

    def then(self, operator: str, *more: str) -> None:
        output = f"{self._name}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, [self.tensor, *more], [output], output))
        self.tensor = output
