"""Measures how loud a whole sound is, in LUFS, after ITU-R BS.1770-5 Annex 1: what a voice's fixed gain is set by."""

import numpy as np
import numpy.typing as npt
import scipy.signal

_TABLE_RATE_HZ = 48_000
"""The rate that the Recommendation gives its coefficients for."""

_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
"""BS.1770-5, table 1, numerator and denominator: the head's lift of the treble."""

_HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
"""BS.1770-5, table 2: the revised low-frequency B curve."""

_BLOCK_S = 0.4
_HOP_S = 0.1
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0


def integrated_loudness_lufs(samples: npt.NDArray[np.float32], sample_rate_hz: int) -> float:
    """Gated loudness of a whole sound, shape [n_samples, 1 or 2]; both channels weigh the same.

    A sine of 997 Hz at full scale in one channel reads -3.01 LUFS. -inf where nothing passes the gate of -70 LUFS, and
    where the sound is shorter than one block of 400 ms.
    """
    power = _block_powers(samples, sample_rate_hz)
    power = power[power > _power_of(_ABSOLUTE_GATE_LUFS)]
    if power.size == 0:
        return -np.inf
    power = power[power > _power_of(_loudness_of(power.mean()) + _RELATIVE_GATE_LU)]
    return _loudness_of(power.mean())


def k_weighted(samples: npt.NDArray[np.float32], sample_rate_hz: int) -> npt.NDArray[np.float64]:
    """The sound as the ear weighs it, same shape: both filters of the Recommendation, at any rate."""
    weighted = samples.astype(np.float64)
    for numerator, denominator in (_SHELF, _HIGH_PASS):
        # At 48 kHz this gives the table's own numbers back.
        b, a = scipy.signal.bilinear(_analogue(numerator), _analogue(denominator), fs=sample_rate_hz)
        weighted = scipy.signal.lfilter(b, a, weighted, axis=0)
    return weighted


def _analogue(row: tuple[float, float, float]) -> npt.NDArray[np.float64]:
    """A row of a 48 kHz biquad as a polynomial in s, highest power first.

    The bilinear transform is undone by putting z^-1 = (c - s) / (c + s), c = 2 * 48000, and multiplying by (c + s)^2.
    """
    c = 2.0 * _TABLE_RATE_HZ
    rest, once, twice = row
    return rest * np.array([1, 2 * c, c * c]) + once * np.array([-1, 0, c * c]) + twice * np.array([1, -2 * c, c * c])


def _block_powers(samples: npt.NDArray[np.float32], sample_rate_hz: int) -> npt.NDArray[np.float64]:
    """Mean square of each block of 400 ms, summed over channels, shape [n_blocks]; blocks start every 100 ms."""
    energy = np.concatenate(([0.0], np.cumsum((k_weighted(samples, sample_rate_hz) ** 2).sum(axis=1))))
    block = round(_BLOCK_S * sample_rate_hz)
    starts = np.arange(0, len(samples) - block + 1, round(_HOP_S * sample_rate_hz))
    return np.asarray((energy[starts + block] - energy[starts]) / block)


def _loudness_of(power: float | np.floating) -> float:
    return -0.691 + 10 * float(np.log10(power))


def _power_of(loudness_lufs: float) -> float:
    return float(10 ** ((loudness_lufs + 0.691) / 10))
