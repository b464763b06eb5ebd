"""The three ways a film can sound."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from server.engines.foley.backend import Profile
from server.engines.foley.sound.cue import RATE, Mono
from server.engines.foley.sound.dsp import mixed, seconds


@dataclass(frozen=True, slots=True)
class Manner:
    """How a profile treats what the models make."""

    hit_db: float
    """Of all events."""
    bed_db: float
    contrast_db: float
    """Between the softest event and the hardest."""
    pitch: float
    wet: float
    """Times the room's."""
    weight: float = 0.0
    """Of a deep blow under hard hits."""
    bend: float = 0.0
    """By how much a hit's pitch falls while it sounds, as a share."""


MANNERS: Final[dict[Profile, Manner]] = {
    "realistic": Manner(0.0, 0.0, 24.0, 1.0, 1.0),
    "dramatic": Manner(3.0, -1.0, 20.0, 0.87, 1.7, weight=0.7),
    "cartoon": Manner(1.0, -4.0, 14.0, 1.35, 0.5, bend=0.35),
}


def treated(sound: Mono, strength: float, manner: Manner) -> Mono:
    """A hit in this manner; its onset stays where it is."""
    if manner.bend:
        # Read slower and slower: the first moment at (1 + bend) times the speed, the end at (1 - bend).
        reach = np.linspace(0, 1, len(sound)) * len(sound)
        speed = np.clip(1 + manner.bend * (1 - 2 * reach / (0.35 * RATE)), 1 - manner.bend, None)
        at = np.concatenate(([0.0], np.cumsum(speed)[:-1]))
        sound = np.interp(at[at < len(sound)], np.arange(len(sound)), sound).astype(np.float32)
    if manner.weight and strength > 0.5:
        n = seconds(0.45)
        time = np.arange(n) / RATE
        blow = np.sin(2 * np.pi * (42 * time + 1.6 * (1 - np.exp(-time / 0.04)))) * np.exp(-time / 0.11)
        sound = mixed((0, 1.0, sound), (0, manner.weight * (strength - 0.5) * 2, blow.astype(np.float32)))
    return sound
