"""What is known of a video before its pictures, and what only after them."""

from dataclasses import dataclass
from typing import Literal

Container = Literal["mp4", "mov", "webm", "mkv", "gif"]
Codec = Literal["h264", "hevc", "vp8", "vp9", "av1", "gif"]

SOUND_ALREADY_THERE = "sound_already_there"
DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """Of a video whose first picture could be decoded."""

    container: Container
    codec: Codec
    width: int
    """Pixels as shown: turned upright, pixels made square."""
    height: int
    frame_rate_hz: float
    """Pictures a second as the file says, or guesses: an average where it varies; 0 where it says nothing."""
    duration_s: float | None
    """As the file says; None where it does not. `VideoEnd` has the real one."""
    has_sound: bool
    warnings: tuple[str, ...] = ()
    """Stable codes: `sound_already_there`."""


@dataclass(frozen=True, slots=True)
class VideoEnd:
    """Known when the last picture has come."""

    duration_s: float
    """From the beginning to the end of the last picture."""
    n_pictures: int
    warnings: tuple[str, ...] = ()
    """Stable codes: `damaged` where some pictures could not be decoded and were left out."""
