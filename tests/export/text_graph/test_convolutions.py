"""Convolutions that are written for quicker kernels give what they gave."""

import numpy as np
import pytest

from export.streaming.graph import Graph
from export.text_graph.convolutions import quicken_convolutions
from tests.export.streaming.tiny import Builder, run, whole_numbers


def layers(channels: int) -> Graph:
    """Two convolutions whose zeros stand before them, and a depthwise one."""
    build = Builder(channels=channels)
    zeros = build.constant([0, 0, 1, 0, 0, 1], np.int64)
    wide = build.conv(build.add("Pad", "x", zeros), 3, out=2 * channels, same=False)
    narrow = build.conv(build.add("Pad", build.add("Relu", wide), zeros), 3, out=channels, same=False)
    return build.graph(build.conv(narrow, 3, group=channels, dilations=[3]))


@pytest.mark.parametrize("frames", [1, 2, 40])
def test_the_numbers_stay(frames: int) -> None:
    graph = layers(16)
    x = whole_numbers(16, frames)
    np.testing.assert_array_equal(run(quicken_convolutions(graph), x=x)[0], run(graph, x=x)[0])


@pytest.mark.parametrize(("channels", "depthwise"), [(16, ["Unsqueeze", "Conv", "Squeeze"]), (6, ["Conv"])])
def test_no_padding_is_left_and_depthwise_ones_have_four_dimensions_where_channels_fill_blocks(
    channels: int, depthwise: list[str]
) -> None:
    operators = [node.op_type for node in quicken_convolutions(layers(channels)).nodes]
    assert operators == ["Conv", "Relu", "Conv", *depthwise]


def test_padding_with_something_else_than_zeros_in_time_stays() -> None:
    build = Builder(channels=16)
    wide = build.constant([0, 0, 1, 0, 0, 1], np.int64)
    ones = build.add("Pad", "x", wide, build.constant(1.0))
    mirrored = build.add("Pad", build.conv(ones, 3, same=False), wide, mode="reflect")
    more = build.constant([0, 0, 0, 0, 16, 0], np.int64)
    taller = build.add("Pad", build.conv(mirrored, 3, same=False), more, channels=32)
    graph = build.graph(build.conv(taller, 3))
    x = whole_numbers(16, 12)
    quick = quicken_convolutions(graph)
    assert [node.op_type for node in quick.nodes].count("Pad") == 3
    np.testing.assert_array_equal(run(quick, x=x)[0], run(graph, x=x)[0])
