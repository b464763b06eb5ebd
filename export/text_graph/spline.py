"""Writes the splines of a stochastic duration predictor as arithmetic on whole rows.

The predictor's flows are monotonic rational-quadratic splines. The exported graph picks the phonemes inside the
spline's interval, looks up their bins, computes, and puts them back: 300 nodes of indices for a few hundred numbers.
Here every phoneme is clipped to the interval, its bin is a column of ones and zeros, and those that were outside are
left as they were.

Source: Durkan, Bekasov, Murray and Papamakarios, "Neural Spline Flows" (2019), section 3.1 and appendix A.1; VITS's
`transforms.py` for its constants and for the linear tails.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from onnx import NodeProto, TensorProto, helper

from export.streaming.graph import Array, Graph, attributes, changed

_SMALLEST: Final = 1e-3
"""Of a bin's width and height, as a part of the whole, and of a derivative."""


def write_splines_densely(graph: Graph) -> Graph:
    """The graph with splines as arithmetic, where it has any that are built as expected."""
    maker = {tensor: node for node in graph.nodes for tensor in node.output}
    constants = dict(graph.constants)
    nodes: list[NodeProto] = []
    for node in graph.nodes:
        place = _spline_place(node, maker)
        flow = None if place is None else _read_flow(graph, maker, node.input[place])
        if place is not None and flow is not None:
            writer = _Writer(f"spline/{node.output[0]}", flow, constants)
            inputs = list(node.input)
            inputs[place] = writer.write()
            nodes.extend(writer.nodes)
            node = changed(node, inputs=inputs)
        nodes.append(node)
    return graph.with_nodes(nodes, constants)


class _Flow:
    """One spline: what it is applied to, and what it is made of. K bins, P phonemes."""

    def __init__(self, x: str, parameters: str, bins: int, scale: float, bound: float) -> None:
        self.x = x
        """[1, 1, P]"""
        self.parameters = parameters
        """Unnormalised widths and heights of the bins, derivatives between them: [1, 3 K - 1, P]."""
        self.bins = bins
        self.scale = scale
        """What widths and heights are multiplied by before their softmax."""
        self.bound = bound
        """The spline reaches from -bound to bound, both ways."""


def _spline_place(node: NodeProto, maker: dict[str, NodeProto]) -> int | None:
    """Which input of a joining node is a spline's output put back by ScatterND."""
    if node.op_type == "Concat" and attributes(node).get("axis") == 1 and len(node.input) == 2:
        made_by = [maker[name].op_type if name in maker else "" for name in node.input]
        if "ScatterND" in made_by and "Split" in made_by:
            return made_by.index("ScatterND")
    return None


def _read_flow(graph: Graph, maker: dict[str, NodeProto], scattered: str) -> _Flow | None:
    """What a spline is made of, found by going back from its output to the convolution and the split before it."""
    convolutions: dict[str, NodeProto] = {}
    splits: set[str] = set()
    bounds: set[float] = set()
    waiting, seen = [scattered], set()
    while waiting:
        tensor = waiting.pop()
        node = maker.get(tensor)
        if tensor in seen or node is None:
            continue
        seen.add(tensor)
        if node.op_type == "Conv":
            convolutions[tensor] = node
        elif node.op_type == "Split":
            splits.add(tensor)
        else:
            waiting.extend(node.input)
        if node.op_type == "LessOrEqual" and node.input[1] in graph.constants:
            bounds.add(float(graph.constants[node.input[1]].item()))
    # The half that is transformed comes from the split; the other half only says how many phonemes there are.
    transformed = {node.input[0] for node in graph.nodes if node.op_type == "LessOrEqual" and node.input[0] in splits}
    if len(convolutions) != 1 or len(transformed) != 1 or len(bounds) != 1:
        return None
    ((parameters, convolution),) = convolutions.items()
    weights = graph.constants.get(convolution.input[1])
    if weights is None or weights.shape[0] % 3 != 2:
        return None
    return _Flow(
        x=transformed.pop(),
        parameters=parameters,
        bins=(weights.shape[0] + 1) // 3,
        scale=float(weights.shape[1]) ** -0.5,
        bound=bounds.pop(),
    )


