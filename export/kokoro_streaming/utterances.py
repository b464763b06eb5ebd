"""Runs Kokoro's graphs up to its generator, for the programs that calibrate and check what streams."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from server.audio.prosody import Prosody, acted_f0, energy_curve
from server.engines.tts.kokoro_generator import interpolated
from server.runtime.sessions import GraphSession

Floats = npt.NDArray[np.float32]
Open = Callable[[str], GraphSession]
"""Name of a graph on the card -> its session."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the generator gets for one utterance."""

    style: Floats
    """[1, 256]."""
    f0: Floats
    """[1, 2F]."""
    energy: Floats
    """[1, 2F]."""
    x: Floats
    """[1, 512, 2F]."""
    har: Floats
    """[1, 22, 120F + 1]."""


class FrontHalf:
    """The sessions before the generator."""

    def __init__(self, open_graph: Open) -> None:
        self._encoder, self._low, self._phase, self._source = map(open_graph, ("encoder", "low", "phase", "source"))

    def run(self, ids: list[int], style: Floats, *, speed: float = 1.0, prosody: Prosody | None = None) -> Inputs:
        """The inputs for phonemes with these ids, the padding not among them; F0 and energy as `prosody` has it."""
        tokens = np.array([[0, *ids, 0]], np.int64)
        feeds: dict[str, npt.NDArray[Any]] = {"tokens": tokens, "style": style, "speed": np.array([speed], np.float32)}
        asr, f0, energy = self._encoder.run(["asr", "f0", "energy"], feeds)
        if prosody is not None:
            f0, energy = acted_f0(f0, prosody), energy * energy_curve(energy.shape[1], prosody)
        (x,) = self._low.run(["x"], {"asr": asr, "f0": f0, "energy": energy, "style": style})
        (phase,) = self._phase.run(["phase"], {"f0": f0})
        (har,) = self._source.run(["har"], {"angle": interpolated(phase, 0, f0.shape[1]), "f0": f0})
        return Inputs(style, f0, energy, x, har)


def style_of(file: Path, n_phonemes: int) -> Floats:
    """The style of an utterance of so many phonemes, [1, 256]."""
    style: Floats = np.fromfile(file, "<f4").reshape(-1, 1, 256)[n_phonemes]
    return style
