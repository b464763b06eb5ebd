"""Scheduler: gives worker threads to streams by their deadlines, and takes on no more than it can serve in time.

Models run in its threads and never on the event loop. A stream without room in its outlet is parked: nothing is
made for it until its listener has taken something.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from server.audio.chunk import AudioChunk
from server.errors import InternalError, ListenerStalledError, OverloadedError, TextTimeoutError, WildtrackError
from server.logs import frames_of, get_logger
from server.streaming.capacity import Capacity, Load
from server.streaming.deadlines import most_urgent
from server.streaming.stream import Stream, StreamState

_log = get_logger(__name__)


OnStep = Callable[[str, float, float, float], None]
"""Told of every step: what kind of stream it was of, for how many seconds a thread was at it, how many of CPU it took,
and how many seconds of sound it made."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a scheduler takes on. As in `server.settings`."""

    max_streams: int
    max_lead_s: float
    stall_timeout_s: float
    max_waiting: int = 0
    max_wait_s: float = 0.0
    text_timeout_s: float = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Room that is kept for a stream until it is added, or given back."""

    kind: str
    is_bulk: bool
    waited_s: float = 0.0
    """For it, in the line."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """Somebody in the line before the door."""

    kind: str
    is_bulk: bool
    since_s: float
    place: asyncio.Future[Place]


@dataclass(frozen=True, slots=True)
class _Step:
    """What a worker thread gives back."""

    chunk: AudioChunk | None
    cpu_s: float


class Scheduler:
    """Steps streams in worker threads, earliest deadline first. Everything but the steps happens on the event loop."""

    def __init__(
        self,
        *,
        threads: int,
        capacity: Capacity,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
        on_step: OnStep = lambda kind, took_s, cpu_s, audio_s: None,
    ) -> None:
        """`threads` run models at once; `capacity` says how many streams they can serve, on the same clock."""
        self._threads = threads
        self._capacity = capacity
        self._limits = limits
        self._clock = clock
        self._on_step = on_step
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="engine")
        self._streams: set[Stream] = set()
        self._places: set[Place] = set()
        self._line: deque[_Waiting] = deque()
        self._bulk_running = 0
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._workers: list[asyncio.Task[None]] = []

    @property
    def clock(self) -> Callable[[], float]:
        """Seconds, monotonic."""
        return self._clock

    @property
    def capacity(self) -> Capacity:
        """What the threads can promise."""
        return self._capacity

    @property
    def open_streams(self) -> int:
        """How many streams are open."""
        return len(self._streams)

    @property
    def streams(self) -> Iterator[Stream]:
        """The open streams."""
        return iter(self._streams)

    @property
    def waiting_in_line(self) -> int:
        """How many wait for a place."""
        return len(self._line)

    @property
    def load(self) -> float:
        """Seconds of worker threads in a second that all listeners together take while they play."""
        return self._capacity.load(self._live_loads())

    async def __aenter__(self) -> "Scheduler":
        """Start the workers."""
        self._workers = [asyncio.create_task(self._work(), name=f"engine-{n}") for n in range(self._threads)]
        self._workers.append(asyncio.create_task(self._watch_for_stalls(), name="stall-watch"))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Cancel every stream and stop the workers; a step that runs is waited for."""
        for waiting in self._line:
            waiting.place.cancel()
        for stream in list(self._streams):
            self.cancel(stream)
        for worker in self._workers:
            worker.cancel()
        for worker in self._workers:
            with contextlib.suppress(asyncio.CancelledError):
                await worker
        await asyncio.to_thread(self._executor.shutdown)

    def check_room(self) -> None:
        """Refuse a stream that there is no room for whatever it is, before any work is done for it.

        Raises:
            OverloadedError: when `max_streams` are open, and the line is full.
        """
        if len(self._line) >= self._limits.max_waiting:
            self._require_seat()

    async def reserve(self, kind: str, *, is_bulk: bool) -> Place:
        """Keep room for a stream; waits in line for it where that is allowed. Follow with `add` or `give_back`.

        Raises:
            OverloadedError: when it could not be served in time, and the line is full or did not move.
        """
        try:
            if self._line:
                raise OverloadedError("Others wait for the server to have room; try again soon.", retry_after_s=2.0)
            return self._take_place(kind, is_bulk=is_bulk)
        except OverloadedError as refusal:
            if len(self._line) >= self._limits.max_waiting:
                raise
            waiting = _Waiting(kind, is_bulk, self._clock(), asyncio.get_running_loop().create_future())
            self._line.append(waiting)
            return await self._wait_in_line(waiting, refusal)

    def give_back(self, place: Place) -> None:
        """The stream does not come after all. Changes nothing where the place was used."""
        if place in self._places:
            self._places.discard(place)
            self._serve_line()

    def add(self, stream: Stream, place: Place) -> None:
        """Begin to serve a stream in the place that was kept for it."""
        self._places.discard(place)
        self._streams.add(stream)
        stream.waited_s = place.waited_s
        stream.ready_since_s = self._clock()
        self._expect(stream)
        self._idle.clear()
        self._wake.set()

    def cancel(self, stream: Stream) -> None:
        """End a stream: nothing more is made for it once a step that runs has returned."""
        if stream.state is StreamState.ENDED:
            return
        self._drop(stream)
        stream.end("cancelled")

    def fail(self, stream: Stream, error: WildtrackError) -> None:
        """End a stream with an error that its listener is told."""
        if stream.state is StreamState.ENDED:
            return
        self._drop(stream)
        stream.fail(error)

    def feed(self, stream: Stream) -> None:
        """Say that text has come for a stream, or that none will any more."""
        stream.feed(self._clock())
        self._expect(stream)
        self._wake.set()

    def notify(self) -> None:
        """Say that some outlet has got room, or that a listener has played on."""
        self._wake.set()

    async def wait_until_idle(self) -> None:
        """Return when no stream is open."""
        await self._idle.wait()

    def _require_seat(self) -> None:
        if len(self._streams) + len(self._places) >= self._limits.max_streams:
            raise OverloadedError(
                "The server is speaking to as many listeners as it may; try again in a few seconds.", retry_after_s=2.0
            )

    def _take_place(self, kind: str, *, is_bulk: bool, waited_s: float = 0.0) -> Place:
        self._require_seat()
        # What nobody listens to is made when there is time: it promises nothing.
        if not is_bulk:
            self._capacity.require_room(kind, self._live_loads())
        place = Place(kind, is_bulk, waited_s)
        self._places.add(place)
        return place

    def _live_loads(self) -> Iterator[Load]:
        for stream in self._streams:
            if not stream.is_bulk:
                waits_in_silence = stream.is_first and stream.state is not StreamState.STARVED
                yield Load(stream.job.kind, waits_in_silence, stream.remaining_s)
        for place in self._places:
            if not place.is_bulk:
                yield Load(place.kind, is_first=True, remaining_s=1.0)

    async def _wait_in_line(self, waiting: _Waiting, refusal: OverloadedError) -> Place:
        try:
            async with asyncio.timeout(self._limits.max_wait_s):
                return await waiting.place
        except TimeoutError:
            raise refusal from None
        except asyncio.CancelledError:
            if waiting.place.done() and not waiting.place.cancelled():  # granted in the same turn of the loop
                self.give_back(waiting.place.result())
            raise
        finally:
            with contextlib.suppress(ValueError):
                self._line.remove(waiting)

    def _serve_line(self) -> None:
        """Let in whom there is room for now, in order."""
        while self._line:
            first = self._line[0]
            if first.place.done():
                self._line.popleft()
                continue
            try:
                waited_s = self._clock() - first.since_s
                place = self._take_place(first.kind, is_bulk=first.is_bulk, waited_s=waited_s)
            except OverloadedError:
                return
            self._line.popleft()
            first.place.set_result(place)

    def _drop(self, stream: Stream) -> None:
        self._streams.discard(stream)
        stream.unpark(self._clock())  # counts how long it was parked
        if not self._streams:
            self._idle.set()
        if stream.state is not StreamState.STEPPING:
            stream.engine.close(stream.job)
        self._serve_line()

    def _expect(self, stream: Stream) -> None:
        """Estimate what the stream's next step costs."""
        cost = self._capacity.cost(stream.job.kind)
        chunks = max(1, stream.chunks)
        stream.step_cost_s = cost.first_s if stream.is_first else cost.per_audio_s * stream.produced_s / chunks

    def _next(self) -> Stream | None:
        """The stream to step now. It marks the ones that have to wait, so that stalled listeners are found."""
        now_s = self._clock()
        waiting = []
        for stream in self._streams:
            if stream.state is not StreamState.WAITING:
                continue
            if stream.outlet.has_room() and stream.lead_s <= self._limits.max_lead_s:
                stream.unpark(now_s)
                waiting.append(stream)
            else:
                stream.park(now_s)
        return most_urgent(waiting, now_s=now_s, threads=self._threads, bulk_running=self._bulk_running)

    async def _work(self) -> None:
        while True:
            stream = self._next()
            if stream is None:
                self._wake.clear()
                await self._wake.wait()
            else:
                await self._serve(stream)

    async def _serve(self, stream: Stream) -> None:
        """One step. In a method of its own, so that a worker that rests holds on to no stream and no sound."""
        begun_s = self._clock()
        stream.begin_step(begun_s)
        self._bulk_running += stream.is_bulk
        # A step is not cancelled half-way: the thread would go on and nobody would close the job.
        step = asyncio.get_running_loop().run_in_executor(self._executor, _step, stream)
        try:
            done = await asyncio.shield(step)
        except asyncio.CancelledError:
            with contextlib.suppress(Exception):
                await step
            stream.engine.close(stream.job)
            raise
        except WildtrackError as error:
            self._settle(stream, error)
        except Exception as error:
            _log.error("step_failed", stream=stream.stream_id, error=type(error).__name__, frames=frames_of(error))
            self._settle(stream, InternalError("The sound could not be made; try again, or another voice."))
        else:
            # From here to here: what the way to the thread and back takes cannot be promised to others either.
            self._account(stream, done, self._clock() - begun_s)
            self._settle(stream, done.chunk)
        finally:
            self._bulk_running -= stream.is_bulk

    def _account(self, stream: Stream, step: _Step, took_s: float) -> None:
        stream.cpu_s += step.cpu_s
        stream.took_s += took_s
        n_samples = 0 if step.chunk is None else len(step.chunk.samples)
        audio_s = n_samples / stream.job.sample_rate_hz
        self._capacity.observe(
            stream.job.kind, took_s=took_s, audio_s=audio_s, is_first=stream.is_first and n_samples > 0
        )
        self._on_step(stream.job.kind, took_s, step.cpu_s, audio_s)

    def _settle(self, stream: Stream, result: AudioChunk | WildtrackError | None) -> None:
        """Take in what a step gave."""
        if stream.state is StreamState.ENDED:  # cancelled meanwhile
            stream.engine.close(stream.job)
            return
        if result is None:
            stream.state = StreamState.WAITING if stream.was_fed else StreamState.STARVED
            stream.starved_since_s = None if stream.was_fed else self._clock()
            return
        stream.state = StreamState.WAITING
        if isinstance(result, WildtrackError):
            self.fail(stream, result)
            return
        was_late = stream.take(result, self._clock())
        if not stream.is_bulk:
            self._capacity.observe_lateness(is_late=was_late)
        self._expect(stream)
        if len(result.samples) or result.flush is not None:
            stream.outlet.put(result)
        if result.is_last:
            self._drop(stream)
            stream.outlet.finish(None)
            stream.end("done")

    async def _watch_for_stalls(self) -> None:
        while True:
            await asyncio.sleep(min(5.0, self._limits.stall_timeout_s / 2, self._limits.text_timeout_s / 2))
            self._end_stalled()

    def _end_stalled(self) -> None:
        """End the streams whose listener has taken nothing, or whose text has not come, for too long."""
        deadline_s = self._clock() - self._limits.stall_timeout_s
        text_deadline_s = self._clock() - self._limits.text_timeout_s
        for stream in list(self._streams):
            if stream.starved_since_s is not None and stream.starved_since_s < text_deadline_s:
                text_message = "No more text came for too long, so the stream was ended; say `end` after the last."
                self.fail(stream, TextTimeoutError(text_message))
            if stream.parked_since_s is not None and stream.parked_since_s < deadline_s:
                message = "The audio was not taken for too long, so the stream was ended; ask for it again."
                self.fail(stream, ListenerStalledError(message))


def _step(stream: Stream) -> _Step:
    """Runs in a worker thread."""
    begun_s = time.thread_time()
    chunk = stream.engine.step(stream.job)
    return _Step(chunk, time.thread_time() - begun_s)
