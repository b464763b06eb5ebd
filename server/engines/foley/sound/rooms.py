"""The rooms that a scene can sound like."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Room:
    """What comes back from the walls."""

    t60_s: float
    """Time in which it dies away by 60 dB."""
    size_m: float
    """To the nearest walls: when the first reflections come."""
    bright_hz: float
    """Above this, walls and air swallow it."""
    wet: float
    """Share of the room in what is heard of a sound in the middle distance."""


ROOMS: Final = {
    "outdoors": Room(0.35, 14.0, 2500, 0.05),
    "forest": Room(0.7, 9.0, 2000, 0.12),
    "street": Room(0.9, 8.0, 4000, 0.16),
    "room": Room(0.4, 2.6, 5000, 0.22),
    "bathroom": Room(0.8, 1.6, 8000, 0.35),
    "car": Room(0.12, 0.8, 3000, 0.25),
    "hall": Room(1.6, 9.0, 5500, 0.35),
    "cave": Room(2.4, 6.0, 3500, 0.45),
}
"""By the name that `Bed.room` carries."""
DEFAULT_ROOM: Final = "outdoors"
