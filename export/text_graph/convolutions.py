"""Writes the convolutions of a text graph as onnxruntime computes them fastest without a bit of difference.

Zeros that are put around a convolution's input become its own. A depthwise one gets four dimensions, since only there
is a kernel made for it:

    [1, C, P] -> Conv        ->    [1, C, P] -> Unsqueeze -> Conv over [1, C, 1, P] -> Squeeze

The others keep their three. Their blocked kernels would save a tenth of the whole graph, but add their terms in another
order, which the rest of a voice makes two steps of 16-bit sound of.
"""

from typing import Final

import numpy as np
from onnx import NodeProto, helper

from export.streaming.graph import Array, Graph, attributes, changed

_BLOCK: Final = 16
"""Channels that a kernel computes at once, where the processor has the widest registers; 8 elsewhere."""
_AXIS: Final = "four/axis"


def quicken_convolutions(graph: Graph) -> Graph:
    """The graph with its convolutions written so."""
    constants: dict[str, Array] = {**graph.constants, _AXIS: np.array([2], np.int64)}
    maker = {tensor: node for node in graph.nodes for tensor in node.output}
    nodes: list[NodeProto] = []
    for original in graph.nodes:
        node = original
        if node.op_type == "Conv" and node.input[1] in graph.constants and graph.constants[node.input[1]].ndim == 3:
            node = _with_own_padding(graph, node, maker)
            if _is_depthwise(graph, node):
                nodes.extend(_in_four_dimensions(node, constants))
                continue
        nodes.append(node)
    return graph.with_nodes(nodes, constants)


def _with_own_padding(graph: Graph, node: NodeProto, maker: dict[str, NodeProto]) -> NodeProto:
    """The convolution with the zeros that a Pad of time puts around its input as its own."""
    pad = maker.get(node.input[0])
    if pad is None or pad.op_type != "Pad" or pad.input[1] not in graph.constants:
        return node
    widths = graph.constants[pad.input[1]].tolist()
    is_of_time = len(widths) == 6 and not any(widths[place] for place in (0, 1, 3, 4)) and min(widths) >= 0
    has_value = len(pad.input) > 2 and pad.input[2]
    is_of_zeros = not has_value or not graph.constants.get(pad.input[2], np.ones(1)).any()
    if not is_of_time or not is_of_zeros or attributes(pad).get("mode", b"constant") != b"constant":
        return node
    before, after = attributes(node).get("pads", [0, 0])
    return changed(node, inputs=[pad.input[0], *node.input[1:]], pads=[before + widths[2], after + widths[5]])


def _is_depthwise(graph: Graph, node: NodeProto) -> bool:
    """Whether each channel is convolved by itself, and the channels come in whole blocks."""
    n_out, n_in, _ = graph.constants[node.input[1]].shape
    return bool(n_in == 1 and attributes(node).get("group", 1) == n_out and n_out % _BLOCK == 0)


def _in_four_dimensions(node: NodeProto, constants: dict[str, Array]) -> list[NodeProto]:
    given = attributes(node)
    before, after = given.get("pads", [0, 0])
    weights, wide_in, wide_out = f"{node.input[1]}/four", f"{node.output[0]}/in_four", f"{node.output[0]}/four"
    constants[weights] = constants[node.input[1]][:, :, np.newaxis]
    wide = changed(
        node,
        inputs=[wide_in, weights, *node.input[2:]],
        outputs=[wide_out],
        kernel_shape=[1, constants[node.input[1]].shape[2]],
        dilations=[1, *given.get("dilations", [1])],
        strides=[1, *given.get("strides", [1])],
        pads=[0, before, 0, after],
    )
    return [
        helper.make_node("Unsqueeze", [node.input[0], _AXIS], [wide_in], wide_in),
        wide,
        helper.make_node("Squeeze", [wide_out, _AXIS], [node.output[0]], wide_out),
    ]
