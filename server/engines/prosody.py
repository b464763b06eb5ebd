"""Prosody: how F0 and energy of an utterance differ from how the voice would say it of itself."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_VOICED_ABOVE_HZ: Final = 10.0
"""F0 is about zero where nothing is voiced."""


@dataclass(frozen=True, slots=True)
class Prosody:
    """Factors; all 1 changes nothing."""

    pitch: float = 1.0
    """On F0."""
    pitch_range: float = 1.0
    """On the distance of F0 from its mean, in octaves."""
    energy: float = 1.0
    """On a voice's own measure of energy."""
    is_whispered: bool = False
    """Nothing is voiced."""

    def of_f0(self, f0_hz: Floats) -> Floats:
        """F0 of an utterance, any shape, spoken so; mean and range are those of what is voiced."""
        is_voiced = f0_hz > _VOICED_ABOVE_HZ
        if self.is_whispered:
            return np.zeros_like(f0_hz)
        if self.pitch_range != 1 and is_voiced.any():
            octaves = np.log2(np.maximum(f0_hz, _VOICED_ABOVE_HZ))
            middle = octaves[is_voiced].mean()
            stretched = 2 ** (middle + self.pitch_range * (octaves - middle))
            f0_hz = np.where(is_voiced, stretched, f0_hz).astype(np.float32)
        return f0_hz * np.float32(self.pitch)

    def of(self, f0_hz: Floats, energy: Floats) -> tuple[Floats, Floats]:
        """F0 and energy of an utterance, both [1, 2F], as Kokoro's encoder gives them, spoken so."""
        return self.of_f0(f0_hz), energy * np.float32(self.energy)


PLAIN: Final = Prosody()
