"""Where a word is heard to begin, found in the sound: the largest rise of its level near where it is said to be."""

from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.signal

Floats = npt.NDArray[np.float64]

WINDOW_S: Final = 0.1
"""Looked in before and after the time that is judged: so whoever knows nothing would be off by 50 ms in the median."""
LEAST_RISE_DB: Final = 6.0
"""A word whose beginning rises by less has no clear one (a vowel after a vowel, an n after an m), and is left out."""
_BANDS_HZ: Final = (80, 500, 1000, 2000, 4000, 8000, 11_000)
_STEP_S: Final = 0.001
_FRAME_S: Final = 0.01
_SIDE_S: Final = 0.015
"""A rise is the mean of so long after a place against the mean of as long before it."""
_FLOOR_DB: Final = -60.0
"""Of the loudest: what is below is silence, whose changes nobody hears."""


def rises(samples: npt.NDArray[np.float32], sample_rate_hz: int) -> Floats:
    """How much the level rises at each millisecond, in dB, the mean over six bands of what rises there; [n_ms]."""
    step, frame = round(_STEP_S * sample_rate_hz), round(_FRAME_S * sample_rate_hz)
    window = scipy.signal.ShortTimeFFT(scipy.signal.windows.hann(frame), step, sample_rate_hz, mfft=512)
    n_steps = len(samples) // step
    power = np.abs(window.stft(samples.astype(np.float64), p0=0, p1=n_steps)) ** 2
    edges = np.searchsorted(window.f, _BANDS_HZ)
    bands = np.stack([power[low:high].sum(axis=0) for low, high in pairwise(edges)])
    levels_db = 10 * np.log10(np.maximum(bands, power.sum(axis=0).max() * 10 ** (_FLOOR_DB / 10)))
    side = round(_SIDE_S / _STEP_S)
    sums = np.cumsum(np.pad(levels_db, ((0, 0), (side + 1, side)), mode="edge"), axis=1)
    after = sums[:, 2 * side :] - sums[:, side:-side]
    before = sums[:, side:-side] - sums[:, : -2 * side]
    found: Floats = np.maximum(after - before, 0)[:, :n_steps].mean(axis=0) / side
    return found


def onset_near(rises_db: Floats, said_s: float) -> float | None:
    """Where the level rises most within `WINDOW_S` of a time, in seconds; None where it rises nowhere by enough."""
    first = max(0, round((said_s - WINDOW_S) / _STEP_S))
    near = rises_db[first : round((said_s + WINDOW_S) / _STEP_S) + 1]
    if not near.size or near.max() < LEAST_RISE_DB:
        return None
    return float((first + int(near.argmax())) * _STEP_S)
