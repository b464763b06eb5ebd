"""A stream for one HTTP response: opened, read chunk by chunk, and ended when the reader goes away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from server.audio.chunk import AudioChunk
from server.engines.base import Engine, SpeechRequest
from server.errors import TextEndedError, WildtrackError
from server.streaming.dictation import Dictation
from server.streaming.pipe import Pipe
from server.streaming.scheduler import Scheduler
from server.streaming.stream import Stream

PIPE_CHUNKS = 16
"""Chunks that may wait for the reader of an HTTP body before its stream is parked."""


@dataclass(frozen=True, slots=True)
class DirectStream:
    """A stream and the end it is read from."""

    stream: Stream
    chunks: AsyncIterator[AudioChunk]
    """Ends with the stream; raises the WildtrackError that broke it."""
    scheduler: Scheduler

    @property
    def has_ended(self) -> bool:
        """Whether all of its text has come."""
        return self.stream.dictation is None or self.stream.dictation.has_ended

    def write(self, text: str, *, flush: bool = False, end: bool = False) -> None:
        """Take the next text of a stream whose request `is_open`.

        Raises:
            TextEndedError: when its text has ended.
            WildtrackError: as `Dictation.take`.
        """
        if self.stream.dictation is None:
            raise TextEndedError("All text of this stream came with its request.")
        feed = partial(self.stream.engine.feed, self.stream.job)
        self.stream.dictation.take(feed, text, flush=flush, end=end)
        self.scheduler.feed(self.stream)

    def fail(self, error: WildtrackError) -> None:
        """End it: `chunks` raises this error after those that were made."""
        self.scheduler.fail(self.stream, error)


@asynccontextmanager
async def open_direct(
    engine: Engine[Any],
    scheduler: Scheduler,
    request: SpeechRequest,
    on_ended: Callable[[Stream], None],
    *,
    is_bulk: bool = False,
    max_characters: int = 0,
) -> AsyncIterator[DirectStream]:
    """Open a stream; leaving the context cancels what is left of it. `is_bulk`: nobody listens while it is made.

    `max_characters` of text may come for a request that `is_open`.

    Raises:
        OverloadedError: when there is no room.
        WildtrackError: when the engine refuses the request.
    """
    scheduler.check_room()
    # Opening looks through the text: not on the event loop.
    opening = asyncio.ensure_future(asyncio.to_thread(engine.open, request))
    try:
        job = await asyncio.shield(opening)
    except asyncio.CancelledError:  # the reader left; the thread goes on, and what it opens is closed
        opening.add_done_callback(lambda done: None if done.exception() else engine.close(done.result()))
        raise
    opened_at_s = scheduler.clock()
    try:
        place = await scheduler.reserve(job.kind, is_bulk=is_bulk)
    except BaseException:
        engine.close(job)
        raise
    pipe = Pipe(capacity=PIPE_CHUNKS, on_room=scheduler.notify)
    stream = Stream(engine, request, job, pipe, opened_at_s, on_ended, is_bulk=is_bulk)
    if request.is_open:
        stream.dictation = Dictation(request, max_characters=max_characters)
    scheduler.add(stream, place)
    try:
        yield DirectStream(stream, pipe.chunks(), scheduler)
    finally:
        scheduler.cancel(stream)
