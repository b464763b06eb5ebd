"""A division before a convolution is done by the convolution's weights, where that changes nothing."""

import numpy as np
import pytest

from export.streaming.graph import Graph
from export.streaming.scales import fold_scales
from tests.export.streaming.tiny import Builder, run, whole_numbers


def operators(graph: Graph) -> list[str]:
    return [node.op_type for node in graph.nodes]


def assert_same(graph: Graph, folded: Graph) -> None:
    x = whole_numbers(graph.inputs[0].shape[1], 20)
    np.testing.assert_allclose(run(folded, x=x)[0], run(graph, x=x)[0], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("operator", ["Div", "Mul"])
@pytest.mark.parametrize("factor", [3.0, 0.25])
def test_a_factor_goes_through_leaky_rectifiers_into_all_convolutions_behind(operator: str, factor: float) -> None:
    build = Builder()
    scaled = build.add(operator, build.conv("x", 3), build.constant(factor))
    leaky = build.add("LeakyRelu", scaled, alpha=0.1)
    graph = build.graph(build.add("Add", build.up(leaky, 4, 2), build.up(build.add("Relu", leaky), 2, 2)))
    folded = fold_scales(graph)
    assert operators(folded) == ["Conv", "LeakyRelu", "ConvTranspose", "Relu", "ConvTranspose", "Add"]
    assert_same(graph, folded)


def test_factors_in_a_row_are_all_taken_in() -> None:
    build = Builder()
    twice = build.add("Mul", build.add("Div", "x", build.constant(3.0)), build.constant([[5.0]]))
    graph = build.graph(build.conv(twice, 3))
    assert operators(fold_scales(graph)) == ["Conv"]
    assert_same(graph, fold_scales(graph))


def test_the_weights_of_a_convolution_that_others_share_are_not_changed_for_them() -> None:
    build = Builder()
    weight = build.weights(2, 2, 1)
    scaled = build.add("Conv", build.add("Div", "x", build.constant(4.0)), weight)
    graph = build.graph(build.add("Add", scaled, build.add("Conv", "x", weight)))
    assert_same(graph, fold_scales(graph))
    assert "Div" not in operators(fold_scales(graph))


def test_factors_stay_where_they_cannot_be_moved() -> None:
    def kept(make: object) -> bool:
        build = Builder()
        graph = build.graph(make(build))  # type: ignore[operator]
        assert_same(graph, fold_scales(graph))
        return "Div" in operators(fold_scales(graph)) or "Mul" in operators(fold_scales(graph))

    assert kept(lambda b: b.conv(b.add("Tanh", b.add("Div", "x", b.constant(3.0))), 3))
    assert kept(lambda b: b.conv(b.add("Relu", b.add("Div", "x", b.constant(-3.0))), 3))
    assert kept(lambda b: b.conv(b.add("Mul", "x", b.constant([[[1.0], [2.0]]])), 3))
    assert kept(lambda b: b.conv(b.add("Mul", "x", "x"), 3))
    assert kept(lambda b: b.add("Div", b.conv("x", 3), b.constant(3.0)))

    def used_twice(build: Builder) -> str:
        scaled = build.add("Div", "x", build.constant(3.0))
        return build.add("Add", build.conv(scaled, 3), scaled)

    assert kept(used_twice)
