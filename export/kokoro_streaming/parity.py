"""Proves on every export that the generator in windows, given the true statistics, sounds as Kokoro whole."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from onnx import ModelProto

from export.dequantise import dequantised
from export.errors import ExportError
from export.kokoro_parity import CASES
from export.kokoro_streaming.architecture import HAR, X
from export.kokoro_streaming.norms import build_statistics
from export.kokoro_streaming.utterances import FrontHalf, Inputs, style_of
from export.surgery import cut, serialised
from server.engines.tts.inverse_stft import InverseStft
from server.engines.tts.kokoro_generator import Generator, GeneratorGraphs
from server.engines.tts.kokoro_streaming import windows
from server.runtime.model_card import GraphSpec, TensorSpec
from server.runtime.sessions import GraphSession, open_session

Floats = npt.NDArray[np.float32]

TOLERANCE: Final = 1e-4
"""Of full scale: a third of a step of 16 bits is 1e-5, and float32 sums in another order differ by as much."""
_VARIANCE_EPSILON: Final = 1e-5
_SPOILT_SAMPLES: Final = 10
"""At the start of the exported graph's sound: see `inverse_stft.py`."""


def whole_generator(decoder: ModelProto) -> ModelProto:
    """x, har, style -> audio: the generator as it was exported, in float32, its norms measuring the utterance."""
    inputs = [
        TensorSpec(name="x", dtype="float32", shape=(1, 512, "2F")),
        TensorSpec(name="har", dtype="float32", shape=(1, 22, "H")),
        TensorSpec(name="style", dtype="float32", shape=(1, 256)),
    ]
    outputs = [TensorSpec(name="audio", dtype="float32", shape=("N",))]
    return cut(dequantised(decoder), "kokoro whole generator", inputs, outputs, {"x": X, "har": HAR})


def true_affines(statistics: GraphSession, affine: GraphSession, inputs: Inputs) -> tuple[Floats, Floats]:
    """Scale and shift of every norm, as the whole utterance makes them."""
    feeds = {"x": inputs.x, "har": inputs.har, "style": inputs.style}
    mean, variance = statistics.run(["mean", "variance"], feeds)
    log_deviation = 0.5 * np.log(variance + np.float32(_VARIANCE_EPSILON))
    scale, shift = affine.run(
        ["scale", "shift"], {"style": inputs.style, "mean": mean, "log_deviation": log_deviation.astype(np.float32)}
    )
    return scale, shift


def assert_windows_are_exact(
    decoder: ModelProto,
    folder: Path,
    graphs: Mapping[str, GraphSpec],
    vocabulary: Mapping[str, int],
    style_file: Callable[[str], Path],
    report: Callable[[int, str], None],
) -> None:
    """Make every case of `kokoro_parity` in windows and whole, and compare all samples.

    Args:
        decoder: as it was exported.
        folder: holds the graphs' files.
        graphs: name -> graph, of the encoder and all that streams.
        vocabulary: phoneme -> id.
        style_file: voice -> file of its float32 [510, 1, 256].
        report: called with the number of cases done and what comes next.

    Raises:
        ExportError: when one sample differs by more than `TOLERANCE`.
    """
    report(0, "Checking the windows against the whole")

    def opened(name: str) -> GraphSession:
        return open_session(folder / graphs[name].file).session

    front, affine = FrontHalf(opened), opened("affine")
    sessions = GeneratorGraphs(*map(opened, ("phase", "source", "generator_inner", "generator_edge")))
    statistics = open_session(serialised(build_statistics(decoder))).session
    whole = open_session(serialised(whole_generator(decoder))).session
    for done, case in enumerate(CASES, start=1):
        ids = [vocabulary[symbol] for symbol in case.phonemes]
        inputs = front.run(ids, style_of(style_file(case.voice), len(ids)), speed=case.speed)
        expected: Floats = whole.run(["audio"], {"x": inputs.x, "har": inputs.har, "style": inputs.style})[0]
        generator = Generator(sessions, inputs.x, inputs.f0, *true_affines(statistics, affine, inputs))
        sound = InverseStft(starts=True)
        found = np.concatenate(
            [
                sound.push(generator.spectra(start, end), ends=end == generator.n_frames)
                for start, end in windows(0, generator.n_frames)
            ]
        )
        worst = np.abs(found - expected)[_SPOILT_SAMPLES:].max() if found.shape == expected.shape else np.inf
        if worst > TOLERANCE:
            raise ExportError(
                f"Kokoro in windows differs from Kokoro whole by {worst:.1e} of full scale (voice {case.voice}), so it "
                "was not kept; please report your CPU and the versions of numpy and onnxruntime."
            )
        report(done, f"The windows equal the whole: {case.voice}")