class _Writer:
    """Writes one spline."""

    def __init__(self, name: str, flow: _Flow, constants: dict[str, Array]) -> None:
        self.nodes: list[NodeProto] = []
        self._name = name
        self._flow = flow
        self._constants = constants

    def write(self) -> str:
        """Write the nodes; gives their output, [1, 1, P]."""
        flow, bins = self._flow, self._flow.bins
        sizes, slopes = self._many("Split", [flow.parameters, self._integers(2 * bins, bins - 1)], 2, axis=1)
        below, extents = self._bins(sizes)
        slope_below, slope_above = self._slopes(slopes)
        bound = self._real(flow.bound)
        x = self._one("Clip", [flow.x, self._real(-flow.bound), bound])

        bin_of = self._bin_of(x, below)
        table = self._one("Concat", [below, extents, slope_below, slope_above], axis=0)
        chosen = self._one("ReduceSum", [self._one("Mul", [table, bin_of]), self._integers(1)], keepdims=0)
        left, bottom, width, height, slope, next_slope = self._many(
            "Split", [chosen, self._integers(*[1] * 6)], 6, axis=0
        )
        inside = self._inverse(x, left, bottom, width, height, slope, next_slope)
        return self._one("Where", [self._one("Equal", [x, flow.x]), inside, flow.x])

    def _bins(self, sizes: str) -> tuple[str, str]:
        """Where each bin begins and how large it is, first across and then up: [2, K, P] each."""
        flow, bins = self._flow, self._flow.bins
        sizes = self._one("Reshape", [sizes, self._integers(2, bins, -1)])
        parts = self._one("Softmax", [self._one("Mul", [sizes, self._real(flow.scale)])], axis=1)
        # Sums of the parts before each knot, every part with its smallest size, from -bound to bound.
        before = np.tril(np.ones((bins + 1, bins)), -1) * 2 * flow.bound * (1 - _SMALLEST * bins)
        at_least = 2 * flow.bound * _SMALLEST * np.arange(bins + 1) - flow.bound
        sums = self._one("MatMul", [self._reals("before", before[np.newaxis]), parts])
        knots = self._one("Add", [sums, self._reals("at_least", at_least[np.newaxis, :, np.newaxis])])
        below, above = self._neighbours(knots)
        return below, self._one("Sub", [above, below])

    def _slopes(self, slopes: str) -> tuple[str, str]:
        """The derivatives at the beginning and the end of each bin, 1 at the ends of the interval: [1, K, P] each."""
        positive = self._one("Add", [self._one("Softplus", [slopes]), self._real(_SMALLEST)])
        return self._neighbours(self._one("Pad", [positive, self._integers(0, 1, 0, 0, 1, 0), self._real(1.0)]))

    def _neighbours(self, knots: str) -> tuple[str, str]:
        """All knots but the last, and all but the first."""
        axis = self._integers(1)
        first = self._one("Slice", [knots, self._integers(0), self._integers(self._flow.bins), axis])
        rest = self._one("Slice", [knots, axis, self._integers(self._flow.bins + 1), axis])
        return first, rest

    def _bin_of(self, x: str, below: str) -> str:
        """One where a phoneme is in a bin, zero elsewhere: [1, K, P]."""
        bottoms = self._one("Slice", [below, self._integers(1), self._integers(2), self._integers(0)])
        reached = self._one("Cast", [self._one("GreaterOrEqual", [x, bottoms])], to=TensorProto.FLOAT)
        # Of the bins that are reached, the last.
        last = np.eye(self._flow.bins) - np.eye(self._flow.bins, k=1)
        return self._one("MatMul", [self._reals("last", last[np.newaxis]), reached])

    def _inverse(self, y: str, left: str, bottom: str, width: str, height: str, slope: str, next_slope: str) -> str:
        """x at which the spline is y: appendix A.1, equations 6 to 8."""

        def add(a: str, b: str) -> str:
            return self._one("Add", [a, b])

        def sub(a: str, b: str) -> str:
            return self._one("Sub", [a, b])

        def mul(a: str, b: str) -> str:
            return self._one("Mul", [a, b])

        two = self._real(2.0)
        steepness = self._one("Div", [height, width])
        above = sub(y, bottom)
        bend = mul(above, sub(add(slope, next_slope), mul(two, steepness)))
        a = add(mul(height, sub(steepness, slope)), bend)
        b = sub(mul(height, slope), bend)
        c = self._one("Neg", [mul(steepness, above)])
        root = self._one("Sqrt", [sub(mul(b, b), mul(self._real(4.0), mul(a, c)))])
        part = self._one("Div", [mul(two, c), sub(self._one("Neg", [b]), root)])
        return add(mul(part, width), left)

    def _one(self, operator: str, inputs: Sequence[str], **node_attributes: Any) -> str:
        return self._many(operator, inputs, 1, **node_attributes)[0]

    def _many(self, operator: str, inputs: Sequence[str], count: int, **node_attributes: Any) -> list[str]:
        name = f"{self._name}/{len(self.nodes)}"
        outputs = [f"{name}_{index}" for index in range(count)]
        self.nodes.append(helper.make_node(operator, inputs, outputs, name, **node_attributes))
        return outputs

    def _integers(self, *values: int) -> str:
        return self._constant(f"integers_{'_'.join(map(str, values))}", np.array(values, np.int64))

    def _real(self, value: float) -> str:
        return self._constant(f"real_{value:.9g}", np.array(value, np.float32))

    def _reals(self, name: str, values: Array) -> str:
        flow = self._flow
        return self._constant(f"{name}_{flow.bins}_{flow.bound:.9g}", values.astype(np.float32))

    def _constant(self, name: str, value: Array) -> str:
        """A constant that all splines share."""
        self._constants[f"spline/{name}"] = value
        return f"spline/{name}"
