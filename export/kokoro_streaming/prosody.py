"""Changes F0 and energy between encoder and decoder, as emotions will: for what calibrates and what measures."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from server.engines.tts.kokoro_norms import VOICED_ABOVE_HZ

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Prosody:
    """Factors; all 1 changes nothing."""

    pitch: float = 1.0
    """On F0."""
    pitch_range: float = 1.0
    """On the distance of F0 from its mean, in octaves."""
    energy: float = 1.0

    def of(self, f0: Floats, energy: Floats) -> tuple[Floats, Floats]:
        """F0 and energy of an utterance, both [1, 2F], spoken so; the range is that of what is voiced."""
        is_voiced = f0 > VOICED_ABOVE_HZ
        if self.pitch_range != 1 and is_voiced.any():
            octaves = np.log2(np.maximum(f0, VOICED_ABOVE_HZ))
            middle = octaves[is_voiced].mean()
            stretched = 2 ** (middle + self.pitch_range * (octaves - middle))
            f0 = np.where(is_voiced, stretched, f0).astype(np.float32)
        return f0 * np.float32(self.pitch), energy * np.float32(self.energy)
