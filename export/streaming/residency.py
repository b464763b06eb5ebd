"""Keeps data in onnxruntime's blocked layout through a whole stage of a vocoder.

onnxruntime's blocked kernels take LeakyRelu only where it can be fused into a convolution before it, and
know no ConvTranspose. Everywhere else the samples are carried from the blocked layout to the plain one and back. A
convolution that copies each channel gives the LeakyRelu something to be fused into, and brings what comes out of a
ConvTranspose into the blocked layout once, where it then stays; it costs less than the ways it saves.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
from onnx import NodeProto, helper

from export.streaming.graph import Array, Graph, Shape, changed, consumers, infer_shapes, renamed

_LEAVES: Final = frozenset(("ConvTranspose", "Slice", "Concat", "Split"))
"""Readers that take the plain layout in any case."""


def keep_blocked(graph: Graph, nodes: Iterable[NodeProto]) -> Graph:
    """The graph with copying convolutions around those of `nodes` that would leave the blocked layout."""
    wanted = {node.output[0] for node in nodes}
    shapes, readers = infer_shapes(graph), consumers(graph)
    makers = {tensor: node for node in graph.nodes for tensor in node.output}
    constants = dict(graph.constants)
    made: list[NodeProto] = []
    copies: dict[str, str] = {}
    for original in graph.nodes:
        node = renamed(original, copies)
        if original.output[0] in wanted and _needs_copy(original, makers, readers):
            # Of the copy if there is one: onnxruntime would see that two copies of the same are one, and share it.
            made.append(_copy(node.input[0], f"{node.output[0]}_before", shapes[original.input[0]], constants))
            node = changed(node, inputs=[made[-1].output[0], *node.input[1:]])
        made.append(node)
        if node.op_type == "ConvTranspose" and node.output[0] in wanted:
            made.append(_copy(node.output[0], f"{node.output[0]}_blocked", shapes[node.output[0]], constants))
            copies[node.output[0]] = made[-1].output[0]
    return graph.with_nodes(made, constants)


def _needs_copy(node: NodeProto, makers: Mapping[str, NodeProto], readers: Mapping[str, list[NodeProto]]) -> bool:
    """Whether this is a LeakyRelu in the midst of blocked data that no convolution can take in."""
    if node.op_type != "LeakyRelu" or any(reader.op_type in _LEAVES for reader in readers.get(node.output[0], [])):
        return False
    maker = makers.get(node.input[0])
    return maker is None or maker.op_type != "Conv" or len(readers[node.input[0]]) > 1


def _copy(tensor: str, output: str, shape: Shape, constants: dict[str, Array]) -> NodeProto:
    """A convolution that gives what it gets."""
    channels = shape[1]
    assert channels is not None, "a stage has fixed channels, or the plan would have refused it"
    weights = f"ones_{channels}"
    constants[weights] = np.ones((channels, 1, 1), np.float32)
    return helper.make_node("Conv", [tensor, weights], [output], f"copy/{output}", group=channels, kernel_shape=[1])
