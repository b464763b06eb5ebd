"""Watching: what was made elsewhere, sound and news of it, on its way to one listener as it is made.

A watch is a stream like any other to its listener; but nothing is computed for it, so that no scheduler knows of it. It
takes from its source only what its lane has room for, so a listener who stalls holds a handful of chunks and no more.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from server.errors import InternalError, ListenerStalledError, WildtrackError
from server.logs import frames_of, get_logger
from server.streaming.outbox import Lane, Notice, PcmChunk

_log = get_logger(__name__)
_STALL_MESSAGE: Final = "The audio was not taken for too long, so the stream was ended; watch again."


@dataclass(frozen=True, slots=True)
class WatchLimits:
    """How long a watch may wait, and how far it may be ahead."""

    sample_rate_hz: int
    max_lead_s: float
    """Of what its listener says to have heard; while it says nothing, there is no such limit."""
    stall_timeout_s: float


class Watching:
    """One watch. Touched on the event loop's thread alone."""

    def __init__(
        self,
        source: AsyncIterator[PcmChunk | Notice],
        limits: WatchLimits,
        on_ended: Callable[["Watching"], None],
        clock: Callable[[], float],
    ) -> None:
        """`source` ends with the stream, or raises the WildtrackError that ended it; it is closed with the watch."""
        self.stream_id = ""
        self._source = source
        self._limits = limits
        self._on_ended = on_ended
        self._clock = clock
        self._changed = asyncio.Event()
        self._played_s: float | None = None
        self._alive_at_s = clock()
        self._task: asyncio.Task[None] | None = None

    def notify(self) -> None:
        """There may be room, or the listener has moved."""
        self._alive_at_s = self._clock()
        self._changed.set()

    def start(self, lane: Lane) -> None:
        """Begin to send."""
        self.stream_id = lane.stream_id
        self._task = asyncio.create_task(self._run(lane), name="watching")

    def report_playback(self, position_s: float) -> None:
        """The listener is there."""
        self._played_s = position_s
        self.notify()

    async def close(self) -> None:
        """Stop, and wait until the source has let go."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self, lane: Lane) -> None:
        error: WildtrackError | None = None
        overtakes = False
        try:
            async for item in self._source:
                if not await self._wait_for_room(lane):
                    overtakes = True
                    raise ListenerStalledError(_STALL_MESSAGE)
                lane.put(item)
        except WildtrackError as told:
            error = told
        except Exception as broken:
            _log.error("watch_failed", error=type(broken).__name__, frames=frames_of(broken))
            error = InternalError("Something went wrong on the server; try again.")
        finally:
            closing = getattr(self._source, "aclose", None)
            if closing is not None:
                await closing()
            self._on_ended(self)
        lane.finish(error, overtakes=overtakes)

    async def _wait_for_room(self, lane: Lane) -> bool:
        """Whether there came to be room before our patience with the listener ended."""
        self._alive_at_s = self._clock()  # while there was nothing to take, it had nothing to answer for
        while lane.room() <= 0 or self._is_ahead(lane):
            left_s = self._alive_at_s + self._limits.stall_timeout_s - self._clock()
            if left_s <= 0:
                return False
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._changed.wait()
        return True

    def _is_ahead(self, lane: Lane) -> bool:
        if self._played_s is None:
            return False
        return lane.total_samples / self._limits.sample_rate_hz - self._played_s > self._limits.max_lead_s
