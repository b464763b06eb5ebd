"""Session: the streams of one connection. It decides what a client may do; sockets and models are others' business."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from server.engines.base import Engine, SpeechRequest
from server.errors import InvalidRequestError, StreamNotFoundError, TextEndedError, TooManyStreamsError
from server.streaming.dictation import Dictation
from server.streaming.door import Place
from server.streaming.outbox import Emit, Lane, Notice, Outbox, PcmChunk
from server.streaming.scheduler import Scheduler
from server.streaming.stream import Stream, new_stream_id, new_token
from server.streaming.tickets import Tickets
from server.streaming.underruns import UnderrunTally
from server.streaming.watching import Watching, WatchLimits


class Session:
    """One connected client and the streams it listens to."""

    def __init__(
        self,
        *,
        engine: Engine[Any],
        scheduler: Scheduler,
        tickets: Tickets,
        emit: Emit,
        window: int,
        max_streams: int,
        max_characters: int,
        on_stream_ended: Callable[[Stream], None],
        on_underruns: Callable[[str, int], None] = lambda model, more: None,
    ) -> None:
        """`emit` sends one event to this client; the numbers are as in `server.settings`."""
        self._engine = engine
        self._scheduler = scheduler
        self._tickets = tickets
        self._max_streams = max_streams
        self._max_characters = max_characters
        self._on_stream_ended = on_stream_ended
        self._outbox = Outbox(emit, window=window, on_room=scheduler.notify)
        self._underruns = UnderrunTally(on_underruns)
        self._streams: dict[str, Stream] = {}
        self._watches: dict[str, Watching] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._opening = 0
        self._reserving: set[asyncio.Future[Place]] = set()
        self._closed = False
        self._outbox.start()

    async def open(self, request: SpeechRequest, *, is_bulk: bool = False) -> Stream:
        """Start to speak. The first chunk is sent only after the caller has yielded to the event loop again.

        `is_bulk`: nobody listens while it is made, so everybody who listens comes first.

        Raises:
            TooManyStreamsError, OverloadedError: when there is no room.
            WildtrackError: when the engine refuses the request.
        """
        opened_at_s = self._scheduler.clock()
        job, place = await self._opened(lambda: self._engine.open(request), is_bulk=is_bulk)
        return self._begin(
            Stream(
                self._engine,
                request,
                job,
                self._outbox.open_lane(stream_id := new_stream_id(), timings=request.timings),
                opened_at_s,
                self._ended,
                stream_id,
                new_token(),
                is_bulk=is_bulk,
                dictation=Dictation(request, max_characters=self._max_characters) if request.is_open else None,
            ),
            place,
        )

    async def resume(self, stream_id: str, token: str, next_sample: int) -> Stream:
        """Go on with a stream of an earlier connection, or of this one, from `next_sample`, to the byte.

        Raises:
            StreamNotFoundError: when there is no such stream, or the token is not its own.
            InvalidRequestError: when the stream never got that far.
            TooManyStreamsError, OverloadedError: when there is no room.
        """
        earlier = self._tickets.find(stream_id, token)
        if next_sample > earlier.produced_samples:
            raise InvalidRequestError("`next_sample` is not right: the stream had not come that far.")
        self._retire(earlier)
        # Its connection may be open still, but no text comes by it any more.
        dictation, marks, request = earlier.dictation, tuple(earlier.job.marks), earlier.request_so_far
        n_texts = 0 if dictation is None else dictation.n_texts
        opened_at_s, is_bulk = self._scheduler.clock(), earlier.is_bulk
        job, place = await self._opened(lambda: self._engine.reopen(request, marks, next_sample), is_bulk=is_bulk)
        try:  # somebody in a hurry may have asked twice: the last one gets it
            self._retire(self._tickets.find(stream_id, token))
            if dictation is not None and dictation.n_texts != n_texts:
                raise StreamNotFoundError("Another connection goes on with this stream already.")
        except StreamNotFoundError:
            self._scheduler.give_back(place)
            self._engine.close(job)
            raise
        return self._begin(
            Stream(
                self._engine,
                earlier.request,
                job,
                self._outbox.open_lane(stream_id, next_sample, timings=request.timings),
                opened_at_s,
                self._ended,
                stream_id,
                token,
                first_sample=next_sample,
                produced_samples=next_sample,
                is_bulk=is_bulk,
                underruns=earlier.underruns,
                dictation=dictation,
            ),
            place,
        )

    def watch(self, source: AsyncIterator[PcmChunk | Notice], limits: WatchLimits, first_sample: int) -> str:
        """Pass on what is made elsewhere, from `first_sample` on; give the id of the stream that it becomes.

        The first of it is sent only after the caller has yielded to the event loop again. `source` is closed when it
        has ended, its listener wants no more or is gone.

        Raises:
            TooManyStreamsError: when this connection has as many streams as it may.
            StreamNotFoundError: when the connection is closed already.
        """
        self.require_lane()
        watching = Watching(source, limits, self._watch_ended, self._scheduler.clock)
        lane = self._outbox.open_lane(new_stream_id(), first_sample, on_room=watching.notify)
        self._watches[lane.stream_id] = watching
        watching.start(lane)
        return lane.stream_id

    def require_lane(self) -> None:
        """Refuse one stream more than this connection may have.

        Raises:
            TooManyStreamsError: when it has as many.
            StreamNotFoundError: when the connection is closed.
        """
        if self._closed:
            raise _closed_too_soon()
        if self._outbox.open_lanes + self._opening >= self._max_streams:
            raise TooManyStreamsError(
                "This connection has as many streams as it may; wait for one to end or cancel it."
            )

    def _watch_ended(self, watching: Watching) -> None:
        self._watches.pop(watching.stream_id, None)

    def _retire(self, stream: Stream) -> None:
        """End a stream that is taken up elsewhere; the connection it ran on may look alive for a while yet."""
        if isinstance(stream.outlet, Lane):
            stream.outlet.abandon()
        self._scheduler.cancel(stream)

    async def _opened(self, open_job: Callable[[], Any], *, is_bulk: bool) -> tuple[Any, Place]:
        """Open a job, which looks through the text: not on the event loop. Then make room for what it costs."""
        self.require_lane()
        self._scheduler.check_room()
        self._opening += 1
        try:
            job = await asyncio.to_thread(open_job)
            try:
                if self._closed:  # the client left meanwhile
                    raise _closed_too_soon()
                return job, await self._reserve(job.kind, is_bulk=is_bulk)
            except BaseException:
                self._engine.close(job)
                raise
        finally:
            self._opening -= 1

    async def _reserve(self, kind: str, *, is_bulk: bool) -> Place:
        """Keep room for a stream; who leaves meanwhile leaves the line, too."""
        reserving = asyncio.ensure_future(self._scheduler.reserve(kind, is_bulk=is_bulk))
        self._reserving.add(reserving)
        try:
            place = await reserving
        except asyncio.CancelledError:
            if reserving.done() and not reserving.cancelled() and reserving.exception() is None:
                self._scheduler.give_back(reserving.result())  # granted in the same turn of the loop
            if self._closed:
                raise _closed_too_soon() from None
            raise
        finally:
            self._reserving.discard(reserving)
        if self._closed:
            self._scheduler.give_back(place)
            raise _closed_too_soon()
        return place

    def _begin(self, stream: Stream, place: Place) -> Stream:
        self._scheduler.add(stream, place)
        self._streams[stream.stream_id] = stream
        self._tickets.remember(stream)
        self._underruns.expect(stream.stream_id, stream.job.kind, stream.underruns)
        return stream

    def write(self, stream_id: str, text: str, *, flush: bool, end: bool) -> int:
        """Take the next text of a stream; give how many such messages it has taken.

        Raises:
            StreamNotFoundError: when no such stream is open on this connection.
            TextEndedError: when all of its text is there.
            WildtrackError: as `Dictation.take`.
        """
        stream = self._streams.get(stream_id)
        if stream is None:
            raise StreamNotFoundError("No such stream is open on this connection; it may have ended.")
        if stream.dictation is None:
            raise TextEndedError("All text of this stream came with its request; ask for one that is `incremental`.")
        stream.dictation.take(partial(stream.engine.feed, stream.job), text, flush=flush, end=end)
        self._tickets.remember(stream)
        self._scheduler.feed(stream)
        return stream.dictation.n_texts

    def cancel(self, stream_id: str) -> None:
        """End a stream and forget its waiting sound.

        Raises:
            StreamNotFoundError: when this connection never had, or no longer has, such a stream.
        """
        had_lane = self._outbox.drop_lane(stream_id)
        if had_lane:
            self._tickets.forget(stream_id)
        watching = self._watches.pop(stream_id, None)
        if watching is not None:
            self._leave(watching)
            return
        stream = self._streams.get(stream_id)
        if stream is not None:
            self._scheduler.cancel(stream)
        elif not had_lane:
            raise StreamNotFoundError("No such stream is open on this connection; it may have ended.")

    def report_playback(self, stream_id: str, position_s: float, underruns: int) -> None:
        """Take in where the client plays. Of a stream that is all made, only how often it ran dry still counts."""
        stream = self._streams.get(stream_id)
        watching = self._watches.get(stream_id)
        if watching is not None:
            watching.report_playback(position_s)
            return
        waits_for_text = stream is not None and stream.starved_since_s is not None
        self._underruns.report(stream_id, underruns, counts=not waits_for_text)
        if stream is None:
            return
        stream.report_playback(position_s, underruns, self._scheduler.clock())
        self._scheduler.notify()

    async def close(self) -> None:
        """The client is gone: end its streams and free all they hold."""
        self._closed = True
        for reserving in self._reserving:
            reserving.cancel()
        for stream in list(self._streams.values()):
            self._scheduler.cancel(stream)
        await asyncio.gather(*self._leaving, *(watching.close() for watching in list(self._watches.values())))
        await self._outbox.close()

    def _leave(self, watching: Watching) -> None:
        leaving = asyncio.create_task(watching.close(), name="leave-watch")
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    def _ended(self, stream: Stream) -> None:
        # One that was taken up on this same connection has another in its place already.
        if self._streams.get(stream.stream_id) is stream:
            del self._streams[stream.stream_id]
        self._on_stream_ended(stream)


def _closed_too_soon() -> StreamNotFoundError:
    return StreamNotFoundError("The connection was closed before the stream was open.")
