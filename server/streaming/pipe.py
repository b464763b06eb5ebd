"""Pipe: a stream's way into an HTTP body. The writer of the response takes chunks as fast as its client reads."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

from server.audio.chunk import AudioChunk
from server.errors import WildtrackError


class Pipe:
    """An Outlet whose other end is an async iterator of chunks. Holds at most `capacity` of them."""

    def __init__(self, *, capacity: int, on_room: Callable[[], None]) -> None:
        """`on_room` is called whenever a chunk was taken."""
        self._capacity = capacity
        self._on_room = on_room
        self._chunks: deque[AudioChunk] = deque()
        self._finished = False
        self._error: WildtrackError | None = None
        self._changed = asyncio.Event()

    def room(self) -> int:
        """How many more chunks may wait."""
        return self._capacity - len(self._chunks)

    def put(self, chunk: AudioChunk) -> None:
        """Take a chunk from the scheduler."""
        self._chunks.append(chunk)
        self._changed.set()

    def finish(self, error: WildtrackError | None) -> None:
        """No chunk follows."""
        self._finished = True
        self._error = error
        self._changed.set()

    async def chunks(self) -> AsyncIterator[AudioChunk]:
        """Yield the chunks in order, until the stream is done.

        Raises:
            WildtrackError: the one that ended the stream, after the chunks made before it.
        """
        while True:
            while self._chunks:
                chunk = self._chunks.popleft()
                self._on_room()
                yield chunk
            if self._finished:
                if self._error is not None:
                    raise self._error
                return
            self._changed.clear()
            await self._changed.wait()
