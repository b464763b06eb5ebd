"""Takes out of a graph what computes nothing: masks that are all one, zeros made at run time, renamings.

A VITS flow multiplies everything by a mask, which is all one for a single utterance, and adds zeros and divides by
`exp(0)` of the right shape, which makes the graph depend on the length of the whole. Nothing of this is left here.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from onnx import NodeProto, numpy_helper
from onnx.reference import ReferenceEvaluator

from export.streaming.graph import Array, Graph, Shape, attributes, infer_shapes, renamed, write_graph
from export.streaming.operators import TIME_AXIS
from server.runtime.model_card import TensorSpec

_ONE: Final[Mapping[str, Callable[[Any], Any]]] = {
    "Exp": np.exp,
    "Neg": np.negative,
    "Sqrt": np.sqrt,
    "Abs": np.abs,
    "Cast": lambda value: value,
    "Identity": lambda value: value,
    "Expand": lambda value: value,
    "Reshape": lambda value: value,
    "Slice": lambda value: value,
    "Squeeze": lambda value: value,
    "Transpose": lambda value: value,
    "Unsqueeze": lambda value: value,
}
"""Operators that make a tensor of one value throughout from another such; further inputs are parameters."""

_TWO: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": np.divide,
}

_NEUTRAL: Final = {("Add", 0): 0.0, ("Add", 1): 0.0, ("Sub", 1): 0.0, ("Mul", 0): 1.0, ("Mul", 1): 1.0, ("Div", 1): 1.0}
"""(operator, which operand) -> the value that leaves the other operand as it is."""


def fold(graph: Graph, throughout: Mapping[str, float] | None = None) -> Graph:
    """The graph without the nodes that change nothing.

    Args:
        graph: any graph.
        throughout: inputs that hold one value throughout, such as a mask; they are no inputs of the result.
    """
    graph = _fold_constants(graph)
    known = _known_throughout(graph, throughout or {})
    shapes = infer_shapes(graph)
    outputs = {spec.name for spec in graph.outputs}
    made = {tensor for node in graph.nodes for tensor in node.output}
    alias: dict[str, str] = {}
    final: dict[str, str] = {}
    nodes = []
    for original in graph.nodes:
        node = renamed(original, alias)
        same, output = _what_it_equals(node, graph.constants, known, shapes), node.output[0]
        if same is None or (output in outputs and (same not in made or same in final or same in outputs)):
            nodes.append(node)
        elif output in outputs:
            final[same] = output
        else:
            alias[output] = same
    inputs = tuple(spec for spec in graph.inputs if spec.name not in known)
    return replace(graph, inputs=inputs).with_nodes(renamed(node, final) for node in nodes)


def _fold_constants(graph: Graph) -> Graph:
    """Compute at once what depends on nothing but constants."""
    constants = dict(graph.constants)
    nodes = []
    for node in graph.nodes:
        if node.input and all(tensor in constants for tensor in node.input if tensor):
            constants.update(zip(node.output, _computed(graph, node, constants), strict=True))
        else:
            nodes.append(node)
    return graph.with_nodes(nodes, constants)


def _computed(graph: Graph, node: NodeProto, constants: Mapping[str, Array]) -> list[Array]:
    given = {tensor: constants[tensor] for tensor in node.input if tensor}
    # The types of the outputs do not matter to the evaluator.
    outputs = tuple(TensorSpec(name=tensor, dtype="float32", shape=()) for tensor in node.output)
    alone = Graph("constant", (node,), given, (), outputs, graph.opset, graph.ir_version)
    return list(ReferenceEvaluator(write_graph(alone)).run(None, {}))


def _known_throughout(graph: Graph, given: Mapping[str, float]) -> dict[str, float]:
    """Tensor -> the one value that it holds throughout, whatever its shape."""
    known = dict(given)
    for name, value in graph.constants.items():
        if value.size and value.dtype == np.float32 and np.all(value == value.flat[0]):
            known[name] = float(value.flat[0])
    for node in graph.nodes:
        operands = [known.get(tensor) for tensor in node.input]
        if node.op_type == "ConstantOfShape":
            filled = attributes(node).get("value")
            known[node.output[0]] = float(numpy_helper.to_array(filled).flat[0]) if filled else 0.0
        elif node.op_type in _ONE and operands[0] is not None:
            known[node.output[0]] = float(_ONE[node.op_type](operands[0]))
        elif node.op_type in _TWO and None not in operands:
            known[node.output[0]] = float(_TWO[node.op_type](*operands))
    return known


def _what_it_equals(
    node: NodeProto, constants: Mapping[str, Array], known: Mapping[str, float], shapes: Mapping[str, Shape]
) -> str | None:
    """The input that the node's output is the same as, if it is."""
    first: str = node.input[0] if node.input else ""
    if node.op_type == "Identity" or (node.op_type == "Slice" and _takes_all(node, constants)):
        return first
    if node.op_type in _TWO:
        for place in (0, 1):
            neutral: str = node.input[place]
            other: str = node.input[1 - place]
            is_neutral = known.get(neutral) == _NEUTRAL.get((node.op_type, place), np.nan)
            if is_neutral and not _enlarges(shapes.get(neutral), shapes.get(other)):
                return other
    return None


def _takes_all(node: NodeProto, constants: Mapping[str, Array]) -> bool:
    """Whether a Slice cuts time only, and takes all of it."""
    if any(tensor not in constants for tensor in node.input[1:] if tensor) or len(node.input) < 4:
        return False
    starts, ends, axes = (constants[tensor].tolist() for tensor in node.input[1:4])
    steps = constants[node.input[4]].tolist() if len(node.input) > 4 else [1]
    return starts == [0] and axes in ([TIME_AXIS], [-1]) and steps == [1] and ends[0] > 2**31 - 2


def _enlarges(neutral: Shape | None, other: Shape | None) -> bool:
    """Whether the neutral operand is known to be larger than the other along an axis that is known."""
    if neutral is None or other is None:
        return False
    if len(neutral) > len(other):
        return True
    pairs = zip(reversed(neutral), reversed(other), strict=False)
    return any(mine is not None and theirs is not None and mine > theirs for mine, theirs in pairs)
