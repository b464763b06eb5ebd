"""A graph on OpenVINO gives what it gives on onnxruntime, as near as its precision lets it, whoever else calls it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from onnx import NodeProto, TensorProto, helper, numpy_helper

from server.errors import ConfigurationError, ModelUnavailableError
from server.runtime.cpu import cpu_features
from server.runtime.fingerprint import fingerprint
from server.runtime.openvino_session import Precision, open_openvino
from server.runtime.sessions import GraphSession, open_session

ROOT = Path(__file__).resolve().parents[2]
CHANNELS = 16
LEAST_SNR_DB = 35.0
"""Of bf16: each of its values has 8 bits, so that an error is 50 dB below it on average; here four layers add up."""

needs_bf16 = pytest.mark.skipif(
    {"avx512_bf16", "amx_bf16"}.isdisjoint(cpu_features()), reason="this processor does not compute bf16"
)
Floats = npt.NDArray[np.float32]


def model(nodes: Sequence[NodeProto], weights: dict[str, Floats], length: int | str, channels: int) -> bytes:
    made = helper.make_model(
        helper.make_graph(
            nodes,
            "tiny",
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, 1, length]) for name in ("x", "y")],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("sound", "state")],
            [numpy_helper.from_array(array, name) for name, array in weights.items()],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=9,
    )
    data: bytes = made.SerializeToString()
    return data


@cache
def vocoder(length: int | str = "T") -> bytes:
    """What vocoders are made of: convolutions, an upsampling, a sine, a sum, a tanh; and a state that goes out."""
    draw = np.random.default_rng(1)
    spread = 1 / np.sqrt(3 * CHANNELS)
    weights = {
        "w0": (spread * draw.standard_normal((CHANNELS, CHANNELS, 1, 3))).astype(np.float32),
        "w1": (spread * draw.standard_normal((CHANNELS, CHANNELS, 1, 4))).astype(np.float32),
        "w2": (spread * draw.standard_normal((1, CHANNELS, 1, 3))).astype(np.float32),
    }
    nodes = [
        helper.make_node("Add", ["x", "y"], ["sum"]),
        helper.make_node("Conv", ["sum", "w0"], ["conv"], kernel_shape=[1, 3], pads=[0, 2, 0, 2], dilations=[1, 2]),
        helper.make_node("Sin", ["conv"], ["sine"]),
        helper.make_node("Mul", ["sine", "sine"], ["square"]),
        helper.make_node("Add", ["conv", "square"], ["snake"]),
        helper.make_node(
            "ConvTranspose", ["snake", "w1"], ["up"], kernel_shape=[1, 4], strides=[1, 2], pads=[0, 1, 0, 1]
        ),
        helper.make_node("LeakyRelu", ["up"], ["leaky"], alpha=0.1),
        helper.make_node("Conv", ["leaky", "w2"], ["out"], kernel_shape=[1, 3], pads=[0, 1, 0, 1]),
        helper.make_node("Tanh", ["out"], ["sound"]),
        helper.make_node("Identity", ["sum"], ["state"]),
    ]
    return model(nodes, weights, length, CHANNELS)


def noise(length: int, seed: int = 0) -> dict[str, Floats]:
    draw = np.random.default_rng(seed)
    return {name: draw.standard_normal((1, CHANNELS, 1, length), np.float32) for name in ("x", "y")}


def snr_db(wanted: Floats, given: Floats) -> float:
    error = np.sum(np.square(wanted - given, dtype=np.float64))
    return float(10 * np.log10(np.sum(np.square(wanted, dtype=np.float64)) / error))


@cache
def opened(precision: Precision = "f32", length: int | str = "T", threads: int = 1) -> GraphSession:
    return open_openvino(vocoder(length), threads, precision).session


@pytest.mark.openvino
@pytest.mark.parametrize("graph_length", [40, "T"])
def test_in_f32_the_outputs_are_those_of_onnxruntime(graph_length: int | str) -> None:
    feeds = noise(40)
    wanted = open_session(vocoder(graph_length)).session.run(None, feeds)
    given = opened("f32", graph_length).run(None, feeds)
    assert [array.dtype for array in given] == [np.float32, np.float32]
    for one, other in zip(wanted, given, strict=True):
        np.testing.assert_allclose(other, one, rtol=0, atol=1e-5)


@pytest.mark.openvino
@needs_bf16
def test_in_bf16_the_sound_is_near_that_of_onnxruntime() -> None:
    feeds = noise(400)
    (wanted,) = open_session(vocoder()).session.run(["sound"], feeds)
    (given,) = opened("bf16").run(["sound"], feeds)
    assert LEAST_SNR_DB < snr_db(wanted, given) < 70  # and is not float32


@pytest.mark.openvino
def test_outputs_come_in_the_order_that_they_are_asked_for_and_are_the_callers_own() -> None:
    session = opened()
    state, sound = session.run(["state", "sound"], noise(8))
    before = state.copy()
    assert state.shape == (1, CHANNELS, 1, 8)
    assert sound.shape == (1, 1, 1, 16)
    session.run(None, noise(8, seed=1))
    assert np.array_equal(state, before)


@pytest.mark.openvino
def test_inputs_may_be_parts_of_larger_arrays() -> None:
    larger = noise(30)
    parts = {name: array[:, :, :, 5:25] for name, array in larger.items()}
    copies = {name: array.copy() for name, array in parts.items()}
    assert np.array_equal(opened().run(["sound"], parts)[0], opened().run(["sound"], copies)[0])


@pytest.mark.openvino
@pytest.mark.parametrize("precision", ["f32", pytest.param("bf16", marks=needs_bf16)])
@pytest.mark.parametrize("threads", [1, 2])
def test_many_threads_at_once_get_what_each_gets_alone(precision: Precision, threads: int) -> None:
    session = opened(precision, threads=threads)
    inputs = [noise(20 + 30 * (seed % 3), seed) for seed in range(12)]
    alone = [session.run(["sound"], feeds)[0] for feeds in inputs]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda feeds: session.run(["sound"], feeds)[0], inputs * 4))
    for wanted, given in zip(alone * 4, together, strict=True):
        assert np.array_equal(wanted, given)


@pytest.mark.openvino
def test_shapes_that_were_named_give_the_same_as_others() -> None:
    shape = {"x": (1, CHANNELS, 1, 24), "y": (1, CHANNELS, 1, 24)}
    session = open_openvino(vocoder(), precision="f32", shapes=[shape]).session
    for length in (24, 25):
        wanted = open_session(vocoder()).session.run(["sound"], noise(length))[0]
        np.testing.assert_allclose(session.run(["sound"], noise(length))[0], wanted, rtol=0, atol=1e-5)


@pytest.mark.openvino
def test_a_sine_is_a_sine_far_from_zero_too() -> None:
    nodes = [helper.make_node("Sin", ["x"], ["sound"]), helper.make_node("Identity", ["y"], ["state"])]
    x = np.linspace(-60, 60, 120_001, dtype=np.float32).reshape(1, 1, 1, -1)
    session = open_openvino(model(nodes, {}, "T", 1), precision="f32").session
    (sine,) = session.run(["sound"], {"x": x, "y": x})
    np.testing.assert_allclose(sine, np.sin(x.astype(np.float64)), rtol=0, atol=6e-6)
    near = np.abs(x) < np.pi
    np.testing.assert_allclose(sine[near], np.sin(x[near].astype(np.float64)), rtol=0, atol=1e-6)


@pytest.mark.openvino
@pytest.mark.parametrize("wrong", [{"x": noise(8)["x"]}, {**noise(8), "z": noise(8)["x"]}])
def test_inputs_that_are_missing_or_too_many_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"missing from the inputs, or none of them: [yz]$"):
        opened().run(None, wrong)


@pytest.mark.openvino
def test_an_output_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="none of the outputs: picture"):
        opened().run(["picture"], noise(8))


@pytest.mark.openvino
def test_the_session_says_what_it_runs_on_and_the_fingerprint_tells_it_from_onnxruntime() -> None:
    on_openvino, on_onnxruntime = open_openvino(vocoder(), precision="f32"), open_session(vocoder())
    assert on_openvino.provider == "OpenVINO f32"
    assert on_openvino.session.get_providers() == ["OpenVINO f32"]
    names = {fingerprint([], each.provider, (), {}) for each in (on_openvino, on_onnxruntime)}
    assert len(names) == 2


@pytest.mark.openvino
def test_a_processor_without_bf16_is_refused_in_one_sentence() -> None:
    with pytest.raises(ConfigurationError, match=r"does not compute .*; set the back end to onnxruntime\.$"):
        open_openvino(vocoder(), features=lambda: ("x86_64", "avx512f", "avx512_vnni"))


@pytest.mark.openvino
def test_a_graph_that_openvino_cannot_open_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"not a graph")
    with pytest.raises(ModelUnavailableError, match=r"The graph broken\.onnx cannot be opened by OpenVINO"):
        open_openvino(tmp_path / "broken.onnx", precision="f32")


def in_a_fresh_process(code: str, packages: Path) -> str:
    """What the code prints, where `packages` comes before all others that are installed."""
    environment = {**os.environ, "PYTHONPATH": str(packages)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True, text=True
    )
    return done.stdout


def test_a_missing_package_is_one_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "openvino.py").write_text("raise ImportError")
    code = """
from server.errors import ConfigurationError
from server.runtime.openvino_session import open_openvino
try:
    open_openvino(b"")
except ConfigurationError as error:
    print(error.message)
"""
    said = in_a_fresh_process(code, tmp_path)
    assert said == "OpenVINO is not installed: run `make openvino`, or set the back end to onnxruntime.\n"


@pytest.mark.openvino
def test_what_would_tell_others_that_openvino_is_used_is_never_loaded(tmp_path: Path) -> None:
    (tmp_path / "openvino_telemetry.py").write_text("print('loaded')\nraise ImportError")
    code = """
from server.errors import ModelUnavailableError
from server.runtime.openvino_session import open_openvino
try:
    open_openvino(b"", precision="f32")
except ModelUnavailableError:
    print("OpenVINO was there")
"""
    assert in_a_fresh_process(code, tmp_path) == "OpenVINO was there\n"
