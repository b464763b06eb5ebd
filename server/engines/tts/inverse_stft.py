"""Turns Kokoro's spectra into sound as they come: an inverse short-time Fourier transform by overlap-add.

Every sample is the sum of four segments, taken in the same order wherever the spectra are cut, so the sound does not
depend on the cuts.

    spectra  k-3 |-----|-----|-----|=====|
             k-2       |-----|-----|=====|-----|
             k-1             |-----|=====|-----|-----|
             k                     |=====|-----|-----|-----|     ===== are the five samples that k completes

As in the graph that Kokoro was exported to, the sum is not divided by the windows' power: 1.5, except that there the
first ten samples are divided by one window's, which tends to nothing. That slip of an exporter is not repeated.
(Griffin and Lim 1984, doi:10.1109/TASSP.1984.1164317, eq. 6.)
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

HOP_SAMPLES: Final = 5
SIZE_SAMPLES: Final = 20
BINS: Final = SIZE_SAMPLES // 2 + 1
_OVERLAP: Final = SIZE_SAMPLES // HOP_SAMPLES
_LEAD_SAMPLES: Final = SIZE_SAMPLES // 2
"""The first spectrum is centred on the first sample."""

_WINDOW: Final = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(SIZE_SAMPLES) / SIZE_SAMPLES)).astype(np.float64)


def _segment_basis() -> Floats:
    """Real and imaginary parts -> windowed segment, shape [SIZE_SAMPLES, 2 * BINS]."""
    bins, samples = np.arange(BINS), np.arange(SIZE_SAMPLES)[:, np.newaxis]
    # Every bin but the first and the last stands for two of a real signal's.
    weight = np.where((bins == 0) | (bins == BINS - 1), 1.0, 2.0) / SIZE_SAMPLES
    angle = 2 * np.pi * samples * bins / SIZE_SAMPLES
    basis = np.concatenate((weight * np.cos(angle), -weight * np.sin(angle)), axis=1)
    return (basis * _WINDOW[:, np.newaxis]).astype(np.float32)


_BASIS: Final = _segment_basis()


class InverseStft:
    """One stretch of sound. Holds the three last segments."""

    def __init__(self, *, starts: bool) -> None:
        """`starts`: the stretch begins where the utterance does. Otherwise its first five samples, which lack the
        spectrum before them, are zeros: stretches are cut where it is quiet.
        """
        self._segments = np.zeros((_OVERLAP - 1, SIZE_SAMPLES), np.float32)
        self._to_drop = _LEAD_SAMPLES
        """Samples at the front that belong to nothing."""
        self._to_mute = 0 if starts else (_OVERLAP - 1) * HOP_SAMPLES
        """Samples at the front that are not complete, those to drop among them."""

    def push(self, spectra: Floats, *, ends: bool = False) -> Floats:
        """Take the next spectra and give the samples that are complete, float32 [n_samples].

        Args:
            spectra: shape [2 * BINS, n_spectra]: log magnitudes, then what the sine makes phases of.
            ends: the utterance ends with them: gives its last samples too.
        """
        magnitude, phase = np.exp(spectra[:BINS]), np.sin(spectra[BINS:])
        parts = np.concatenate((magnitude * np.cos(phase), magnitude * np.sin(phase)))
        new = (_BASIS @ parts).T
        if ends:
            # The last spectrum is centred on the end of the utterance: half of what it reaches is sound.
            new = np.concatenate((new, np.zeros((_LEAD_SAMPLES // HOP_SAMPLES - 1, SIZE_SAMPLES), np.float32)))
        segments = np.concatenate((self._segments, new))
        n_hops = len(new)
        sums = np.zeros((n_hops, HOP_SAMPLES), np.float32)
        for age in range(_OVERLAP):
            first = _OVERLAP - 1 - age
            sums += segments[first : first + n_hops, age * HOP_SAMPLES : (age + 1) * HOP_SAMPLES]
        self._segments = segments[n_hops:]
        samples = sums.ravel()
        samples[: self._to_mute] = 0
        given = samples[self._to_drop :]
        self._to_mute, self._to_drop = (max(0, left - samples.size) for left in (self._to_mute, self._to_drop))
        return given
