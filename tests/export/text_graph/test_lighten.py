"""A text graph is made lighter only where that changes nothing."""

import numpy as np
import pytest

from export.streaming.graph import Graph, read_graph
from export.text_graph import lighten as module
from export.text_graph.lighten import is_same, lighten
from export.text_graph.reshapes import settle_reshapes
from export.vits import cut_vits
from tests.export.streaming.tiny import Builder, run, whole_numbers
from tests.export.tiny_vits import SYMBOLS, Shape, tiny_voice


def text_graph(shape: Shape | None = None) -> Graph:
    return read_graph(cut_vits(tiny_voice(shape)).text)


@pytest.mark.parametrize("shape", [Shape(), Shape(speakers=2), Shape(has_duration_noise=False)])
def test_a_lighter_graph_gives_the_same(shape: Shape) -> None:
    graph = text_graph(shape)
    assert is_same(graph, lighten(graph, len(SYMBOLS)), len(SYMBOLS))


def test_a_graph_that_would_differ_is_kept_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = text_graph()

    def other_numbers(light: Graph) -> Graph:
        halved = {name: value / 2 if value.dtype == np.float32 else value for name, value in light.constants.items()}
        return light.with_nodes(light.nodes, halved)

    def that_does_not_run(light: Graph) -> Graph:
        return light.with_nodes(light.nodes, {})

    for broken in (other_numbers, that_does_not_run):
        monkeypatch.setattr(module, "write_splines_densely", broken)
        assert lighten(graph, len(SYMBOLS)) is graph


def test_shapes_that_are_computed_but_fixed_become_constants() -> None:
    build = Builder(channels=4)
    parts = [build.add("Gather", build.add("Shape", "x"), build.constant([index], np.int64)) for index in range(3)]
    shape = build.add("Concat", parts[0], build.constant([2, 2], np.int64), parts[2], axis=0)
    folded = build.add("Reshape", build.add("Reshape", "x", shape), build.constant([1, 4, -1], np.int64))
    graph = build.graph(folded)
    settled = settle_reshapes(graph)
    assert [node.op_type for node in settled.nodes] == ["Reshape", "Reshape"]
    np.testing.assert_array_equal(run(settled, x=whole_numbers(4, 7))[0], whole_numbers(4, 7))
