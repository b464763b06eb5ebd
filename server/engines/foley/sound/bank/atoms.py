"""Single sounds out of recordings: a bark, a crow, a cry, a sneeze; each time another, and another way."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from server.engines.foley.sound.bank.decoding import decoded_whole
from server.engines.foley.sound.bank.latents import Latents
from server.engines.foley.sound.cue import RATE, Cue, Mono, Rng
from server.engines.foley.sound.dsp import band, filtered, peak_to_one
from server.runtime.sessions import GraphSession

_PITCH: Final = 0.05
"""By which an atom may be higher or lower than it was recorded."""
_TILT_DB: Final = 2.5
"""By which it may be brighter or duller."""
_ONSET: Final = 10 ** (-26 / 20)
"""Of the peak: what is softer before it is left out, so that the sound begins when it should."""
_LONGEST_S: Final = 30.0


class Atoms:
    """The hits of one class."""

    def __init__(self, pieces: Sequence[Latents], session: GraphSession) -> None:
        self._pieces, self._session = pieces, session

    def __call__(self, cue: Cue, rng: Rng) -> Mono:
        """One atom, or one after the other for as long as what is seen lasts. All are of one recording."""
        which = int(rng.integers(len(self._pieces)))
        speed = cue.pitch * (1 + _PITCH) ** rng.uniform(-1, 1)
        tilt = 10 ** (rng.uniform(-1, 1) * _TILT_DB / 20)
        sounds = [self._once(which, speed, tilt, rng)]
        lasts = min(cue.duration_s, _LONGEST_S) * RATE
        while (so_far := sum(len(each) for each in sounds)) < lasts:
            pause = round(float(rng.uniform(0.15, 0.5)) * RATE)
            again = self._once(which, speed * (1 + 0.3 * _PITCH) ** rng.uniform(-1, 1), tilt, rng)
            if so_far + pause + len(again) > lasts + RATE:
                break
            sounds += [np.zeros(pause, np.float32), again * np.float32(rng.uniform(0.7, 1.0))]
        return np.concatenate(sounds)

    def _once(self, which: int, speed: float, tilt: float, rng: Rng) -> Mono:
        sound = decoded_whole(self._session, self._pieces[which], rng)
        at = np.arange(int((len(sound) - 1) / speed)) * speed
        sound = np.interp(at, np.arange(len(sound)), sound).astype(np.float32)
        sound = sound + np.float32(tilt - 1) * filtered(sound, band(2500, None, 1))
        sound = sound[np.flatnonzero(np.abs(sound) >= _ONSET * float(np.abs(sound).max()))[0] :].copy()
        fade = min(len(sound), RATE // 50)
        sound[len(sound) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
        return peak_to_one(sound)
