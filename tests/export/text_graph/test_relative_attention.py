"""Attention with narrow products for relative positions gives what the padded one gives, for every length."""

import numpy as np
import pytest

from export.streaming.fold import fold
from export.streaming.graph import Graph
from export.text_graph.relative_attention import narrow_attention
from tests.export.streaming.tiny import run
from tests.export.text_graph.attention import DEPTH, HEADS, REACH, AttentionBuilder


def two_layers() -> Graph:
    build = AttentionBuilder()
    return build.graph(build.layer(build.add("Add", build.layer("x"), "x")))


@pytest.mark.parametrize("length", [5, 6, 9, 10, 31])
def test_narrow_attention_is_the_padded_one(length: int) -> None:
    graph = two_layers()
    narrow = narrow_attention(fold(graph), "ids")
    x = np.random.default_rng(length).normal(size=(1, HEADS * DEPTH, length)).astype(np.float32)
    ids = np.zeros((1, length), np.int64)
    np.testing.assert_allclose(run(narrow, x=x, ids=ids)[0], run(graph, x=x, ids=ids)[0], atol=1e-4, rtol=1e-4)


def test_no_product_is_as_wide_as_all_distances() -> None:
    graph = fold(two_layers())
    narrow = narrow_attention(graph, "ids")
    assert len(narrow.nodes) < 0.65 * len(graph.nodes)
    widths = {value.shape for name, value in narrow.constants.items() if name.endswith(("_keys", "_values"))}
    assert widths == {(1, 1, DEPTH, 2 * REACH + 1), (1, 1, 2 * REACH + 1, DEPTH)}


def test_a_layer_that_is_built_otherwise_stays() -> None:
    build = AttentionBuilder()
    query = build.heads("x", transposed=True)
    scores = build.add("MatMul", query, build.heads("x", transposed=False))
    attention = build.add("Softmax", scores, axis=-1)
    out = build.add("MatMul", attention, build.heads("x", transposed=True))
    joined = build.add("Transpose", out, perm=[0, 1, 3, 2])
    graph = build.graph(build.add("Reshape", joined, build.ints(1, HEADS * DEPTH, -1), channels=HEADS * DEPTH))
    assert narrow_attention(graph, "ids").nodes == graph.nodes
