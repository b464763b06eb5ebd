"""From what the net answers to onsets, and how well they fit the true ones; the server has its own, streaming form."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from server.engines.foley.event_net_shape import OUTPUTS, TOGETHER_S, USUAL_GAP_S

Floats = npt.NDArray[np.float32]
TOLERANCE_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over clips."""

    found: int = 0
    missed: int = 0
    false: int = 0
    errors_s: tuple[float, ...] = ()

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.found + other.found,
            self.missed + other.missed,
            self.false + other.false,
            self.errors_s + other.errors_s,
        )

    @property
    def f1(self) -> float:
        """0..1."""
        return 2 * self.found / max(1, 2 * self.found + self.missed + self.false)


def onsets(answers: Floats, times_s: npt.NDArray[np.float64], threshold: float) -> list[tuple[float, float]]:
    """Time and confidence of each, from answers [n, outputs, rows, columns] that belong to `times_s`."""
    logits = answers[:, OUTPUTS.index("onset")].reshape(len(answers), -1)
    best = logits.argmax(1)
    chance = 1 / (1 + np.exp(-logits.max(1)))
    offset = answers[:, OUTPUTS.index("offset")].reshape(len(answers), -1)[np.arange(len(answers)), best]
    refined = times_s + np.clip(offset, -1, 1) * USUAL_GAP_S
    found: list[tuple[float, float]] = []
    for index in np.argsort(-chance):
        if chance[index] < threshold:
            break
        if all(abs(refined[index] - other) >= TOGETHER_S for other, _ in found):
            found.append((float(refined[index]), float(chance[index])))
    return sorted(found)


def score(found_s: Sequence[float], wanted_s: Sequence[float], ignored_s: Sequence[float]) -> Score:
    """Each onset is matched once, the nearest first; what matches only an ignored one is not counted."""
    pairs = sorted((abs(f - w), i, j) for i, f in enumerate(found_s) for j, w in enumerate(wanted_s))
    taken: dict[int, int] = {}
    for distance, i, j in pairs:
        if distance <= TOLERANCE_S and i not in taken and j not in taken.values():
            taken[i] = j
    errors = tuple(found_s[i] - wanted_s[j] for i, j in taken.items())
    false = sum(
        i not in taken and all(abs(found_s[i] - other) > TOLERANCE_S for other in ignored_s)
        for i in range(len(found_s))
    )
    return Score(len(taken), len(wanted_s) - len(taken), false, errors)


def truths(strikes: npt.NDArray[np.float64], end_s: float) -> tuple[list[float], list[float]]:
    """Onsets that count, those together taken as one, and those that do not."""
    wanted: list[float] = []
    ignored = [float(row[0]) for row in strikes if not row[6] or row[0] > end_s]
    for row in sorted(strikes[(strikes[:, 6] > 0) & (strikes[:, 0] <= end_s)].tolist()):
        if wanted and row[0] - wanted[-1] < TOGETHER_S:
            ignored.append(row[0])
        else:
            wanted.append(row[0])
    return wanted, ignored
