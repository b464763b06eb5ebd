"""Compares the onsets that were found with the true ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.foley.held_out.film import Onset
from server.engines.foley.backend import Impact

TOLERANCE_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class OnsetScore:
    """Of one clip, or of several added."""

    found: int = 0
    missed: int = 0
    false: int = 0
    """Found, and matching nothing."""
    left_out: int = 0
    """Found, and matching only true hits that the rule of visibility leaves out."""
    errors_s: tuple[float, ...] = ()
    """Found less true time, of those found."""
    right_kind: int = 0
    """Of those found: step told from hit."""
    distances: tuple[float, ...] = ()
    """Of those found: from the true place, in picture widths and heights."""

    def __add__(self, other: "OnsetScore") -> "OnsetScore":
        return OnsetScore(
            self.found + other.found,
            self.missed + other.missed,
            self.false + other.false,
            self.left_out + other.left_out,
            self.errors_s + other.errors_s,
            self.right_kind + other.right_kind,
            self.distances + other.distances,
        )

    @property
    def precision(self) -> float:
        """0..1."""
        return self.found / max(1, self.found + self.false)

    @property
    def recall(self) -> float:
        """0..1."""
        return self.found / max(1, self.found + self.missed)

    @property
    def f1(self) -> float:
        """0..1; 1 where there is nothing to be found and nothing was."""
        wanted = 2 * self.found + self.missed + self.false
        return 2 * self.found / wanted if wanted else 1.0

    @property
    def strict_f1(self) -> float:
        """0..1, with what matches only left-out hits counted as false."""
        wanted = 2 * self.found + self.missed + self.false + self.left_out
        return 2 * self.found / wanted if wanted else 1.0


def score_onsets(impacts: Sequence[Impact], truth: Sequence[Onset]) -> OnsetScore:
    """Each true onset is matched with one impact at most, and the other way round; the nearest pairs first."""
    seen = [onset for onset in truth if onset.is_seen]
    hidden = [onset for onset in truth if not onset.is_seen]
    pairs = sorted(
        (abs(impact.time_s - onset.time_s), i, j)
        for i, impact in enumerate(impacts)
        for j, onset in enumerate(seen)
        if abs(impact.time_s - onset.time_s) <= TOLERANCE_S
    )
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in pairs:
        if i not in matched and j not in taken:
            matched[i] = j
            taken.add(j)
    rest = [impact for i, impact in enumerate(impacts) if i not in matched]
    excused = sum(any(abs(impact.time_s - onset.time_s) <= TOLERANCE_S for onset in hidden) for impact in rest)
    both = [(impacts[i], seen[j]) for i, j in matched.items()]
    return OnsetScore(
        found=len(matched),
        missed=len(seen) - len(matched),
        false=len(rest) - excused,
        left_out=excused,
        errors_s=tuple(impact.time_s - onset.time_s for impact, onset in both),
        right_kind=sum(impact.kind == onset.kind for impact, onset in both),
        distances=tuple(((impact.x - onset.x) ** 2 + (impact.y - onset.y) ** 2) ** 0.5 for impact, onset in both),
    )
