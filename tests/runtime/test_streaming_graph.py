"""A StreamingGraph gives the whole's output bit for bit, however its input comes, to any number of streams at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import onnxruntime as ort
import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.streaming.graph import Graph, write_graph
from export.streaming.layout import four_dimensional
from export.streaming.pipeline import make_streaming
from export.surgery import serialised
from server.runtime.sessions import open_session
from server.runtime.streaming_graph import CALLS, Floats, StreamingGraph, StreamSpec
from tests.export.streaming.tiny import Builder, run, whole_numbers


def vocoder() -> Graph:
    """Two channels in, one out, four samples a frame; its sums are exact."""
    build = Builder(channels=2)
    x = build.add("Clip", build.conv("x", 5, out=4), build.constant(-9.0), build.constant(9.0))
    high = build.up(build.add("Relu", x), 8, 4)
    high = build.add("Add", build.conv(build.add("Relu", high), 3, dilations=[2]), high)
    return build.graph(build.conv(high, 3, out=1))


GRAPH = vocoder()
N_FIRST = 6
N_MID = 5


@cache
def streaming(*, fixed: bool = False) -> StreamingGraph:
    made = make_streaming(GRAPH, "x", first_samples=4 * 2, mid_frames=N_MID, fixed=fixed)
    sessions = {call: open_session(serialised(write_graph(graph))).session for call, graph in made.graphs.items()}
    return StreamingGraph(made.spec, sessions)


@cache
def whole() -> ort.InferenceSession:
    model = serialised(write_graph(four_dimensional(GRAPH)))
    return ort.InferenceSession(model, providers=["CPUExecutionProvider"])


def expected(x: Floats) -> Floats:
    return whole().run(None, {"x": x[np.newaxis, :, np.newaxis]})[0][0, :, 0]


def fed(graph: StreamingGraph, x: Floats, pieces: Sequence[int]) -> list[Floats]:
    state, given_parts, start = graph.new_state(), [], 0
    for index, piece in enumerate(pieces):
        given_parts.append(graph.run(state, x[:, start : start + piece], index == len(pieces) - 1))
        start += piece
    assert state.is_over
    return [part for part in given_parts if part.size]


@given(st.lists(st.integers(0, 12), max_size=8), st.integers(1, 9))
def test_the_output_is_the_wholes_however_the_input_comes(pieces: list[int], last: int) -> None:
    pieces = [*pieces, last]
    x = whole_numbers(2, sum(pieces))[0]
    np.testing.assert_array_equal(np.concatenate(fed(streaming(), x, pieces), 1), expected(x))


@pytest.mark.parametrize("n_frames", [1, 2, N_FIRST, N_FIRST + 1, N_FIRST + N_MID, N_FIRST + N_MID + 1, 60])
def test_graphs_of_fixed_lengths_take_any_length_in_all(n_frames: int) -> None:
    x = whole_numbers(2, n_frames)[0]
    np.testing.assert_array_equal(np.concatenate(fed(streaming(fixed=True), x, [n_frames]), 1), expected(x))


class Recorder:
    """A session that notes what it was called with."""

    def __init__(self, call: str, calls: list[tuple[str, int]]) -> None:
        self._call, self._calls = call, calls

    def run(self, output_names: object, feeds: dict[str, Floats]) -> list[Floats]:
        self._calls.append((self._call, feeds["x"].shape[-1]))
        return [feeds["x"]]

    def get_providers(self) -> list[str]:
        return []


def recorded() -> tuple[StreamingGraph, list[tuple[str, int]]]:
    calls: list[tuple[str, int]] = []
    spec = StreamSpec(source="x", output="y", rate=1, delay_samples=0, first_frames=N_FIRST, mid_frames=N_MID)
    return StreamingGraph(spec, {call: Recorder(call, calls) for call in CALLS}), calls


@given(st.lists(st.integers(0, 12), max_size=8), st.integers(1, 9))
def test_the_calls_depend_on_the_length_of_the_whole_alone(pieces: list[int], last: int) -> None:
    total = sum(pieces) + last
    in_pieces, at_once = recorded(), recorded()
    x = np.zeros((2, total), np.float32)
    fed(in_pieces[0], x, [*pieces, last])
    fed(at_once[0], x, [total])
    assert in_pieces[1] == at_once[1]
    assert sum(frames for _, frames in at_once[1]) == total


def test_the_calls_are_the_first_those_in_the_middle_and_the_last() -> None:
    def calls(n_frames: int) -> list[tuple[str, int]]:
        graph, made = recorded()
        fed(graph, np.zeros((2, n_frames), np.float32), [n_frames])
        return made

    assert calls(1) == [("whole", 1)]
    assert calls(6) == [("whole", 6)]
    assert calls(7) == [("first", 6), ("last", 1)]
    assert calls(11) == [("first", 6), ("last", 5)]
    assert calls(12) == [("first", 6), ("mid", 5), ("last", 1)]


def test_a_call_is_made_as_soon_as_its_frames_are_there() -> None:
    graph, calls = recorded()
    state = graph.new_state()
    x = np.zeros((2, N_FIRST), np.float32)
    assert graph.run(state, x[:, :-1], False).size == 0
    assert calls == []
    assert graph.run(state, x[:, -1:], False).size
    assert calls == [("first", N_FIRST)]


def test_what_was_not_asked_for_is_not_computed() -> None:
    graph, calls = recorded()
    parts = graph.stream(graph.new_state(), np.zeros((2, 30), np.float32), True)
    assert calls == []
    next(parts)
    next(parts)
    assert calls == [("first", N_FIRST), ("mid", N_MID)]


def test_a_stream_that_is_over_takes_nothing_more_and_none_ends_with_nothing() -> None:
    graph, _ = recorded()
    state = graph.new_state()
    graph.run(state, np.zeros((2, 3), np.float32), True)
    with pytest.raises(ValueError, match="over"):
        graph.run(state, np.zeros((2, 3), np.float32), True)
    with pytest.raises(ValueError, match="without a frame"):
        graph.run(graph.new_state(), np.zeros((2, 0), np.float32), True)


def test_conditions_go_into_every_call() -> None:
    build = Builder(channels=2)
    build.inputs.append(build.inputs[0].model_copy(update={"name": "speaker", "shape": (1, 3, 1)}))
    build.channels["speaker"] = 3
    graph = build.graph(build.conv(build.add("Add", build.conv("x", 3), build.conv("speaker", 1, out=2)), 3))
    made = make_streaming(graph, "x", first_samples=2, mid_frames=4, fixed=False)
    streams = StreamingGraph(
        made.spec, {call: open_session(serialised(write_graph(each))).session for call, each in made.graphs.items()}
    )
    x, speaker = whole_numbers(2, 20), whole_numbers(3, 1, seed=1)
    state = streams.new_state({"speaker": speaker[:, :, np.newaxis]})
    np.testing.assert_array_equal(streams.run(state, x[0], True), run(graph, x=x, speaker=speaker)[0][0])


def test_streams_in_several_threads_do_not_touch_each_other() -> None:
    inputs = [whole_numbers(2, 30 + number, seed=number)[0] for number in range(8)]

    def go(x: Floats) -> Floats:
        return np.concatenate(fed(streaming(), x, [7, 3, 9, x.shape[1] - 19]), 1)

    with ThreadPoolExecutor(4) as pool:
        for x, found in zip(inputs, pool.map(go, inputs), strict=True):
            np.testing.assert_array_equal(found, expected(x))
