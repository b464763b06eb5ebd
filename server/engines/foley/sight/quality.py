"""QualityWatch: what is wrong with the picture, told once for each thing, after it has been so for two seconds.

`too_dark` by luma; `blurred` by the variance of the Laplacian over that of the picture (Pech-Pacheco and others,
"Diatom autofocusing in brightfield microscopy", ICPR 2000); `shaking` by phase correlation (Kuglin and Hines, 1975);
`frozen` by pictures that do not differ.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft2, rfft2

from server.video.picture import Picture

WINDOW_S: Final = 2.0
FROZEN_WINDOW_S: Final = 3.0
_SHARE: Final = 0.8
"""Of a window's pictures that must be so."""
_FEWEST: Final = 8
"""Pictures in a window that can be judged."""
_EVERY_S: Final = 1 / 31
"""Pictures that come sooner after each other are not all looked at."""

_JUDGED_EVERY_S: Final = 0.2
"""How often light and sharpness are looked at; movement is every time."""
_DARK_MEAN: Final = 30.0
_DARK_BRIGHTEST: Final = 80.0
"""Of luma's 99th percentile: a night scene with a lamp in it is meant to be dark."""
_SHARP: Final = 0.010
"""Variance of the Laplacian over the picture's; white noise has 20, a picture out of focus under this."""
_FLAT: Final = 60.0
"""Variance of luma below which there is nothing that could be sharp."""
_SAME: Final = 0.35
"""Mean difference of luma that the codec makes of a still picture."""
_SHAKE_PX: Final = 1.0
"""Root mean square of the change of the shift between pictures, in pixels of a picture 96 wide."""
_TURNS: Final = 0.3
"""Share of pictures at which the shift turns round."""
_PEAK: Final = 0.05
"""Height of the correlation's peak from which a shift is believed."""


@dataclass(frozen=True, slots=True)
class _Look:
    time_s: float
    is_dark: bool
    is_blurred: bool
    is_same: bool
    shift: tuple[float, float] | None
    """From the picture before, right and down, in pixels of a picture half as wide; None where it cannot be told."""


class QualityWatch:
    """Watches one video's greys."""

    def __init__(self) -> None:
        self._looks: deque[_Look] = deque()
        self._before: npt.NDArray[np.float32] | None = None
        self._spectrum: npt.NDArray[np.complex64] | None = None
        self._judged_s = -_JUDGED_EVERY_S
        self._is_dark = self._is_blurred = False
        """Of the picture that was last judged."""
        self._told: set[str] = set()

    def push(self, picture: Picture) -> list[str]:
        """Look at the next picture; codes that are new, each told once in a video."""
        if self._looks and picture.time_s - self._looks[-1].time_s < _EVERY_S * 0.9:
            return []
        self._looks.append(self._look(picture))
        while picture.time_s - self._looks[0].time_s > FROZEN_WINDOW_S:
            self._looks.popleft()
        checks: tuple[tuple[str, float, Callable[[list[_Look]], bool]], ...] = (
            ("too_dark", WINDOW_S, lambda looks: _mostly(looks, lambda look: look.is_dark)),
            ("blurred", WINDOW_S, lambda looks: _mostly(looks, lambda look: look.is_blurred)),
            ("shaking", WINDOW_S, _shakes),
            ("frozen", FROZEN_WINDOW_S, lambda looks: all(look.is_same for look in looks[1:])),
        )
        return [code for code, window_s, is_so in checks if self._is_new(code, window_s, is_so)]

    def _is_new(self, code: str, window_s: float, is_so: Callable[[list[_Look]], bool]) -> bool:
        if code in self._told:
            return False
        now_s = self._looks[-1].time_s
        looks = [look for look in self._looks if now_s - look.time_s <= window_s]
        is_whole = now_s - looks[0].time_s >= window_s * 0.95 and len(looks) >= _FEWEST
        if not is_whole or not is_so(looks):
            return False
        self._told.add(code)
        return True

    def _look(self, picture: Picture) -> _Look:
        grey = picture.grey.astype(np.float32)
        small = grey.reshape(grey.shape[0] // 2, 2, grey.shape[1] // 2, 2).mean(axis=(1, 3))
        mean = float(small.mean())
        if picture.time_s - self._judged_s >= _JUDGED_EVERY_S:
            self._judged_s = picture.time_s
            variance = float(grey.var())
            self._is_dark = mean < _DARK_MEAN and float(np.percentile(small, 99)) < _DARK_BRIGHTEST
            self._is_blurred = variance > _FLAT and float(_laplacian(grey).var()) < _SHARP * variance
        spectrum = rfft2(small - mean, workers=1)
        look = _Look(
            time_s=picture.time_s,
            is_dark=self._is_dark,
            is_blurred=self._is_blurred,
            is_same=self._before is not None and float(np.abs(grey - self._before).mean()) < _SAME,
            shift=_shift(self._spectrum, spectrum, small.shape) if self._spectrum is not None else None,
        )
        self._before, self._spectrum = grey, spectrum
        return look


def _mostly(looks: list[_Look], is_so: Callable[[_Look], bool]) -> bool:
    return sum(map(is_so, looks)) >= _SHARE * len(looks)


def _shakes(looks: list[_Look]) -> bool:
    """Whether the picture jumps to and fro; one that moves evenly does not shake."""
    shifts = np.array([look.shift for look in looks if look.shift is not None], np.float64)
    if len(shifts) < _SHARE * len(looks) or len(shifts) < _FEWEST:
        return False
    change = np.diff(shifts, axis=0)
    turns = (shifts[1:] * shifts[:-1]).sum(axis=1) < 0
    return bool(np.sqrt(np.square(change).sum(axis=1).mean()) >= _SHAKE_PX and turns.mean() >= _TURNS)


def _shift(
    before: npt.NDArray[np.complex64], now: npt.NDArray[np.complex64], shape: tuple[int, ...]
) -> tuple[float, float] | None:
    """By how much a picture moved: the peak of the phases' correlation."""
    cross = now * before.conj()
    surface = irfft2(cross / (np.abs(cross) + 1e-3), s=shape, workers=1)
    down, right = np.unravel_index(int(surface.argmax()), shape)
    if surface[down, right] < _PEAK:
        return None
    height, width = shape
    return (
        float(right if right <= width // 2 else right - width),
        float(down if down <= height // 2 else down - height),
    )


def _laplacian(grey: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    middle = grey[1:-1, 1:-1]
    return grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * middle
