"""How far two recordings of the same words are apart: the distance of their mel spectrograms in decibels."""

from typing import Final

import numpy as np
import numpy.typing as npt

_SIZE: Final = 1024
_HOP: Final = 256
_BANDS: Final = 80
_FLOOR: Final = 1e-7
"""Of the reference's loudest band."""
_ACTIVE_DB: Final = 50.0
"""Frames whose loudest band is farther below the loudest of all are silence, and do not count."""

Spectrogram = npt.NDArray[np.float64]


def log_mel_distance_db(reference: npt.ArrayLike, other: npt.ArrayLike, sample_rate_hz: int) -> float:
    """Mean absolute difference over the bands of the active frames of the reference, decibels.

    Both are one-dimensional and begin at the same instant; what one has more at the end is left out.
    """
    first, second = np.asarray(reference, np.float64), np.asarray(other, np.float64)
    n_samples = min(len(first), len(second))
    filters = mel_filters(sample_rate_hz)
    powers = [filters @ _power(each[:n_samples]) for each in (first, second)]
    floor = powers[0].max() * _FLOOR
    levels = [10 * np.log10(np.maximum(power, floor)) for power in powers]
    loudest = levels[0].max(axis=0)
    active = loudest > loudest.max() - _ACTIVE_DB
    return float(np.abs(levels[0] - levels[1])[:, active].mean())


def mel_filters(sample_rate_hz: int) -> Spectrogram:
    """Triangles of equal area on Slaney's mel scale (Auditory Toolbox, 1998), shape [80, 513]."""
    edges_hz = _mel_to_hz(np.linspace(0.0, _hz_to_mel(sample_rate_hz / 2), _BANDS + 2))
    bins_hz = np.linspace(0.0, sample_rate_hz / 2, _SIZE // 2 + 1)
    rise = (bins_hz - edges_hz[:-2, np.newaxis]) / np.diff(edges_hz)[:-1, np.newaxis]
    fall = (edges_hz[2:, np.newaxis] - bins_hz) / np.diff(edges_hz)[1:, np.newaxis]
    heights: Spectrogram = np.maximum(0.0, np.minimum(rise, fall))
    return heights * (2 / (edges_hz[2:] - edges_hz[:-2]))[:, np.newaxis]


def _power(samples: Spectrogram) -> Spectrogram:
    padded = np.pad(samples, _SIZE // 2)
    window = np.hanning(_SIZE + 1)[:-1]
    frames = np.lib.stride_tricks.sliding_window_view(padded, _SIZE)[::_HOP] * window
    power: Spectrogram = np.abs(np.fft.rfft(frames)).T ** 2
    return power


_LINEAR_TO_HZ: Final = 1000.0
_HZ_PER_MEL: Final = 200 / 3
_LOG_STEP: Final = np.log(6.4) / 27


def _hz_to_mel(hz: float) -> float:
    if hz < _LINEAR_TO_HZ:
        return hz / _HZ_PER_MEL
    return float(_LINEAR_TO_HZ / _HZ_PER_MEL + np.log(hz / _LINEAR_TO_HZ) / _LOG_STEP)


def _mel_to_hz(mel: Spectrogram) -> Spectrogram:
    knee = _LINEAR_TO_HZ / _HZ_PER_MEL
    hz: Spectrogram = np.where(mel < knee, mel * _HZ_PER_MEL, _LINEAR_TO_HZ * np.exp(_LOG_STEP * (mel - knee)))
    return hz
