"""Session: the streams of one connection. It decides what a client may do; sockets and models are others' business."""

import asyncio
from collections.abc import Callable
from typing import Any

from server.engines.base import Engine, SpeechRequest
from server.errors import StreamNotFoundError, TooManyStreamsError, WildtrackError
from server.streaming.outbox import Emit, Outbox
from server.streaming.scheduler import Scheduler
from server.streaming.stream import Stream, new_stream_id


class Session:
    """One connected client and the streams it listens to."""

    def __init__(
        self,
        *,
        engine: Engine[Any],
        scheduler: Scheduler,
        emit: Emit,
        window: int,
        max_streams: int,
        on_stream_ended: Callable[[Stream], None],
    ) -> None:
        """`emit` sends one event to this client; the numbers are as in `server.settings`."""
        self._engine = engine
        self._scheduler = scheduler
        self._max_streams = max_streams
        self._on_stream_ended = on_stream_ended
        self._outbox = Outbox(emit, window=window, on_room=scheduler.notify)
        self._streams: dict[str, Stream] = {}
        self._opening = 0
        self._closed = False
        self._outbox.start()

    async def open(self, request: SpeechRequest) -> Stream:
        """Start to speak. The first chunk is sent only after the caller has yielded to the event loop again.

        Raises:
            TooManyStreamsError, OverloadedError: when there is no room.
            WildtrackError: when the engine refuses the request.
        """
        if self._outbox.open_lanes + self._opening >= self._max_streams:
            raise TooManyStreamsError(
                "This connection speaks as many texts as it may; wait for one to end or cancel it."
            )
        self._scheduler.check_room()
        # Opening looks through the text, which may be long: not on the event loop.
        self._opening += 1
        try:
            job = await asyncio.to_thread(self._engine.open, request)
        finally:
            self._opening -= 1
        if self._closed:  # the client left meanwhile
            self._engine.close(job)
            raise StreamNotFoundError("The connection was closed before the stream was open.")
        stream_id = new_stream_id()
        lane = self._outbox.open_lane(stream_id)
        stream = Stream(self._engine, job, lane, self._scheduler.clock(), self._ended, stream_id)
        try:
            self._scheduler.add(stream)
        except WildtrackError:
            self._outbox.drop_lane(stream_id)
            raise
        self._streams[stream_id] = stream
        return stream

    def cancel(self, stream_id: str) -> None:
        """End a stream and forget its waiting sound.

        Raises:
            StreamNotFoundError: when this connection never had, or no longer has, such a stream.
        """
        had_lane = self._outbox.drop_lane(stream_id)
        stream = self._streams.get(stream_id)
        if stream is not None:
            self._scheduler.cancel(stream)
        elif not had_lane:
            raise StreamNotFoundError("No such stream is open on this connection; it may have ended.")

    def report_playback(self, stream_id: str, position_s: float, underruns: int) -> None:
        """Take in where the client plays. A report on a stream that is over changes nothing."""
        stream = self._streams.get(stream_id)
        if stream is None:
            return
        stream.played_s = min(position_s, stream.produced_s)
        stream.underruns = underruns
        stream.waiting_since_s = None
        self._scheduler.notify()

    async def close(self) -> None:
        """The client is gone: end its streams and free all they hold."""
        self._closed = True
        for stream in list(self._streams.values()):
            self._scheduler.cancel(stream)
        await self._outbox.close()

    def _ended(self, stream: Stream) -> None:
        self._streams.pop(stream.stream_id, None)
        self._on_stream_ended(stream)
