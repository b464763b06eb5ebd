"""Where a sound is: to the left or right by level and by time, near or far by level and by what the air takes away."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from server.engines.foley.sound.cue import Mono, Stereo
from server.engines.foley.sound.dsp import band, filtered

_FARTHEST_DB: Final = -20.0
_EAR_TO_EAR_SAMPLES: Final = 14
"""0.3 ms, half of what a head makes of a source at its side: heard over loudspeakers, more would blur."""


@dataclass(frozen=True, slots=True)
class Place:
    """Of one sound."""

    pan: float
    """-1 left, 1 right."""
    distance: float
    """0 near, 1 far."""

    def gains(self) -> tuple[float, float]:
        """Of the left and right channel, for equal power; 1 and 1 in the middle."""
        angle = (1 + 0.85 * self.pan) * np.pi / 4
        return float(np.sqrt(2) * np.cos(angle)), float(np.sqrt(2) * np.sin(angle))

    def level(self) -> float:
        """Of the direct sound."""
        return float(10 ** (_FARTHEST_DB * self.distance / 20))

    def room_level(self) -> float:
        """Of what goes into the room: it falls by half as many decibels, so that far things sound farther."""
        return float(10 ** (0.5 * _FARTHEST_DB * self.distance / 20))

    def air(self, sound: Mono) -> Mono:
        """What the way leaves of it."""
        if self.distance <= 0.4:
            return sound
        # A first-order filter delays low frequencies by a fraction of a sample: the onset stays.
        return filtered(sound, band(None, round(20000 * 0.15 ** ((self.distance - 0.4) / 0.6), -1), 1))

    def stereo(self, sound: Mono) -> Stereo:
        """Both channels; the nearer one begins with the sound's first sample."""
        left, right = self.gains()
        late = round(abs(self.pan) * _EAR_TO_EAR_SAMPLES)
        out = np.zeros((len(sound) + late, 2), np.float32)
        far, near = (0, 1) if self.pan > 0 else (1, 0)
        gains = (np.float32(left), np.float32(right))
        out[: len(sound), near] = sound * gains[near]
        out[late:, far] = sound * gains[far]
        return out
