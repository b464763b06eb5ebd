"""Takes the masks out of a text graph: they hide what is past the end of an utterance, and here nothing ever is.

The server gives the graph one utterance at a time, whole, so `input_lengths` is always the number of its ids.
"""

from typing import Final

from onnx import NodeProto

from export.streaming.graph import Graph, renamed

_SHAPING: Final = frozenset(("Cast", "Expand", "Identity", "Transpose", "Unsqueeze"))


def drop_masks(graph: Graph, lengths: str) -> Graph:
    """The graph without what multiplies by masks and chooses by them.

    `lengths`, int64 [1], is its input that says how many ids there are; it stays, and nothing reads it any more.
    """
    maker = {tensor: node for node in graph.nodes for tensor in node.output}
    outputs = {spec.name for spec in graph.outputs}
    ones: set[str] = set()
    never: set[str] = set()
    same: dict[str, str] = {}
    nodes = []
    for original in graph.nodes:
        node = renamed(original, same)
        output, known = node.output[0], [tensor in ones for tensor in node.input]
        if (
            _compares_with_length(node, maker, lengths)
            or (node.op_type in _SHAPING and known[0])
            or (node.op_type == "Mul" and all(known))
        ):
            ones.add(output)
        elif node.op_type == "Equal" and known[0] and _is_zero(graph, node.input[1]):
            never.add(output)
        left = None
        if node.op_type == "Mul" and any(known) and not all(known):
            left = node.input[known.index(False)]
        elif node.op_type == "Where" and node.input[0] in never:
            left = node.input[2]
        if left is None or output in outputs:
            nodes.append(node)
        else:
            same[output] = left
    return graph.with_nodes(nodes)


def _compares_with_length(node: NodeProto, maker: dict[str, NodeProto], lengths: str) -> bool:
    """Whether the node says, for each place, that it is before the end."""
    if node.op_type != "Less":
        return False
    tensor = node.input[1]
    while tensor in maker and maker[tensor].op_type in _SHAPING:
        tensor = maker[tensor].input[0]
    return bool(tensor == lengths)


def _is_zero(graph: Graph, tensor: str) -> bool:
    return tensor in graph.constants and not graph.constants[tensor].any()
