"""Latents -> sound, some frames at a time, through the exported graph; what lies under the floor is new noise."""

import numpy as np
import numpy.typing as npt

from server.engines.foley.sound.bank.latents import BANDS, FRAME, STEPS_PER_OCTAVE, Latents
from server.engines.foley.sound.cue import Mono, Rng
from server.runtime.sessions import GraphSession

Floats = npt.NDArray[np.float32]


def another_timbre(rng: Rng, depth_db: float) -> Floats:
    """Steps to add to floors, [BANDS]: as if the same had been recorded elsewhere, with other things around.

    Three slow waves over the bands, each of about this depth. What stands out goes with the floor it stands on.
    """
    place = np.linspace(0, np.pi, BANDS)
    waves = np.cos(np.outer(np.arange(1, 4), place)) * rng.standard_normal((3, 1))
    step_db = 20 * np.log10(2) / STEPS_PER_OCTAVE
    steps: Floats = (waves.sum(axis=0) * depth_db / step_db).astype(np.float32)
    return steps


class Decoding:
    """One stream of one or more channels. Its sound comes a frame late."""

    def __init__(self, session: GraphSession, channels: int, rng: Rng) -> None:
        self._session, self._rng = session, rng
        self._overlap = np.zeros((channels, 1, FRAME), np.float32)

    def __call__(self, floors: Floats, peaks: Floats) -> Floats:
        """Take the next frames of all channels as Latents has them, in floats.

        Args:
            floors: [channels, frames, BANDS]
            peaks: [channels, frames, FRAME]

        Returns:
            As many frames of sound, [channels, frames * FRAME].
        """
        noise = self._rng.standard_normal(peaks.shape, dtype=np.float32)
        inputs = {"floors": floors, "peaks": peaks, "noise": noise, "overlap": self._overlap}
        sound, self._overlap = self._session.run(["sound", "next_overlap"], inputs)
        decoded: Floats = sound
        return decoded


def decoded_whole(session: GraphSession, latents: Latents, rng: Rng) -> Mono:
    """All of a piece at once, [(n_frames - 1) * FRAME] samples."""
    decode = Decoding(session, 1, rng)
    sound = decode(latents.floors[np.newaxis].astype(np.float32), latents.peaks[np.newaxis].astype(np.float32))
    return sound[0, FRAME:]
