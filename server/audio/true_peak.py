"""Estimates how high the sound really goes between its samples, after ITU-R BS.1770-5 Annex 2 (4x oversampling).

The interpolator is ours, not the Annex's example: three windowed-sinc filters that read the signal a quarter, a half
and three quarters of the way to the next sample, flat within .05 dB up to .8 of half the sample rate. Every output is
made by the same element-wise additions in the same order, so a stream cut anywhere gives the same bits.
"""

import numpy as np
import numpy.typing as npt

REACH_SAMPLES = 8
"""Samples that a peak's estimate reads on each side."""

_KAISER_BETA = 5.0
"""Window shape: flatter with less, wider with more; 5 is flat to .8 of half the rate at this reach."""


def _interpolator(fraction: float) -> npt.NDArray[np.float32]:
    """Taps [2 * REACH_SAMPLES] that read the signal `fraction` of a sample after its middle, with gain 1 at 0 Hz."""
    distance = np.arange(1 - REACH_SAMPLES, 1 + REACH_SAMPLES) - fraction
    window = np.i0(_KAISER_BETA * np.sqrt(np.maximum(0.0, 1.0 - (distance / REACH_SAMPLES) ** 2)))
    taps: npt.NDArray[np.float64] = np.sinc(distance) * window
    unity: npt.NDArray[np.float64] = taps / taps.sum()
    return unity.astype(np.float32)


_TAPS = np.stack([_interpolator(fraction) for fraction in (0.25, 0.5, 0.75)])
"""Shape [3, 2 * REACH_SAMPLES]."""

_LARGEST_GAIN = 1.001 * max(1.0, float(np.abs(_TAPS).sum(axis=1).max()))
"""How much higher than its highest sample a sound can be between samples, at most: 2.1, and a little for rounding."""

_FRAME_SAMPLES = 64
"""Sound is looked at in frames of so many, to find those that can be high at all."""


def sliding_true_peaks(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Highest magnitude from each sample on to just before the next, over all channels.

    Takes shape [n + 2 * REACH_SAMPLES - 1, n_channels] and returns [n]: element i belongs to the sample
    i + REACH_SAMPLES - 1, the first whose neighbours are all there.
    """
    highest: npt.NDArray[np.float32] = _peaks(samples.T[np.newaxis])[0]
    return highest


def high_true_peaks(samples: npt.NDArray[np.float32], floor: float) -> npt.NDArray[np.float32]:
    """As `sliding_true_peaks`, but 0 in stretches where nothing can reach `floor`; elsewhere the same, to the bit.

    Most of speech is far below any ceiling, so this is several times quicker.
    """
    reach = 2 * REACH_SAMPLES - 1
    n_samples = len(samples) - reach
    n_frames = -(-n_samples // _FRAME_SAMPLES)
    padded = np.zeros(((n_frames + 1) * _FRAME_SAMPLES, samples.shape[1]), np.float32)
    padded[: len(samples)] = samples
    highest = np.abs(padded).reshape(n_frames + 1, -1).max(axis=1) * np.float32(_LARGEST_GAIN)
    # A frame's peaks read the next frame, too. Asked this way round, what is not a number counts as high.
    is_high = ~((highest[:-1] < floor) & (highest[1:] < floor))
    peaks = np.zeros((n_frames, _FRAME_SAMPLES), np.float32)
    if is_high.any():
        windows = np.lib.stride_tricks.sliding_window_view(padded, _FRAME_SAMPLES + reach, axis=0)
        peaks[is_high] = _peaks(windows[::_FRAME_SAMPLES][:n_frames][is_high])
    return peaks.reshape(-1)[:n_samples]


def _peaks(windows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The same for many stretches, shape [n_stretches, n_channels, n + 2 * REACH_SAMPLES - 1] to [n_stretches, n]."""
    n_samples = windows.shape[2] - 2 * REACH_SAMPLES + 1
    # All three interpolators at once, shape [n_stretches, n_channels, 3, n].
    stretches = windows[:, :, np.newaxis]
    between = stretches[..., :n_samples] * _TAPS[:, :1]
    product = np.empty_like(between)
    for offset in range(1, 2 * REACH_SAMPLES):
        np.multiply(stretches[..., offset : offset + n_samples], _TAPS[:, offset : offset + 1], out=product)
        between += product
    on_samples = np.abs(windows[..., REACH_SAMPLES - 1 : REACH_SAMPLES - 1 + n_samples])
    highest: npt.NDArray[np.float32] = np.maximum(on_samples, np.abs(between, out=between).max(axis=2)).max(axis=1)
    return highest


def true_peak_db(samples: npt.NDArray[np.float32]) -> float:
    """True peak in dBTP of a whole sound, shape [n_samples, n_channels]; -inf where it is silent or empty."""
    padding = ((REACH_SAMPLES, REACH_SAMPLES), (0, 0))
    peak = float(np.max(sliding_true_peaks(np.pad(samples, padding)), initial=0.0))
    return 20 * float(np.log10(peak)) if peak > 0 else -np.inf
