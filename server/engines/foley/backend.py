"""The three things a Foley back end does, each a little at a time: analyse pictures, plan a timeline, make the sound.

A back end may be small networks on a CPU, as ours is, or one large model on a GPU: nothing else knows which.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

import numpy as np
import numpy.typing as npt

from server.engines.foley.timeline import Features, TimelinePart
from server.video.picture import Picture

Samples = npt.NDArray[np.float32]

SAMPLE_RATE_HZ: Final = 48_000
CHANNELS: Final = 2
CHUNK_SAMPLES: Final = 4_800

Profile = Literal["realistic", "dramatic", "cartoon"]
Stem = Literal["hits", "steps", "spots", "beds"]
STEMS: Final[tuple[Stem, ...]] = ("hits", "steps", "spots", "beds")


@dataclass(frozen=True, slots=True)
class FoleyRequest:
    """All that decides how a video will sound, but for the video."""

    description: str = ""
    """In English or Chinese; may be empty."""
    exclude: str = ""
    """What must not be heard, in the same words."""
    profile: Profile = "realistic"
    has_bed: bool = True
    bed_intensity: float = 0.5
    """0..1."""
    seed: int = 0
    stems: tuple[Stem, ...] = STEMS
    """Those that are heard."""


@dataclass(frozen=True, slots=True)
class Impact:
    """Something was seen to happen suddenly."""

    time_s: float
    strength: float
    x: float
    """Across the picture, 0 left, 1 right."""
    y: float
    """Down the picture, 0 top, 1 bottom."""
    size: float
    """Of what moved, as a share of the picture's height, 0..1."""
    confidence: float
    kind: Literal["hit", "step", "roll", "slide", "move"]
    duration_s: float = 0.0
    """Of rolling, sliding and moving."""


@dataclass(frozen=True, slots=True)
class SeenObject:
    """What a picture shows, as a sound class."""

    time_s: float
    label: str
    """A `SoundClass.id`."""
    confidence: float


@dataclass(frozen=True, slots=True)
class Observations:
    """What was seen before `until_s` and after what was reported before."""

    until_s: float
    impacts: tuple[Impact, ...] = ()
    cuts_s: tuple[float, ...] = ()
    """Where a new scene begins."""
    objects: tuple[SeenObject, ...] = ()
    warnings: tuple[str, ...] = field(default=())
    """Stable codes of what is wrong with the picture: too_dark, blurred, shaking, frozen."""
    features: tuple[Features, ...] = ()
    """What only this back end's renderer understands; a planner hands it on."""


class Analyser(Protocol):
    """Watches one video."""

    def push(self, pictures: Sequence[Picture]) -> Observations:
        """What the next pictures settle; what they leave in doubt comes with later ones."""
        ...

    def finish(self, duration_s: float) -> Observations:
        """The rest; the video ends here."""
        ...


class Planner(Protocol):
    """Turns what is seen into what is heard, for one video and request."""

    def push(self, observations: Observations) -> TimelinePart:
        """What they settle of the timeline."""
        ...


class Renderer(Protocol):
    """Makes the sound of one timeline, chunk by chunk; the same request and parts give the same bytes."""

    def push(self, part: TimelinePart) -> None:
        """The next stretch of the timeline."""
        ...

    def render(self) -> Samples:
        """The next chunk, [CHUNK_SAMPLES, CHANNELS] in [-1, 1].

        Raises:
            ValueError: not all of it, and of the back end's `lookahead_s` after it, lies before the last part's
                `until_s`.
        """
        ...


class FoleyBackend(Protocol):
    """Loaded once, shared by all videos; everything of one video stays in what these return."""

    lookahead_s: float
    """How far beyond a chunk's end the timeline has to be settled before `render` is asked for it; 0 for most, a
    window's length for a model that makes windows."""

    def analyse(self) -> Analyser:
        """Begin to watch a video."""
        ...

    def plan(self, request: FoleyRequest) -> Planner:
        """Begin a timeline."""
        ...

    def stream(self, request: FoleyRequest) -> Renderer:
        """Begin the sound."""
        ...
