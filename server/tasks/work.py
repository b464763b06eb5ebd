"""FoleyWork: what a worker does with one job, from the file of its video to the last entry of its log."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from server.engines.foley.as_json import request_json, request_of, timeline_of
from server.engines.foley.backend import FoleyBackend, FoleyRequest
from server.engines.foley.entries import Entry, timeline_entries, video_entries
from server.video.limits import VideoLimits
from server.video.reader import VideoClosedError, open_video


class Log(Protocol):
    """The part of a task's log that is used here. Both raise where the work is to stop."""

    def append_chunk(self, index: int, pcm: bytes) -> None:
        """Write 100 ms of sound."""

    def append_event(self, index: int, event: Mapping[str, Any]) -> None:
        """Write JSON."""


def job_of(request: FoleyRequest, timeline: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The JSON of a job: all that decides how a video will sound, but for the video and the back end."""
    return {"request": request_json(request), "timeline": timeline}


def stems_of(job: Mapping[str, Any]) -> list[str]:
    """Those that are heard."""
    stems: list[str] = job["request"]["stems"]
    return stems


def edited_job(job: Mapping[str, Any], timeline: Mapping[str, Any], stems: tuple[str, ...]) -> dict[str, Any]:
    """The same job with another timeline and other stems."""
    return {"request": {**job["request"], "stems": list(stems)}, "timeline": dict(timeline)}


class FoleyWork:
    """Makes the log of one job after another; several threads may be in it at once."""

    def __init__(self, backend: FoleyBackend, limits: VideoLimits) -> None:
        self._backend = backend
        self._limits = limits

    def __call__(self, job: str, video: str, log: Log, cancelled: Callable[[], bool]) -> None:
        """Watch the video, or take the timeline that is there, and write all entries.

        Args:
            job: what `job_of` gave, as JSON.
            video: path of its file.
            log: where the entries go.
            cancelled: whether to stop; asked often.

        Raises:
            VideoUnreadableError: the video cannot be read.
            VideoClosedError: `cancelled` said so.
            Exception: whatever `log` raises.
        """
        with self._entries(json.loads(job), video, cancelled) as entries:
            for index, entry in enumerate(entries):
                if cancelled():
                    raise VideoClosedError
                if isinstance(entry, bytes):
                    log.append_chunk(index, entry)
                else:
                    log.append_event(index, entry)

    @contextmanager
    def _entries(self, job: Mapping[str, Any], video: str, cancelled: Callable[[], bool]) -> Iterator[Iterator[Entry]]:
        request = request_of(job["request"])
        if job["timeline"] is not None:
            yield timeline_entries(self._backend, request, timeline_of(job["timeline"]))
            return
        with open_video(video, self._limits, cancelled=cancelled) as reader:
            yield video_entries(self._backend, request, reader)
