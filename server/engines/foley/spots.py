"""Places sounds that the words ask for and no picture shows: when, how long and how often, by the seed."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from server.engines.foley.prompt.plan import AskedSound

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Habit:
    """How a sound comes by itself. Ranges in seconds; what comes is drawn evenly from them."""

    first_s: Range
    """From the beginning."""
    rest_s: Range
    """Between two bursts."""
    duration_s: Range = (0.0, 0.0)
    """Of one; 0 where its model knows how long it is."""
    burst: tuple[int, int] = (1, 1)
    """How many come together."""
    apart_s: Range = (0.3, 0.5)
    """From one of a burst to the next."""


HABITS: Final[Mapping[str, Habit]] = MappingProxyType(
    {
        "footstep": Habit((2.0, 2.4), (0.6, 1.4), burst=(8, 16), apart_s=(0.5, 0.6)),
        "impact": Habit((2.0, 3.0), (2.5, 5.0)),
        "knock": Habit((1.2, 2.2), (5.0, 9.0), burst=(3, 3), apart_s=(0.24, 0.32)),
        "door_open": Habit((0.5, 1.2), (10.0, 18.0)),
        "door_close": Habit((2.5, 3.5), (11.0, 18.0)),
        "door_creak": Habit((0.6, 1.6), (7.0, 12.0), (1.0, 1.8)),
        "glass_break": Habit((2.5, 4.0), (12.0, 20.0)),
        "punch": Habit((2.0, 2.6), (1.2, 3.0), burst=(1, 3), apart_s=(0.3, 0.6)),
        "clap": Habit((1.5, 2.0), (0.5, 1.5), burst=(4, 10), apart_s=(0.32, 0.5)),
        "gunshot": Habit((1.5, 3.0), (2.5, 6.0), burst=(1, 3), apart_s=(0.35, 0.8)),
        "explosion": Habit((2.0, 3.5), (6.0, 11.0)),
        "splash": Habit((2.0, 3.0), (3.0, 6.0)),
        "drip": Habit((0.6, 1.4), (0.9, 2.2)),
        "switch": Habit((1.5, 2.5), (4.0, 8.0)),
        "bell": Habit((0.8, 1.8), (3.5, 6.0)),
        "whoosh": Habit((1.2, 2.4), (3.0, 6.0), (0.3, 0.6)),
        "rolling": Habit((1.0, 1.8), (2.0, 4.0), (1.5, 3.0)),
        "sliding": Habit((1.0, 1.8), (2.5, 5.0), (0.6, 1.6)),
        "cloth": Habit((0.4, 1.2), (0.8, 2.5), (0.5, 1.4)),
        "paper": Habit((0.6, 1.4), (1.5, 4.0), (0.6, 1.4)),
        "typing": Habit((0.3, 0.8), (0.4, 1.6), (1.6, 4.0)),
        "pour": Habit((0.6, 1.4), (4.0, 8.0), (2.5, 4.5)),
        "bubbles": Habit((0.2, 0.6), (0.3, 1.0), (2.5, 5.0)),
        "thunder": Habit((0.8, 2.5), (7.0, 13.0), (3.0, 5.5)),
        "dog": Habit((0.6, 1.8), (3.0, 7.0), burst=(1, 4), apart_s=(0.4, 0.75)),
        "rooster": Habit((0.8, 2.0), (9.0, 16.0)),
        "baby": Habit((0.4, 1.2), (1.5, 4.0), (2.0, 3.5)),
        "sneeze": Habit((1.0, 2.2), (10.0, 18.0)),
        "horn": Habit((0.8, 2.0), (3.0, 7.0), (0.3, 1.1), burst=(1, 2)),
    }
)
"""Of every class that is no bed."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One sound that comes by itself."""

    onset_s: float
    duration_s: float
    strength: float
    pan: float
    distance: float


class SpotSource:
    """One class's spots, in the order of their onsets, without end or as often as the words say.

    They depend on the seed and the class alone, so that what is seen elsewhere moves none of them.
    """

    def __init__(self, sound: AskedSound, seed: int) -> None:
        self._sound = sound
        self._habit = HABITS[sound.label]
        self._rng = random.Random(f"spot {seed} {sound.label}")
        self._n_given = 0
        self._is_seen = False
        self._left_in_burst = self._rng.randint(*self._habit.burst)
        self._onset_s = self._rng.uniform(*self._habit.first_s)
        self._duration_s = self._rng.uniform(*self._habit.duration_s)
        # Where it stands does not change: a dog barks from one place.
        self._pan = self._rng.uniform(-0.5, 0.5)
        self._distance = min(0.95, max(0.1, 0.85 - 0.6 * sound.intensity + self._rng.uniform(-0.05, 0.05)))

    @property
    def next_s(self) -> float | None:
        """Onset of the next one; None where there is none."""
        is_done = self._sound.times is not None and self._n_given >= self._sound.times
        return None if is_done or self._is_seen else self._onset_s

    def take(self) -> Spot:
        """The next one.

        Raises:
            ValueError: there is none.
        """
        if self.next_s is None:
            raise ValueError(f"No {self._sound.label} is left.")
        habit, rng = self._habit, self._rng
        strength = min(1.0, max(0.1, 0.25 + 0.6 * self._sound.intensity + rng.uniform(-0.1, 0.1)))
        spot = Spot(self._onset_s, self._duration_s, strength, self._pan, self._distance)
        self._n_given += 1
        self._left_in_burst -= 1
        # Whoever says how often means one after the other, not one now and one in a minute.
        if self._left_in_burst > 0 or self._sound.times is not None:
            gap_s = rng.uniform(*habit.apart_s)
        else:
            gap_s = rng.uniform(*habit.rest_s)
            self._left_in_burst = rng.randint(*habit.burst)
        self._onset_s += self._duration_s + gap_s
        self._duration_s = rng.uniform(*habit.duration_s)
        return spot

    def see(self) -> None:
        """One was seen to happen: it counts, and in this scene none comes by itself any more."""
        self._n_given += 1
        self._is_seen = True

    def begin_scene(self, time_s: float) -> None:
        """Another scene begins, in which nothing was seen yet."""
        if self._is_seen:
            self._is_seen = False
            self._onset_s = max(self._onset_s, time_s + self._rng.uniform(*self._habit.first_s))
