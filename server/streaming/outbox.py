"""Outbox: everything one connection is sent, by one writer, with credit for each piece of audio.

A Socket.IO message with binary in it is two frames on the wire, and nothing may come between them: so one task, and
only that one, emits. Audio needs credit: a message is sent while fewer than `window` are unacknowledged, so a client
that stops reading holds a handful of chunks and never more. Streams on one connection take turns.
"""

import asyncio
import contextlib
import weakref
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from server.audio.chunk import AudioChunk
from server.audio.pcm import to_s16le
from server.audio.timing import SpeechTiming
from server.engines.base import TimingKind
from server.errors import WildtrackError
from server.streaming.timing_message import timing_message

Emit = Callable[[str, dict[str, Any], Callable[[], None] | None], Awaitable[None]]
"""Sends one event; the third argument, where given, is called when the client acknowledges it."""

LANE_CHUNKS = 4
"""Chunks of one stream that may wait for credit. Enough that the model works while the client acknowledges."""


@dataclass(frozen=True, slots=True)
class Notice:
    """An event among a stream's chunks, sent in its turn; it needs no credit."""

    event: str
    data: dict[str, Any]
    """Without the `stream_id`."""


@dataclass(frozen=True, slots=True)
class PcmChunk:
    """Sound that is in the form it is sent in already."""

    pcm: bytes
    start_sample: int
    end_sample: int


Item = AudioChunk | PcmChunk | Notice


@dataclass(eq=False)
class Lane:
    """One stream's place in the outbox: an Outlet.

    It outlives its connection, because a stream that may be taken up again remembers it; so it only knows the outbox
    for as long as there is one, and a closed outbox takes the sound out of it.
    """

    stream_id: str
    outbox: "weakref.ref[Outbox]"
    chunks: deque[Item] = field(default_factory=deque)
    on_room: Callable[[], None] | None = None
    """Called when something was taken from it, in place of the outbox's own."""
    timings: tuple[TimingKind, ...] = ()
    """What the listener is told of when things are heard."""
    sequence: int = 0
    total_samples: int = 0
    n_flushes: int = 0
    """Flushes that came by this lane; a job that was opened again answers the last of them once more."""
    flushed: deque[dict[str, Any]] = field(default_factory=deque)
    """Flushes that all sound was sent for, and that the listener has to be told of."""
    last_event: tuple[str, dict[str, Any]] | None = None
    """Sent after the last chunk: `done` or `error`."""

    def is_told(self, timings: tuple[SpeechTiming, ...]) -> bool:
        """Whether the listener is told of them: of what it asked for, and of the marks in its own text."""
        return bool(timings) and (bool(self.timings) or bool(timings[0].marks))

    def room(self) -> int:
        """How many more chunks may wait."""
        return LANE_CHUNKS - len(self.chunks)

    def put(self, chunk: Item) -> None:
        """Queue a chunk, or a notice, for the writer."""
        if isinstance(chunk, AudioChunk) and chunk.flush is not None:
            if chunk.flush < self.n_flushes and not len(chunk.samples):
                return
            self.n_flushes = chunk.flush + 1
        self.chunks.append(chunk)
        self._wake()

    def abandon(self) -> None:
        """Forget what waits: the stream goes on elsewhere, or not at all."""
        outbox = self.outbox()
        if outbox is not None:
            outbox.drop_lane(self.stream_id)

    def finish(self, error: WildtrackError | None, *, overtakes: bool = True) -> None:
        """Queue the end. An error overtakes the sound that still waits, unless it is told not to; `done` does not."""
        if error is None:
            self.last_event = ("done", {"stream_id": self.stream_id})
        else:
            if overtakes:
                self.chunks.clear()
                self.flushed.clear()
            self.last_event = ("error", {"stream_id": self.stream_id, **error.as_dict()})
        self._wake()

    def _wake(self) -> None:
        outbox = self.outbox()
        if outbox is not None:
            outbox.wake()


