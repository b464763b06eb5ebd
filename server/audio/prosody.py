"""Prosody: how F0 and energy of an utterance differ from how the voice would say it of itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_VOICED_ABOVE_HZ: Final = 50.0
"""Where nothing is voiced, some of Kokoro's voices have an F0 of 10 to 13 Hz, and each passes through what lies between
in two or three columns. Counted as voiced, these would put the mean of zf_xiaoxiao, 222 Hz, at 97."""
_LOWEST_HZ: Final = 40.0
_SMOOTHED_COLUMNS: Final = 5
"""A voice does not jump: where one prosody meets another, it takes so many columns (about 60 ms) to get there."""


@dataclass(frozen=True, slots=True)
class Prosody:
    """Factors; all 1 changes nothing."""

    pitch: float = 1.0
    """On F0."""
    pitch_range: float = 1.0
    """On the distance of F0 from its mean, in octaves."""
    energy: float = 1.0
    """On a voice's own measure of energy."""
    is_whispered: bool = False
    """Nothing is voiced."""
    middle_hz: float | None = None
    """What the mean of F0 is to be before it is multiplied; None for the voice's own."""
    shift_hz: float = 0.0
    """On top of that mean."""

    def octaves_above(self, middle: float) -> float:
        """How far F0 moves whose mean is at `middle` octaves above 1 Hz."""
        wanted_hz = (2**middle if self.middle_hz is None else self.middle_hz) + self.shift_hz
        return float(np.log2(max(wanted_hz, _LOWEST_HZ) * self.pitch) - middle)


PLAIN: Final = Prosody()

Columns = tuple[int, int, Prosody]
"""From the first to one past the last, and their own prosody on top of that of the whole."""


def acted_f0(f0_hz: Floats, prosody: Prosody, parts: Sequence[Columns] = ()) -> Floats:
    """F0 of an utterance, [..., n_columns], spoken so; mean and range are those of what is voiced in it."""
    if prosody == PLAIN and not parts:
        return f0_hz
    is_voiced = f0_hz > _VOICED_ABOVE_HZ
    if prosody.is_whispered:
        return np.zeros_like(f0_hz)
    if not is_voiced.any():
        return f0_hz
    octaves = np.log2(np.maximum(f0_hz, _VOICED_ABOVE_HZ))
    middle = octaves[is_voiced].mean()
    n_columns = f0_hz.shape[-1]
    moved = prosody.octaves_above(middle)
    shift = _curve(n_columns, moved, [(a, b, part.octaves_above(middle + moved)) for a, b, part in parts])
    spread = _curve(n_columns, prosody.pitch_range, [(a, b, part.pitch_range - 1) for a, b, part in parts])
    acted = np.where(is_voiced, 2 ** (middle + shift + spread * (octaves - middle)), f0_hz).astype(np.float32)
    for first, last, part in parts:
        if part.is_whispered:
            acted[..., first:last] = 0
    return acted


def energy_curve(n_columns: int, prosody: Prosody, parts: Sequence[Columns] = ()) -> Floats:
    """The factor on the energy of each column, [n_columns]."""
    return _curve(n_columns, prosody.energy, [(a, b, part.energy - 1) for a, b, part in parts])


def _curve(n_columns: int, everywhere: float, parts: Sequence[tuple[int, int, float]]) -> Floats:
    """One value everywhere, so much more in some parts, smooth where they begin and end."""
    more = np.zeros(n_columns)
    for first, last, amount in parts:
        more[first:last] += amount
    if parts:
        padded = np.pad(more, _SMOOTHED_COLUMNS // 2, mode="edge")
        more = np.convolve(padded, np.full(_SMOOTHED_COLUMNS, 1 / _SMOOTHED_COLUMNS), mode="valid")
    return (everywhere + more).astype(np.float32)
