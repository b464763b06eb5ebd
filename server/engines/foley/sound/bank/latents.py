"""What a recording is kept as: for every 10 ms the floor of noise in 40 bands, and what stands out of it.

    sound --MDCT--> 480 coefficients a frame --+-- those under a floor or so --> the floor's level, in steps of 1.5 dB
                                               +-- the others -----------> height, as a whole number

What lies under the floor is made anew from noise whenever it is decoded, so that no two renderings are alike; what is
tonal or sudden stands above it and is kept. (Noise substitution: Schulz 1996.)
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.special

FRAME: Final = 480
"""Samples at 48 kHz, and coefficients: 10 ms and bands of 50 Hz."""
BANDS: Final = 40
PEAK_STEP: Final = 1.2
"""Of what stands out, in floors: a peak of 1. Higher ones are PEAK_STEP times a power of themselves, as in MP3."""
PEAK_POWER: Final = 1.15
HIGHEST_PEAK: Final = 127
_STANDS_OUT: Final = ((0.0, 1.0), (8000.0, 1.1), (16_000.0, 1.3), (20_000.0, 2.0))
"""A coefficient this many floors high is kept, by frequency in hertz: the ear follows less of what is high."""
STEPS_PER_OCTAVE: Final = 4.0
"""Of floors as amplitudes: 1.5 dB each."""

Steps = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Latents:
    """A stretch of a recording, some of them or one after the other."""

    floors: Steps
    """[n_frames, BANDS], in steps; amplitude 1 is 0."""
    peaks: Steps
    """[n_frames, FRAME], -HIGHEST_PEAK..HIGHEST_PEAK; 0 where there is noise."""

    def __len__(self) -> int:
        """Frames."""
        return len(self.floors)

    def part(self, first: int, last: int) -> "Latents":
        """Frames `first` to `last`, without that."""
        return Latents(self.floors[first:last], self.peaks[first:last])


@cache
def band_centres() -> npt.NDArray[np.float64]:
    """Of the floors, in coefficients, [BANDS]: even on the ERB scale, 40 Hz to 20 kHz (Glasberg and Moore 1990)."""
    low, high = (21.4 * np.log10(1 + 0.00437 * hz) for hz in (40.0, 20_000.0))
    hz = (10 ** (np.linspace(low, high, BANDS) / 21.4) - 1) / 0.00437
    bin_hz = 24_000 / FRAME
    centres: npt.NDArray[np.float64] = hz / bin_hz - 0.5
    # A tone is three coefficients wide: a floor has to see beyond it.
    for index in range(1, BANDS):
        centres[index] = max(centres[index], centres[index - 1] + 3)
    return centres


@cache
def spreading() -> npt.NDArray[np.float32]:
    """Floors by band -> by coefficient, [BANDS, FRAME]: straight lines between the centres, in decibels."""
    centres = band_centres()
    lines = np.stack([np.interp(np.arange(FRAME), centres, row) for row in np.eye(BANDS)])
    return lines.astype(np.float32)


@cache
def least_height() -> npt.NDArray[np.float64]:
    """What a coefficient needs to be kept, in floors, [FRAME]."""
    hz, heights = zip(*_STANDS_OUT, strict=True)
    height: npt.NDArray[np.float64] = np.interp((np.arange(FRAME) + 0.5) * 24_000 / FRAME, hz, heights)
    return height


@cache
def noise_height() -> npt.NDArray[np.float32]:
    """The deviation of the noise in place of what is not kept, in floors, [FRAME]: that of a normal variable
    which is known to be lower than `least_height`.
    """
    least = least_height()
    density = np.exp(-0.5 * least**2) / np.sqrt(2 * np.pi)
    variance: npt.NDArray[np.float64] = 1 - 2 * least * density / scipy.special.erf(least / np.sqrt(2))
    return np.sqrt(variance).astype(np.float32)


@cache
def transform() -> npt.NDArray[np.float64]:
    """Coefficients -> windowed segment of 2 FRAME samples, [FRAME, 2 * FRAME]: the inverse MDCT with a sine window.

    Its transpose is the transform itself; segments overlap by half and add up to the sound (Princen and Bradley 1986).
    """
    time, k = np.arange(2 * FRAME), np.arange(FRAME)[:, np.newaxis]
    basis = np.cos(np.pi / FRAME * (time + 0.5 + FRAME / 2) * (k + 0.5)) * np.sqrt(2 / FRAME)
    matrix: npt.NDArray[np.float64] = basis * np.sin(np.pi * (time + 0.5) / (2 * FRAME))
    return matrix
