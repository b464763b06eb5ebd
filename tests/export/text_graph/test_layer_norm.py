"""A layer norm in pieces becomes the one operator, and nothing else does."""

import numpy as np
import pytest

from export.streaming.graph import Graph
from export.text_graph.layer_norm import join_layer_norms
from tests.export.streaming.tiny import Builder, run

X = np.random.default_rng(0).normal(1, 2, (1, 5, 4)).astype(np.float32)


def norm_in_pieces(*, swapped: bool = False, exponent: float = 2.0, axis: int = -1, other: str = "x") -> Graph:
    """x [1, 5, 4] normed over the last axis as torch writes it for older operator sets."""
    build = Builder(channels=5, opset=15)
    mean = build.add("ReduceMean", "x", axes=[axis])
    difference = build.add("Sub", other, mean)
    squared = build.add("Pow", difference, build.constant(exponent))
    variance = build.add("ReduceMean", squared, axes=[-1])
    root = build.add("Sqrt", build.add("Add", variance, build.constant(1e-5)))
    quotient = build.add("Div", difference, root)
    gamma, beta = build.constant([1, 2, 3, 4]), build.constant([0, 1, 0, -1])
    scaled = build.add("Mul", *((gamma, quotient) if swapped else (quotient, gamma)))
    return build.graph(build.add("Add", *((beta, scaled) if swapped else (scaled, beta))))


@pytest.mark.parametrize("swapped", [False, True])
def test_a_norm_becomes_one_node_with_the_same_numbers(swapped: bool) -> None:
    graph = norm_in_pieces(swapped=swapped)
    joined = join_layer_norms(graph)
    assert [node.op_type for node in joined.nodes] == ["LayerNormalization"]
    assert joined.opset == 17
    np.testing.assert_allclose(run(joined, x=X)[0], run(graph, x=X)[0], atol=1e-5)


def test_what_only_looks_like_a_norm_stays() -> None:
    for graph in (norm_in_pieces(exponent=3.0), norm_in_pieces(axis=1)):
        assert join_layer_norms(graph) is graph


def test_a_graph_without_norms_keeps_its_operator_set() -> None:
    build = Builder(opset=15)
    graph = build.graph(build.conv("x", 3))
    assert join_layer_norms(graph) is graph
