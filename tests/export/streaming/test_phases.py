"""A convolution to one channel gives the same sixteen samples at a time, for every length."""

import numpy as np
import pytest

from export.streaming.graph import Graph
from export.streaming.layout import four_dimensional
from export.streaming.phases import PHASES, split_into_phases
from tests.export.streaming.tiny import Builder, run, tall, whole_numbers


def to_one_channel(kernel: int, pads: list[int], channels: int = 16, **attributes: object) -> Graph:
    build = Builder(channels=channels)
    return four_dimensional(build.graph(build.conv("x", kernel, out=1, same=False, pads=pads, **attributes)))


@pytest.mark.parametrize(("kernel", "pads"), [(7, [3, 3]), (1, [0, 0]), (5, [0, 0]), (4, [3, 0]), (3, [0, 5])])
@pytest.mark.parametrize("length", [5, 15, 16, 17, 50])
def test_the_samples_are_the_same(kernel: int, pads: list[int], length: int) -> None:
    graph = to_one_channel(kernel, pads)
    split = split_into_phases(graph)
    assert split.nodes != graph.nodes
    x = tall(whole_numbers(16, length))
    np.testing.assert_array_equal(run(split, x=x)[0], run(graph, x=x)[0])


def test_without_a_bias_there_is_none() -> None:
    build = Builder(channels=16)
    graph = four_dimensional(build.graph(build.add("Conv", "x", build.weights(1, 16, 3), channels=1, pads=[1, 1])))
    x = tall(whole_numbers(16, 33))
    np.testing.assert_array_equal(run(split_into_phases(graph), x=x)[0], run(graph, x=x)[0])


def test_no_channel_is_wasted() -> None:
    split = split_into_phases(to_one_channel(7, [3, 3]))
    assert {value.shape for value in split.constants.values() if value.ndim == 4} == {(PHASES, 16, 1, 7 + PHASES - 1)}


def test_convolutions_that_gain_nothing_stay() -> None:
    for graph in (
        to_one_channel(3, [1, 1], channels=4),
        to_one_channel(3, [2, 2], dilations=[2]),
        to_one_channel(4, [1, 1], strides=[2]),
    ):
        assert split_into_phases(graph).nodes == graph.nodes
    build = Builder(channels=16)
    wide = four_dimensional(build.graph(build.conv("x", 3, out=2)))
    assert split_into_phases(wide).nodes == wide.nodes
