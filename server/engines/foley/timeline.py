"""What is to be heard and when: made from the picture and the words, edited by people, rendered, read as captions."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Seconds = float


@dataclass(frozen=True, slots=True)
class Features:
    """What a back end saw at one moment, for its own renderer; never shown, and not there in edited timelines."""

    time_s: Seconds
    values: npt.NDArray[np.float32] = field(compare=False)
    """Any shape."""


@dataclass(frozen=True, slots=True)
class FoleyEvent:
    """One sound with an onset."""

    onset_s: Seconds
    """From the beginning of the video."""
    duration_s: Seconds
    """Of what is seen to happen; a hit has 0, and sounds as long as its material rings."""
    label: str
    """A `SoundClass.id`."""
    material: str | None
    """One of its class's materials."""
    strength: float
    """0..1."""
    pan: float
    """-1 the left edge of the picture, 1 the right."""
    confidence: float
    """0..1; 1 where a person put it."""
    distance: float = 0.5
    """0 fills the picture, 1 is far away."""


@dataclass(frozen=True, slots=True)
class Bed:
    """A sound that lasts, under a stretch of the video: mostly a scene."""

    start_s: Seconds
    end_s: Seconds
    label: str
    level: float
    """0..1."""
    room: str = "outdoors"
    """What the stretch sounds like inside: `ROOMS` of the renderer names them."""


@dataclass(frozen=True, slots=True)
class TimelinePart:
    """All that begins before `until_s` and was not in the parts before it: it will not change any more."""

    until_s: Seconds
    events: tuple[FoleyEvent, ...] = ()
    beds: tuple[Bed, ...] = ()
    features: tuple[Features, ...] = ()


@dataclass(frozen=True, slots=True)
class EventTimeline:
    """Of a whole video."""

    duration_s: Seconds
    events: tuple[FoleyEvent, ...]
    """By onset."""
    beds: tuple[Bed, ...]
