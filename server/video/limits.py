"""How much a video may ask of the decoder before it is refused."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """What one file may cost; all of it is checked in the child, and the child is held to it by the system."""

    max_bytes: int = 2 * 2**30
    """Of the file."""
    max_duration_s: float = 3600.0
    max_pixels: int = 4096 * 2304
    """Of one picture: a little more than 4K."""
    max_side: int = 8192
    """Pixels along an edge."""
    max_frames: int = 500_000
    """Coded pictures, also those that are left out as too many a second: half an hour at 240 Hz."""
    max_streams: int = 32
    memory_bytes: int = 2**30
    """Address space of the child (RLIMIT_AS, where the system has it)."""
    cpu_base_s: float = 30.0
    cpu_per_second: float = 3.0
    """CPU seconds for each second of video, besides `cpu_base_s` (RLIMIT_CPU). 1080p60 takes about 0.5."""
    silence_s: float = 20.0
    """Longest wait for the child's next word."""

    def as_dict(self) -> dict[str, float]:
        """For the child."""
        return asdict(self)
