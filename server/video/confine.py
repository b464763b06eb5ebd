"""The limits that a child puts on itself, which nothing it loads can lift."""

import contextlib
import math
import os
import resource

from server.video.limits import VideoLimits

_NICER = 5


def confine(limits: VideoLimits, *, max_written_bytes: int = 0) -> None:
    """Bound address space, CPU time, written files and core dumps, and let others go first.

    A limit that the system does not have (RLIMIT_AS on macOS) or that is lower already stays as it is.
    """
    _limit(resource.RLIMIT_AS, limits.memory_bytes)
    limit_cpu(limits, limits.max_duration_s)
    _limit(resource.RLIMIT_FSIZE, max_written_bytes)
    _limit(resource.RLIMIT_CORE, 0)
    with contextlib.suppress(OSError):
        os.nice(_NICER)


def limit_cpu(limits: VideoLimits, duration_s: float | None) -> None:
    """Bound CPU time by the length of the video; where that is not known, the limit stays as it is."""
    if duration_s is not None:
        cpu_s = math.ceil(limits.cpu_base_s + limits.cpu_per_second * duration_s)
        # At the soft limit comes SIGXCPU, which the parent knows; at the hard one SIGKILL, which could be anybody's.
        _limit(resource.RLIMIT_CPU, cpu_s, cpu_s + 1)


def _limit(kind: int, soft: int, hard: int | None = None) -> None:
    with contextlib.suppress(OSError, ValueError):
        highest = resource.getrlimit(kind)[1]
        wanted = soft if hard is None else hard
        if highest != resource.RLIM_INFINITY:
            wanted = min(wanted, highest)
        resource.setrlimit(kind, (min(soft, wanted), wanted))
