"""For random graphs and random ways to divide the input, the stream is the whole, with and without blocks."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from export.streaming.blocks import find_blocks
from export.streaming.graph import Graph
from export.streaming.plan import plan_stream
from export.streaming.transform import stream_graphs
from tests.export.streaming.random_graphs import graphs, pieces
from tests.export.streaming.tiny import Streamer, run, streamed, whole_numbers


@given(graphs(), st.data())
def test_the_stream_is_the_whole_for_every_graph_and_every_split(graph: Graph, data: st.DataObject) -> None:
    plan = plan_stream(graph, "x")
    split = data.draw(pieces(plan.min_first_frames))
    x = whole_numbers(plan.channels["x"], sum(split))
    np.testing.assert_array_equal(streamed(plan, x, split), run(graph, x=x)[0])


@given(graphs(), st.sampled_from((0.1, 0.5, 100.0)), st.data())
def test_the_stream_is_the_whole_whatever_is_run_as_a_block(
    graph: Graph, most_recomputed: float, data: st.DataObject
) -> None:
    plan = plan_stream(graph, "x", find_blocks(graph, "x", most_recomputed=most_recomputed))
    split = data.draw(pieces(plan.min_first_frames))
    x = whole_numbers(plan.channels["x"], sum(split))
    np.testing.assert_array_equal(streamed(plan, x, split), run(graph, x=x)[0])


@given(graphs(), st.data())
def test_each_call_gives_what_the_clock_says(graph: Graph, data: st.DataObject) -> None:
    plan = plan_stream(graph, "x")
    split = data.draw(pieces(plan.min_first_frames))
    given_parts = Streamer(stream_graphs(plan)).stream(whole_numbers(plan.channels["x"], sum(split)), split)
    rate, delay = plan.clock.rate, plan.clock.delay
    expected = [rate * piece for piece in split]
    expected[0] -= delay
    expected[-1] += delay + plan.clock.surplus
    assert [part.shape[-1] for part in given_parts] == expected


@given(graphs(), st.data())
def test_random_weights_stream_within_the_rounding_of_float32(graph: Graph, data: st.DataObject) -> None:
    assume(not any(node.op_type == "Sign" for node in graph.nodes))  # a rounding can flip a step
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    real = {
        name: rng.normal(0, 0.4, value.shape).astype(np.float32) if value.ndim == 3 else value
        for name, value in graph.constants.items()
    }
    graph = graph.with_nodes(graph.nodes, real)
    plan = plan_stream(graph, "x", find_blocks(graph, "x"))
    split = data.draw(pieces(plan.min_first_frames))
    x = rng.normal(size=(1, plan.channels["x"], sum(split))).astype(np.float32)
    np.testing.assert_allclose(streamed(plan, x, split), run(graph, x=x)[0], atol=5e-6)