class Outbox:
    """The one writer of a connection."""

    def __init__(self, emit: Emit, *, window: int, on_room: Callable[[], None]) -> None:
        """`window` audio messages may be unacknowledged; `on_room` is called whenever a lane has got room."""
        self._emit = emit
        self._window = window
        self._on_room = on_room
        self._unacknowledged = 0
        self._lanes: deque[Lane] = deque()
        self._wake = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    @property
    def unacknowledged(self) -> int:
        """Audio messages sent and not yet acknowledged."""
        return self._unacknowledged

    @property
    def open_lanes(self) -> int:
        """Streams that have not been sent to their end."""
        return len(self._lanes)

    def start(self) -> None:
        """Start the writer."""
        self._writer = asyncio.create_task(self._write(), name="outbox")

    async def close(self) -> None:
        """Stop the writer and forget what waits."""
        for lane in self._lanes:
            lane.chunks.clear()
        self._lanes.clear()
        if self._writer is not None:
            self._writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._writer

    def open_lane(
        self,
        stream_id: str,
        first_sample: int = 0,
        *,
        timings: tuple[TimingKind, ...] = (),
        on_room: Callable[[], None] | None = None,
    ) -> Lane:
        """Make room for a stream that begins at `first_sample`, and is told of `timings`."""
        lane = Lane(stream_id, weakref.ref(self), timings=timings, total_samples=first_sample, on_room=on_room)
        self._lanes.append(lane)
        return lane

    def drop_lane(self, stream_id: str) -> bool:
        """Forget what waits of a stream: its listener wants no more. False when nothing waited."""
        dropped = [lane for lane in self._lanes if lane.stream_id == stream_id]
        for lane in dropped:
            lane.chunks.clear()
            self._lanes.remove(lane)
        return bool(dropped)

    def wake(self) -> None:
        """Say that there may be something to send."""
        self._wake.set()

    def _acknowledged(self) -> None:
        self._unacknowledged -= 1
        self.wake()

    def _next(self) -> tuple[str, dict[str, Any], Callable[[], None] | None] | None:
        """Take the next message from the lanes, in turn; None when all wait for chunks or credit."""
        for _ in range(len(self._lanes)):
            lane = self._lanes[0]
            self._lanes.rotate(-1)
            if lane.flushed:
                return "flushed", lane.flushed.popleft(), None
            if lane.chunks:
                chunk = lane.chunks[0]
                if isinstance(chunk, Notice):
                    lane.chunks.popleft()
                    (lane.on_room or self._on_room)()
                    return chunk.event, {"stream_id": lane.stream_id, **chunk.data}, None
                if chunk.end_sample > chunk.start_sample and self._unacknowledged >= self._window:
                    continue
                if isinstance(chunk, AudioChunk) and lane.is_told(chunk.timings):
                    timing, *later = chunk.timings
                    lane.chunks[0] = replace(chunk, timings=tuple(later))
                    return "timing", {"stream_id": lane.stream_id, **timing_message(timing, lane.timings)}, None
                lane.chunks.popleft()
                if isinstance(chunk, AudioChunk) and chunk.flush is not None:
                    start = chunk.end_sample
                    lane.flushed.append({"stream_id": lane.stream_id, "flush": chunk.flush, "start_sample": start})
                if chunk.end_sample == chunk.start_sample:
                    self._on_room()
                    return "flushed", lane.flushed.popleft(), None
                message = {
                    "stream_id": lane.stream_id,
                    "sequence": lane.sequence,
                    "start_sample": chunk.start_sample,
                    "pcm": chunk.pcm if isinstance(chunk, PcmChunk) else to_s16le(chunk.samples),
                }
                lane.sequence += 1
                lane.total_samples = chunk.end_sample
                self._unacknowledged += 1
                (lane.on_room or self._on_room)()
                return "audio_chunk", message, self._acknowledged
            if lane.last_event is not None:
                self._lanes.remove(lane)
                event, data = lane.last_event
                if event == "done":
                    data = {**data, "total_samples": lane.total_samples}
                return event, data, None
        return None

    async def _write(self) -> None:
        while True:
            message = self._next()
            if message is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            await self._emit(*message)
