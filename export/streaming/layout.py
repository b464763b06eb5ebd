"""Rewrites [batch, channels, time] as [batch, channels, 1, time].

onnxruntime has its fast kernels, which keep 8 or 16 channels together in memory (NCHWc), for two-dimensional
convolutions only. A convolution over time is one over pictures of height 1.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
from onnx import NodeProto

from export.errors import ExportError
from export.streaming.graph import Array, Graph, attributes, changed
from export.streaming.operators import ELEMENTWISE, UNARY
from server.runtime.model_card import TensorSpec

HEIGHT_AXIS: Final = 2
_AXIS: Final = (0, 1, 3)
"""Axis of three -> axis of four."""


def four_dimensional(graph: Graph) -> Graph:
    """The same computation on four-dimensional tensors; inputs and outputs of three dimensions get a height of 1.

    Raises:
        ExportError: when it holds an operator that is none of those that stream.
    """
    constants = dict(graph.constants)
    nodes = [_Rewriter(node, constants).rewrite() for node in graph.nodes]
    return replace(
        graph,
        inputs=tuple(_taller(spec) for spec in graph.inputs),
        outputs=tuple(_taller(spec) for spec in graph.outputs),
    ).with_nodes(nodes, constants)


class _Rewriter:
    """Rewrites one node, and adds the constants that it needs in another form."""

    def __init__(self, node: NodeProto, constants: dict[str, Array]) -> None:
        self._node = node
        self._constants = constants

    def rewrite(self) -> NodeProto:
        node, given = self._node, attributes(self._node)
        match node.op_type:
            case "Conv" | "ConvTranspose":
                return self._rewrite_convolution()
            case "Concat" | "Split" | "Softmax":
                axis = given.get("axis", -1 if node.op_type == "Softmax" else 0)
                return changed(node, axis=_AXIS[axis % 3])
            case "Slice":
                return self._with_axes(3)
            case "Pad" if len(node.input) > 3 and node.input[3]:
                return self._with_axes(3)
            case "Pad":
                return self._with(1, lambda pads: np.insert(pads, (HEIGHT_AXIS, HEIGHT_AXIS + 3), 0))
            case "BatchNormalization":
                return node
            case operator if operator in UNARY | ELEMENTWISE:
                for place in range(len(node.input)):
                    node = self._with(place, _tall)
                return node
        raise ExportError(f"The node {node.name} ({node.op_type}) cannot be brought into the blocked layout.")

    def _rewrite_convolution(self) -> NodeProto:
        given = attributes(self._node)
        flat = {"kernel_shape": 1, "strides": 1, "dilations": 1, "output_padding": 0}
        wide = {name: [height, *given[name]] for name, height in flat.items() if name in given}
        if "pads" in given:
            wide["pads"] = [0, given["pads"][0], 0, given["pads"][1]]
        node = self._with(1, lambda weights: weights[:, :, np.newaxis, :])
        return changed(node, **wide)

    def _with_axes(self, place: int) -> NodeProto:
        return self._with(place, lambda axes: np.array([_AXIS[axis % 3] for axis in axes.tolist()], np.int64))

    def _with(self, place: int, form: Callable[[Array], Array]) -> NodeProto:
        """The node with one of its constant inputs in another form."""
        name = self._node.input[place]
        if name not in self._constants:
            return self._node
        value = form(self._constants[name])
        if value is not self._constants[name]:
            inputs = list(self._node.input)
            # A constant may be read by nodes that want it in its old form, or in another new one.
            inputs[place] = f"{name}/tall/{'x'.join(map(str, value.shape))}/{place if value.dtype == np.int64 else ''}"
            self._constants[inputs[place]] = value
            self._node = changed(self._node, inputs=inputs)
        return self._node


def _tall(value: Array) -> Array:
    """An operand of an elementwise node, [..., channels, 1] -> [..., channels, 1, 1]."""
    return value if value.ndim < 2 else np.expand_dims(value, -2)


def _taller(spec: TensorSpec) -> TensorSpec:
    if len(spec.shape) != 3:
        return spec
    return TensorSpec(name=spec.name, dtype=spec.dtype, shape=(*spec.shape[:2], 1, spec.shape[2]))
