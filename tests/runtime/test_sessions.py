"""A session runs where it was asked to, or the caller is told, and the same input gives the same bytes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper

from server.errors import ConfigurationError, ModelUnavailableError
from server.runtime.sessions import CPU, CUDA, Device, GraphSession, open_session, session_options

GRAPH = Path("graph.onnx")


class FakeSession:
    def __init__(self, providers: list[str]) -> None:
        self._providers = providers

    def run(self, output_names: object, input_feed: object) -> list[Any]:
        return []

    def get_providers(self) -> list[str]:
        return self._providers


def machine(*, cuda: str) -> tuple[Callable[[], list[str]], Callable[..., GraphSession], list[Sequence[str]]]:
    """An onnxruntime whose CUDA is `missing`, `broken` (drops out silently), `refusing` (raises) or `working`."""
    asked: list[Sequence[str]] = []

    def factory(graph: Path | bytes, options: ort.SessionOptions, providers: Sequence[str]) -> GraphSession:
        asked.append(list(providers))
        if CUDA in providers and cuda == "refusing":
            raise RuntimeError("CUDA failure 35")
        return FakeSession([name for name in providers if name != CUDA or cuda == "working"])

    return lambda: [CPU] if cuda == "missing" else [CUDA, CPU], factory, asked


def test_cpu_never_asks_for_another_device() -> None:
    available, factory, asked = machine(cuda="working")
    assert open_session(GRAPH, "cpu", available=available, factory=factory).provider == CPU
    assert asked == [[CPU]]


@pytest.mark.parametrize("device", ["cuda", "auto"])
def test_a_working_cuda_is_taken(device: Device) -> None:
    available, factory, _ = machine(cuda="working")
    opened = open_session(GRAPH, device, available=available, factory=factory)
    assert opened.provider == CUDA
    assert opened.session.get_providers() == [CUDA, CPU]


@pytest.mark.parametrize("cuda", ["missing", "broken", "refusing"])
def test_auto_falls_back_to_the_cpu_and_says_so(cuda: str) -> None:
    available, factory, _ = machine(cuda=cuda)
    opened = open_session(GRAPH, "auto", available=available, factory=factory)
    assert opened.provider == CPU
    assert opened.session.get_providers() == [CPU]


@pytest.mark.parametrize(
    ("cuda", "reason"),
    [("missing", "built without it"), ("broken", "driver or one of its"), ("refusing", "driver or one of its")],
)
def test_asking_for_a_cuda_that_is_not_there_is_one_sentence(cuda: str, reason: str) -> None:
    available, factory, _ = machine(cuda=cuda)
    with pytest.raises(ConfigurationError) as refused:
        open_session(GRAPH, "cuda", available=available, factory=factory)
    assert refused.value.message.startswith("CUDA cannot be used: ")
    assert reason in refused.value.message
    assert refused.value.message.endswith("set the device to cpu or auto.")


def test_a_session_that_is_not_on_the_cpu_though_asked_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"SomethingExecutionProvider.* though the CPU was asked for"):
        open_session(GRAPH, "cpu", factory=lambda *_: FakeSession(["SomethingExecutionProvider", CPU]))


def test_the_graph_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"not a graph")
    with pytest.raises(ModelUnavailableError, match=r"The graph broken\.onnx cannot be opened; run `python -m export`"):
        open_session(tmp_path / "broken.onnx")


def test_every_session_is_optimised_single_threaded_and_never_spins() -> None:
    options = session_options(threads=1)
    assert options.intra_op_num_threads == 1
    assert options.inter_op_num_threads == 1
    assert options.graph_optimization_level == ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
    assert session_options(threads=3).intra_op_num_threads == 3


def test_threads_that_may_spin_do_so_for_a_while_and_while_the_graph_runs() -> None:
    options = session_options(threads=2, spin_us=100)
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "1"
    assert options.get_session_config_entry("session.intra_op.spin_duration_us") == "100"
    assert options.get_session_config_entry("session.force_spinning_stop") == "1"


def doubling() -> bytes:
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "x"], ["y"])],
        "doubling",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N"])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    data: bytes = model.SerializeToString()
    return data


@pytest.mark.parametrize("device", ["cpu", "auto"])
@pytest.mark.parametrize("as_file", [True, False])
def test_a_real_graph_runs_from_a_file_and_from_bytes(tmp_path: Path, device: Device, as_file: bool) -> None:
    (tmp_path / "doubling.onnx").write_bytes(doubling())
    opened = open_session(tmp_path / "doubling.onnx" if as_file else doubling(), device)
    x = np.arange(5, dtype=np.float32)
    (y,) = opened.session.run(["y"], {"x": x})
    assert np.array_equal(y, 2 * x)
    assert opened.provider in (CPU, CUDA)
