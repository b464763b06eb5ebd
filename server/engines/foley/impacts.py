"""From what the event net answers to impacts: sudden ones, and stretches of rolling, sliding, moving.

All of it goes picture by picture, so how the pictures came in pieces changes nothing.
"""

import math
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from server.engines.foley.backend import Impact
from server.engines.foley.event_net_shape import COLUMNS, OUTPUTS, ROWS, TOGETHER_S, USUAL_GAP_S

Floats = npt.NDArray[np.float32]
"""An answer: [outputs, ROWS, COLUMNS]."""

_SURE: Final = 0.5
"""Confidence from which something counts; the graph's logits are shifted so that this is the best threshold."""
_STILL: Final = 0.35
"""Confidence down to which a stretch goes on."""
_LONGEST_CHAIN_S: Final = 0.5
"""Candidates that follow each other closely for longer are settled nevertheless."""
_PAUSE_S: Final = 0.15
"""A stretch that is interrupted for no longer is one."""
_SHORTEST_S: Final = 0.2
"""Stretches that end sooner are not told."""
_PIECE_S: Final = 1.0
"""Longer stretches are told in pieces, so that what comes after need not wait for their end."""
_FAINT_JUMP: Final = 0.3
_HARD_JUMP: Final = 8.0
"""Picture heights a second: changes of velocity that have the strengths 0 and 1."""
_WALK: Final = 0.65
"""Heights of a figure a second: how a walker's foot comes down; running is about 1."""
_FAST: Final = 1.2
"""Picture widths a second at which a stretch has the strength 1."""

_AT: Final = {name: index for index, name in enumerate(OUTPUTS)}


class OnsetPicker:
    """Of candidates nearer to each other than `TOGETHER_S`, the surest is an impact."""

    def __init__(self) -> None:
        self._chain: list[Impact] = []
        self._last_s = -math.inf
        self._seen_s = 0.0

    @property
    def until_s(self) -> float:
        """Everything earlier was given out."""
        return min([self._seen_s, *(candidate.time_s for candidate in self._chain)])

    def see(self, time_s: float, answer: Floats) -> list[Impact]:
        """What the answer for the next picture settles."""
        # The next picture is later, and may speak of as much as one usual gap before it.
        self._seen_s = max(self._seen_s, time_s - USUAL_GAP_S)
        candidate = _candidate(time_s, answer)
        done: list[Impact] = []
        if candidate is not None:
            if self._chain and candidate.time_s - max(each.time_s for each in self._chain) >= TOGETHER_S:
                done = self.settle()
            self._chain.append(candidate)
        if self._chain:
            times = [each.time_s for each in self._chain]
            if max(times) + TOGETHER_S <= self._seen_s or max(times) - min(times) > _LONGEST_CHAIN_S:
                done += self.settle()
        return done

    def settle(self) -> list[Impact]:
        """Of what is still in doubt, the surest."""
        kept: list[Impact] = []
        for candidate in sorted(self._chain, key=lambda each: (-each.confidence, each.time_s)):
            near = [self._last_s, *(other.time_s for other in kept)]
            if all(abs(candidate.time_s - other_s) >= TOGETHER_S for other_s in near):
                kept.append(candidate)
        self._chain.clear()
        kept.sort(key=lambda each: each.time_s)
        if kept:
            self._last_s = kept[-1].time_s
        return kept


@dataclass(slots=True)
class _Stretch:
    start_s: float
    last_s: float
    first: tuple[float, float]
    last: tuple[float, float]
    confidences: list[float] = field(default_factory=list)


class StretchPicker:
    """While one thing rolls, slides or moves."""

    def __init__(self, kind: Literal["roll", "slide", "move"]) -> None:
        self._kind = kind
        self._open: _Stretch | None = None

    @property
    def start_s(self) -> float:
        """Of what goes on now; infinity where nothing does."""
        return self._open.start_s if self._open else math.inf

    def see(self, time_s: float, chance: float, x: float, y: float) -> list[Impact]:
        """How likely it goes on in the next picture, and where; gives out what has ended, or lasted long enough."""
        if self._open is None:
            if chance >= _SURE:
                self._open = _Stretch(time_s, time_s, (x, y), (x, y), [chance])
            return []
        if chance >= _STILL:
            self._open.last_s, self._open.last = time_s, (x, y)
            self._open.confidences.append(chance)
            if time_s - self._open.start_s < _PIECE_S:
                return []
            done = self.settle()
            self._open = _Stretch(time_s, time_s, (x, y), (x, y), [chance])
            return done
        return self.settle() if time_s - self._open.last_s > _PAUSE_S else []

    def settle(self) -> list[Impact]:
        """What went on until now, if it was long enough."""
        stretch, self._open = self._open, None
        if stretch is None or stretch.last_s - stretch.start_s < _SHORTEST_S:
            return []
        long_s = stretch.last_s - stretch.start_s
        speed = math.dist(stretch.first, stretch.last) / long_s
        confidence = float(np.mean(stretch.confidences))
        x, y = ((begin + end) / 2 for begin, end in zip(stretch.first, stretch.last, strict=True))
        strength = min(1.0, 0.15 + 0.85 * speed / _FAST)
        return [Impact(stretch.start_s, strength, x, y, 1 / ROWS, confidence, self._kind, long_s)]


def stretch_chances(answer: Floats) -> dict[Literal["roll", "slide", "move"], tuple[float, float, float]]:
    """Of each kind how likely it goes on somewhere, and where, x and y in 0..1. What rolls does not slide."""
    found = {}
    kinds: tuple[Literal["roll", "slide", "move"], ...] = ("roll", "slide", "move")
    for kind in kinds:
        row, column = _best(answer[_AT[kind]])
        found[kind] = (_chance(answer[_AT[kind], row, column]), (column + 0.5) / COLUMNS, (row + 0.5) / ROWS)
    weaker: Literal["roll", "slide"] = "roll" if found["roll"][0] < found["slide"][0] else "slide"
    found[weaker] = (0.0, *found[weaker][1:])
    return found


def _candidate(time_s: float, answer: Floats) -> Impact | None:
    row, column = _best(answer[_AT["onset"]])
    values = {name: float(answer[index, row, column]) for name, index in _AT.items()}
    confidence = _chance(values["onset"])
    if confidence < _SURE:
        return None
    is_step = values["step"] > 0
    jump, size = math.exp(min(values["jump"], 4.0)), math.exp(min(max(values["size"], -4.6), 0.0))
    if is_step:
        strength = 0.35 + 0.9 * (jump / size - _WALK)
    else:
        strength = math.log(jump / _FAINT_JUMP) / math.log(_HARD_JUMP / _FAINT_JUMP)
    return Impact(
        time_s=max(0.0, time_s + min(max(values["offset"], -1.0), 1.0) * USUAL_GAP_S),
        strength=min(max(strength, 0.05), 1.0),
        x=min(max((column + 0.5 + values["right"]) / COLUMNS, 0.0), 1.0),
        y=min(max((row + 0.5 + values["down"]) / ROWS, 0.0), 1.0),
        size=size,
        confidence=confidence,
        kind="step" if is_step else "hit",
    )


def _best(plane: Floats) -> tuple[int, int]:
    return divmod(int(plane.argmax()), COLUMNS)


def _chance(logit: float) -> float:
    return 1 / (1 + math.exp(-min(max(float(logit), -30.0), 30.0)))
