"""Outlet: where a stream's sound goes, and how much of it may wait there."""

from typing import Protocol

from server.audio.chunk import AudioChunk
from server.errors import WildtrackError


class Outlet(Protocol):
    """One stream's way out to one listener. All calls happen on the event loop's thread and return at once."""

    def room(self) -> int:
        """How many more chunks may be put now. While there is none the stream is parked and costs nothing."""

    def put(self, chunk: AudioChunk) -> None:
        """Take a chunk. Called at most as often as `room()` said."""

    def finish(self, error: WildtrackError | None) -> None:
        """No chunk follows: all was put, or `error` ended it. Called at most once, and not after a cancel."""
