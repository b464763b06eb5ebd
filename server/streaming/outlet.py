"""Outlet: where a stream's sound goes, and how much of it may wait there."""

from typing import Protocol

from server.audio.chunk import AudioChunk
from server.errors import WildtrackError


class Outlet(Protocol):
    """One stream's way out to one listener. All calls happen on the event loop's thread and return at once."""

    def has_room(self) -> bool:
        """Whether one more chunk may be put now. While False the stream is parked and costs nothing."""

    def put(self, chunk: AudioChunk) -> None:
        """Take a chunk. Called only after `has_room()` said yes."""

    def finish(self, error: WildtrackError | None) -> None:
        """No chunk follows: all was put, or `error` ended it. Called at most once, and not after a cancel."""
