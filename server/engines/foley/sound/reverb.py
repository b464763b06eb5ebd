"""A room as a convolution, block by block: early reflections and a diffuse tail, made from a seed.

Uniformly partitioned overlap-save (Wefers 2015, "Partitioned convolution algorithms", ch. 3). Only blocks that are not
silent are multiplied, so a room in which nothing sounds costs nothing.
"""

from collections import deque
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.fft

from server.engines.foley.sound.cue import BLOCK, Mono, Stereo
from server.engines.foley.sound.dsp import band, decay, filtered, noise, seconds
from server.engines.foley.sound.rooms import ROOMS, Room

Spectra = npt.NDArray[np.complex64]

_SOUND_M_S: Final = 343.0
_N_REFLECTIONS: Final = 12


def impulse_response(room: Room) -> Stereo:
    """What a room answers to a click, [n, 2]; the two sides have only their decay in common. Each side has energy 1."""
    rng = np.random.Generator(np.random.PCG64(17))
    first = seconds(room.size_m / _SOUND_M_S)
    n = first + seconds(room.t60_s)
    sides = []
    for _ in range(2):
        bright = filtered(noise(rng, n), band(90, room.bright_hz, 1)) * decay(n, room.t60_s)
        dark = filtered(noise(rng, n), band(70, 0.3 * room.bright_hz, 1)) * decay(n, 1.3 * room.t60_s)
        tail = (bright + 0.5 * dark).astype(np.float32)
        rise = min(n - first, seconds(2 * room.size_m / _SOUND_M_S))
        tail[:first] = 0
        tail[first : first + rise] *= np.linspace(0, 1, rise, dtype=np.float32)
        reach = float(np.abs(tail).max())
        for order in range(_N_REFLECTIONS):
            at = seconds(room.size_m / _SOUND_M_S * (1 + 0.45 * order * rng.uniform(0.7, 1.3)))
            if at < n:
                tail[at] += np.float32(4 * reach / (1 + order) * rng.choice([-1.0, 1.0]))
        tail[-240:] *= np.linspace(1, 0, 240, dtype=np.float32)
        sides.append(tail / np.sqrt(np.sum(tail**2)))
    return np.stack(sides, axis=1).astype(np.float32)


@cache
def _partitions(room_name: str) -> Spectra:
    """[n_partitions, BLOCK + 1, 2]"""
    response = impulse_response(ROOMS[room_name])
    n_partitions = -(-len(response) // BLOCK)
    padded = np.zeros((n_partitions * BLOCK, 2), np.float32)
    padded[: len(response)] = response
    blocks = padded.reshape(n_partitions, BLOCK, 2)
    spectra: Spectra = scipy.fft.rfft(blocks, 2 * BLOCK, axis=1).astype(np.complex64)
    spectra.flags.writeable = False
    return spectra


class Reverb:
    """One stream's room."""

    def __init__(self, room_name: str) -> None:
        self._partitions = _partitions(room_name)
        self._history: deque[Spectra | None] = deque([None] * len(self._partitions), maxlen=len(self._partitions))
        """Spectra of the last blocks, the newest first; None where there was silence."""
        self._last: Mono = np.zeros(BLOCK, np.float32)

    def __call__(self, sent: Mono) -> Stereo | None:
        """The next block: what is sent into the room, [BLOCK], and what comes back, [BLOCK, 2]; None is silence."""
        if sent.any() or self._last.any():
            self._history.appendleft(scipy.fft.rfft(np.concatenate((self._last, sent))).astype(np.complex64))
        else:
            self._history.appendleft(None)
        self._last = sent
        total: Spectra | None = None
        for spectrum, partition in zip(self._history, self._partitions, strict=True):
            if spectrum is not None:
                part = spectrum[:, np.newaxis] * partition
                total = part if total is None else total + part
        if total is None:
            return None
        back: Stereo = scipy.fft.irfft(total, 2 * BLOCK, axis=0)[BLOCK:].astype(np.float32)
        return back

    @property
    def is_silent(self) -> bool:
        """Whether nothing is left in it."""
        return all(spectrum is None for spectrum in self._history) and not self._last.any()
