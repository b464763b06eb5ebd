"""CutFinder: where a new scene begins, told a tenth of a second later, when it is sure that it was no flash.

Two pictures are as unlike as their structures (1 - normalised cross-correlation of small greys, which light alone does
not change) and their histograms are. A cut is unlike what came before it, much more so than the pictures around it are
unlike each other, and what comes after stays unlike what was before; a flash, a flicker or a passing hand goes again.
After: Lienhart, "Comparison of automatic shot boundary detection algorithms", 1999, section 2; the rules are ours.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from server.video.picture import Bytes, Picture

LOOKAHEAD_S: Final = 0.12
"""How long what is new has to stay."""
_CELL: Final = 4
"""Pixels of a side that are averaged: noise and small movements go."""
_NOISE: Final = 12.0
"""Variance of grey below which a picture has no structure."""
_BINS: Final = 32
_UNLIKE: Final = 0.32
"""0..1; from here on two pictures may be of two scenes."""
_TIMES_USUAL: Final = 3.0
"""How much more unlike than its neighbours are to theirs."""
_SHORTEST_SCENE_S: Final = 0.4
_NEIGHBOURS: Final = 9
_MEMORY: Final = 6
"""Pictures before the last by which a scene is known again after a flash."""

Small = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Look:
    """What is kept of a picture."""

    time_s: float
    structure: Small
    """Less its mean."""
    variance: float
    histogram: Small
    """[_BINS], sums to 1."""
    unlike_before: float
    """To the picture before it, 0..1."""


class CutFinder:
    """Watches one video's greys."""

    def __init__(self) -> None:
        self._looks: deque[_Look] = deque()
        """From the picture before the first that is in doubt."""
        self._usual: deque[float] = deque(maxlen=_NEIGHBOURS)
        """How unlike the last settled pictures were to those before them."""
        self._older: list[_Look] = []
        """The last settled pictures before those."""
        self._last_cut_s = 0.0

    def push(self, picture: Picture) -> list[float]:
        """Look at the next picture; the cuts that it settles, by time."""
        self._looks.append(_look(picture, self._looks[-1] if self._looks else None))
        cuts = []
        while len(self._looks) > 2 and self._looks[-1].time_s - self._looks[1].time_s >= LOOKAHEAD_S:
            cuts += self._settle()
        return cuts

    @property
    def settled_s(self) -> float:
        """No cut will be told any more that lies before."""
        return self._looks[1].time_s if len(self._looks) > 1 else 0.0

    def finish(self) -> list[float]:
        """The cuts among the last pictures."""
        cuts = []
        while len(self._looks) > 1:
            cuts += self._settle()
        return cuts

    def _settle(self) -> list[float]:
        """Decide about the second picture kept, against the first; the first goes."""
        before, here, *after = self._looks
        around = [*self._usual, *(look.unlike_before for look in after)]
        usual = float(np.median(around)) if around else 0.0
        is_cut = (
            here.unlike_before >= _UNLIKE
            and here.unlike_before >= _TIMES_USUAL * usual
            and here.time_s - self._last_cut_s >= _SHORTEST_SCENE_S
            and all(_unlike(before, look) >= _UNLIKE for look in after)
            # What a flash left behind is the old scene again.
            and not any(_unlike(look, here) < _UNLIKE / 2 for look in self._older)
        )
        self._older = [*self._older[-_MEMORY + 1 :], before]
        self._looks.popleft()
        if not is_cut:
            self._usual.append(here.unlike_before)
            return []
        self._last_cut_s = here.time_s
        return [here.time_s]


def _look(picture: Picture, before: _Look | None) -> _Look:
    cells = _cells(picture.grey)
    structure = cells - cells.mean(dtype=np.float32)
    counts = np.bincount((picture.grey[::2, ::2] >> 3).ravel(), minlength=_BINS)
    look = _Look(
        picture.time_s, structure, float(np.square(structure).mean()), (counts / counts.sum()).astype(np.float32), 0.0
    )
    if before is None:
        return look
    return _Look(look.time_s, look.structure, look.variance, look.histogram, _unlike(before, look))


def _cells(grey: Bytes) -> Small:
    height, width = grey.shape[0] // _CELL, grey.shape[1] // _CELL
    blocks = grey[: height * _CELL, : width * _CELL].reshape(height, _CELL, width, _CELL)
    cells: Small = blocks.mean(axis=(1, 3), dtype=np.float32)
    return cells


def _unlike(one: _Look, other: _Look) -> float:
    """0 the same, 1 nothing in common."""
    shared = float((one.structure * other.structure).mean()) + _NOISE
    correlation = shared / np.sqrt((one.variance + _NOISE) * (other.variance + _NOISE))
    histograms = float(np.abs(one.histogram - other.histogram).sum()) / 2
    return float(np.clip(0.75 * (1 - correlation) + 0.25 * histograms, 0, 1))
