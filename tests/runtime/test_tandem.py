"""Two threads share a graph only while a core is idle, and only where that changes no bit."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from onnx import TensorProto, helper, numpy_helper

from server.runtime import tandem
from server.runtime.cpu import threads_at_work
from server.runtime.sessions import CPU, GraphSession, OpenedGraph
from server.runtime.tandem import TandemSession, is_core_idle, open_tandem

X = {"x": np.random.default_rng(0).standard_normal((64, 256), np.float32)}


class Scaling:
    """Multiplies by a number."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def run(self, output_names: Sequence[str] | None, input_feed: Mapping[str, npt.NDArray[Any]]) -> list[Any]:
        return [self.factor * input_feed["x"]]

    def get_providers(self) -> list[str]:
        return [CPU]


def product(folder: Path) -> Path:
    """A graph large enough that two threads are worth their while."""
    weights = np.random.default_rng(1).standard_normal((256, 512), np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["p"]), helper.make_node("Softmax", ["p"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 256])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 512])],
        [numpy_helper.from_array(weights, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path = folder / "product.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def test_the_second_thread_helps_only_while_a_core_is_idle() -> None:
    idle = iter([True, False])
    session = TandemSession(Scaling(1), Scaling(2), lambda: next(idle))
    one = {"x": np.ones(1)}
    assert [session.run(None, one)[0], session.run(None, one)[0]] == [2, 1]
    assert session.get_providers() == [CPU]


def test_two_threads_give_the_bits_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = open_tandem(product(tmp_path), [X])
    assert isinstance(opened.session, TandemSession)
    found = []
    for at_work in (1, 1000):
        monkeypatch.setattr(tandem, "threads_at_work", lambda at_work=at_work: at_work)
        monkeypatch.setattr(tandem, "usable_cores", lambda: 2)
        found.append(opened.session.run(["y"], X)[0])
    assert found[0].tobytes() == found[1].tobytes()


@pytest.mark.parametrize(("factor", "shared"), [(1.0, True), (1.0 + 1e-6, False)])
def test_where_the_bits_would_differ_one_thread_runs_it_always(factor: float, shared: bool) -> None:
    def open_graph(graph: Path, *, threads: int = 1, spin_us: int = 0) -> OpenedGraph:
        session: GraphSession = Scaling(1.0 if threads == 1 else factor)
        assert (spin_us > 0) == (threads > 1)
        return OpenedGraph(session, CPU)

    opened = open_tandem(Path("graph.onnx"), [X], open_graph)
    assert isinstance(opened.session, TandemSession) is shared
    assert opened.provider == CPU


def test_how_many_threads_are_at_work_is_what_linux_says(tmp_path: Path) -> None:
    loadavg = tmp_path / "loadavg"
    loadavg.write_text("0.50 0.71 0.60 3/812 40517\n")
    assert threads_at_work(loadavg) == 3
    for unknown in ("", "0.50 0.71 0.60", "a b c d/e"):
        loadavg.write_text(unknown)
        assert threads_at_work(loadavg) is None
    assert threads_at_work(tmp_path / "missing") is None


@pytest.mark.parametrize(("at_work", "cores", "idle"), [(1, 2, True), (2, 2, False), (1, 1, False), (None, 8, False)])
def test_a_core_is_idle_when_fewer_threads_work_than_there_are_cores(
    monkeypatch: pytest.MonkeyPatch, at_work: int | None, cores: int, idle: bool
) -> None:
    monkeypatch.setattr(tandem, "threads_at_work", lambda: at_work)
    monkeypatch.setattr(tandem, "usable_cores", lambda: cores)
    assert is_core_idle() is idle
