"""Computes a convolution with one output channel sixteen samples at a time.

onnxruntime's blocked kernels make 16 channels together, so the last convolution of a vocoder, which has one, does
sixteen times its work. Written as 16 channels with a stride of 16, each channel one of 16 samples in a row, all of
it is used:

    y[16 j + p] = sum_i w[i] x[16 j + p + i - left]    channel p has the weights shifted by p, and zeros around them
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from onnx import NodeProto, helper

from export.streaming.graph import Array, Graph, attributes, changed

PHASES: Final = 16
"""Channels of a block on processors with AVX-512; it pays on those with blocks of 8 too."""

_FEWEST_CHANNELS: Final = 16
"""Below, the input is not blocked and nothing is saved."""


def split_into_phases(graph: Graph) -> Graph:
    """The four-dimensional graph with its convolutions to one channel written as 16 phases."""
    constants = dict(graph.constants)
    nodes: list[NodeProto] = []
    for node in graph.nodes:
        nodes.extend(_in_phases(node, constants) if _qualifies(node, graph.constants) else [node])
    return graph.with_nodes(nodes, constants)


def _qualifies(node: NodeProto, constants: Mapping[str, Array]) -> bool:
    if node.op_type != "Conv" or node.input[1] not in constants:
        return False
    given = attributes(node)
    is_plain = all(set(given.get(name, [1])) == {1} for name in ("strides", "dilations")) and "auto_pad" not in given
    shape = constants[node.input[1]].shape
    return is_plain and len(shape) == 4 and shape[0] == 1 and shape[1] >= _FEWEST_CHANNELS and shape[2] == 1


def _in_phases(node: NodeProto, constants: dict[str, Array]) -> list[NodeProto]:
    weights, output = constants[node.input[1]], node.output[0]
    kernel = weights.shape[3]
    pads = attributes(node).get("pads", [0, 0, 0, 0])
    left, right = pads[1], pads[3]
    shifted = np.zeros((PHASES, weights.shape[1], 1, kernel + PHASES - 1), np.float32)
    for phase in range(PHASES):
        shifted[phase, :, 0, phase : phase + kernel] = weights[0, :, 0]

    def constant(name: str, value: Array) -> str:
        constants[f"{output}/{name}"] = value
        return f"{output}/{name}"

    def tensor(name: str) -> str:
        return f"{output}/{name}"

    inputs = [node.input[0], constant("phase_weights", shifted)]
    if len(node.input) > 2 and node.input[2]:
        inputs.append(constant("phase_bias", np.repeat(constants[node.input[2]], PHASES)))
    # So many zeros more at the end that the last block is begun; what goes beyond the end is cut.
    wide = changed(
        node,
        inputs=inputs,
        outputs=[tensor("phases")],
        kernel_shape=[1, kernel + PHASES - 1],
        strides=[1, PHASES],
        pads=[0, left, 0, right + PHASES - 1],
    )
    time, one = constant("time", np.array([3], np.int64)), constant("four", np.array([4], np.int64))
    start, row = constant("start", np.array([0], np.int64)), constant("row", np.array([1, 1, 1, -1], np.int64))
    change = constant("change", np.array([left + right + 1 - kernel], np.int64))
    steps: list[tuple[str, list[str], str, dict[str, Any]]] = [
        ("Transpose", [tensor("phases")], tensor("in_order"), {"perm": [0, 2, 3, 1]}),
        ("Reshape", [tensor("in_order"), row], tensor("too_long"), {}),
        ("Shape", [node.input[0]], tensor("shape"), {}),
        ("Slice", [tensor("shape"), time, one, start], tensor("input_length"), {}),
        ("Add", [tensor("input_length"), change], tensor("length"), {}),
        ("Slice", [tensor("too_long"), start, tensor("length"), time], output, {}),
    ]
    return [
        wide,
        *(helper.make_node(operator, given, [made], made, **extra) for operator, given, made, extra in steps),
    ]
