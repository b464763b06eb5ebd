"""Turns a recording into latents."""

from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.ndimage

from server.engines.foley.sound.bank.latents import (
    FRAME,
    HIGHEST_PEAK,
    PEAK_POWER,
    PEAK_STEP,
    STEPS_PER_OCTAVE,
    Latents,
    least_height,
    spreading,
    transform,
)

Floats = npt.NDArray[np.float64]

_OUTLIER: Final = 2.0
"""A coefficient this many floors high says nothing of the floor."""
_LEAST: Final = 1e-6
"""Amplitude of a coefficient that is silence."""
_LEAST_MEMBERS: Final = 10
"""Coefficients that a floor is measured on, over more frames where a band is narrow: fewer would make the level itself
a noise, and what is decoded rougher than what was recorded."""
_MEAN_OF_NORMAL: Final = float(np.sqrt(2 / np.pi))
_MEAN_LOG_OF_NORMAL: Final = -0.6352
"""Of the absolute value, as the one above."""


def analyse(sound: npt.NDArray[np.float32]) -> Latents:
    """The latents of a sound.

    Args:
        sound: 48 kHz mono, [n_samples].
    """
    n_frames = -(-len(sound) // FRAME) + 1
    padded = np.zeros((n_frames + 1) * FRAME)
    padded[FRAME : FRAME + len(sound)] = sound
    segments = np.stack([padded[frame * FRAME : (frame + 2) * FRAME] for frame in range(n_frames)])
    coefficients = segments @ transform().T
    floors = _floors(coefficients)
    heights = coefficients / 2.0 ** ((floors @ spreading().astype(np.float64)) / STEPS_PER_OCTAVE)
    sizes = np.clip(np.round((np.abs(heights) / PEAK_STEP) ** (1 / PEAK_POWER)), 1, HIGHEST_PEAK)
    peaks = np.where(np.abs(heights) >= least_height(), np.sign(heights) * sizes, 0)
    return Latents(floors.astype(np.int8), peaks.astype(np.int8))


def _floors(coefficients: Floats) -> npt.NDArray[np.int64]:
    """In steps, [n_frames, BANDS]: the level of what does not stand out, found by leaving out what does.

    Of the mean of amplitudes, not of powers: where the spectrum is steep, a band would be as loud as its loudest edge.
    """
    amplitude = np.abs(coefficients) + _LEAST
    shares = spreading().astype(np.float64).T
    widths = shares.sum(axis=0)
    loudest = np.stack([amplitude[:, share > 0].max(axis=1) for share in shares.T], axis=1)
    # No peak is higher than can be written; and before a sudden sound, its floor must not be heard.
    lowest = np.maximum(loudest / (PEAK_STEP * HIGHEST_PEAK**PEAK_POWER), _LEAST)
    highest = np.maximum(scipy.ndimage.maximum_filter1d(loudest, 5, axis=1), lowest)
    # At first the geometric mean, which a tone raises little.
    levels = np.exp(_over_frames(np.log(amplitude) @ shares / widths, widths) - _MEAN_LOG_OF_NORMAL)
    for _ in range(4):
        levels = np.clip(levels, lowest, highest)
        is_in = (amplitude < _OUTLIER * np.exp(np.log(levels) @ shares.T)).astype(np.float64)
        total, count = (_over_frames(each @ shares, widths) for each in (amplitude * is_in, is_in))
        # Where all stands out there is nothing new to learn of the floor.
        levels = np.where(count > 0.2, total / np.maximum(count, 1e-9) / _MEAN_OF_NORMAL, levels)
    levels = np.clip(levels, lowest, highest)
    steps: npt.NDArray[np.int64] = np.round(np.log2(levels) * STEPS_PER_OCTAVE).astype(np.int64)
    return np.clip(steps, -127, 127)


def _over_frames(values: Floats, widths: Floats) -> Floats:
    """The mean over as many frames as each band needs for _LEAST_MEMBERS coefficients, [n_frames, BANDS]."""
    frames = [max(1, int(np.ceil(_LEAST_MEMBERS / width))) for width in widths]
    means = [scipy.ndimage.uniform_filter1d(column, n) for column, n in zip(values.T, frames, strict=True)]
    return np.stack(means, axis=1)
