"""Scheduler: gives worker threads to streams by their deadlines, and takes on no more than it can serve in time.

Models run in its threads and never on the event loop. A stream without room in its outlet is parked: nothing is
made for it until its listener has taken something.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from server.errors import InternalError, ListenerStalledError, TextTimeoutError, WildtrackError
from server.logs import frames_of, get_logger
from server.streaming.capacity import Capacity, Load
from server.streaming.deadlines import most_urgent
from server.streaming.door import Door, Inside, Place
from server.streaming.step import Step, take_step
from server.streaming.stream import Stream, StreamState

_log = get_logger(__name__)
SUSPENDED_AFTER_S: Final = 3.0
"""A stream that is parked for so long lets go of its job; it is taken up again, to the byte, when there is room. What a
job holds of a clause is far more than what waits for the listener. Whoever plays what comes takes some sooner."""
_LOOK_EVERY_S: Final = 0.5


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
        self._door = Door(
            capacity,
            self._inside,
            clock,
            max_streams=limits.max_streams,
            max_waiting=limits.max_waiting,
            max_wait_s=limits.max_wait_s,
        )
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
        return self._door.line_length

    @property
    def load(self) -> float:
        """Seconds of worker threads in a second that all listeners together take while they play."""
        return self._capacity.load(self._door.loads())

    async def __aenter__(self) -> "Scheduler":
        """Start the workers."""
        self._workers = [asyncio.create_task(self._work(), name=f"engine-{n}") for n in range(self._threads)]
        self._workers.append(asyncio.create_task(self._watch(), name="watch"))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Cancel every stream and stop the workers; a step that runs is waited for."""
        self._door.close()
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
        self._door.check()

    async def reserve(self, kind: str, *, is_bulk: bool) -> Place:
        """Keep room for a stream; waits in line for it where that is allowed. Follow with `add` or `give_back`.

        Raises:
            OverloadedError: when it could not be served in time, and the line is full or did not move.
        """
        return await self._door.reserve(kind, is_bulk=is_bulk)

    def give_back(self, place: Place) -> None:
        """The stream does not come after all."""
        self._door.leave(place)
        self._door.let_in()

    def add(self, stream: Stream, place: Place) -> None:
        """Begin to serve a stream in the place that was kept for it."""
        self._door.leave(place)
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
        self._fed(stream)
        self._wake.set()

    def notify(self) -> None:
        """Say that some outlet has got room, or that a listener has played on."""
        self._wake.set()

    async def wait_until_idle(self) -> None:
        """Return when no stream is open."""
        await self._idle.wait()

    def _inside(self) -> Inside:
        return Inside(len(self._streams), map(_load, (each for each in self._streams if not each.is_bulk)))

    def _drop(self, stream: Stream) -> None:
        self._streams.discard(stream)
        stream.unpark(self._clock())  # counts how long it was parked
        if not self._streams:
            self._idle.set()
        if stream.state is not StreamState.STEPPING:
            stream.engine.close(stream.job)
        self._door.let_in()

    def _fed(self, stream: Stream) -> None:
        stream.feed(self._clock(), self._capacity.cost(stream.job.kind).first_s)
        self._expect(stream)

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
            if stream.outlet.room() > 0 and stream.lead_s <= self._limits.max_lead_s:
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
        loop = asyncio.get_running_loop()
        step = loop.run_in_executor(self._executor, take_step, stream, stream.outlet.room())
        try:
            # It is not cancelled half-way: the thread would go on and nobody would close the job.
            done = await asyncio.shield(step)
        except asyncio.CancelledError:
            await step
            stream.engine.close(stream.job)
            raise
        finally:
            self._bulk_running -= stream.is_bulk
        # From there to here: what the way to the thread and back takes cannot be promised to others either.
        self._account(stream, done, self._clock() - begun_s)
        self._settle(stream, done)

    def _account(self, stream: Stream, step: Step, took_s: float) -> None:
        stream.cpu_s += step.cpu_s
        stream.took_s += took_s
        n_samples = sum(len(chunk.samples) for chunk in step.chunks)
        audio_s = n_samples / stream.job.sample_rate_hz
        self._capacity.observe(
            stream.job.kind, took_s=took_s, audio_s=audio_s, is_first=stream.is_first and n_samples > 0
        )
        self._on_step(stream.job.kind, took_s, step.cpu_s, audio_s)

    def _settle(self, stream: Stream, step: Step) -> None:
        """Take in what a step gave."""
        if stream.state is StreamState.ENDED:  # cancelled meanwhile
            stream.engine.close(stream.job)
            return
        stream.state = StreamState.WAITING
        for chunk in step.chunks:
            was_late = stream.take(chunk, self._clock())
            if not stream.is_bulk:
                self._capacity.observe_lateness(is_late=was_late)
            if len(chunk.samples) or chunk.flush is not None:
                stream.outlet.put(chunk)
        self._expect(stream)
        if step.error is not None:
            self.fail(stream, self._told(stream, step.error))
        elif not step.chunks:
            stream.state = StreamState.STARVED
            stream.starved_since_s = self._clock()
            if stream.was_fed:  # by text that the step may not have seen
                self._fed(stream)
        elif step.chunks[-1].is_last:
            self._drop(stream)
            stream.outlet.finish(None)
            stream.end("done")

    def _told(self, stream: Stream, error: Exception) -> WildtrackError:
        """What the listener is told of an error; one that is no listener's business is logged."""
        if isinstance(error, WildtrackError):
            return error
        _log.error("step_failed", stream=stream.stream_id, error=type(error).__name__, frames=frames_of(error))
        return InternalError("The sound could not be made; try again, or another voice.")

    async def _watch(self) -> None:
        """Look after the streams that wait for their listener, or for text: they cannot wait forever."""
        limits = self._limits
        while True:
            await asyncio.sleep(min(_LOOK_EVERY_S, limits.stall_timeout_s / 2, limits.text_timeout_s / 2))
            self._look_after(self._clock())

    def _look_after(self, now_s: float) -> None:
        self._door.let_in()  # what was expected of costs and lateness changes with time, too
        for stream in list(self._streams):
            if stream.starved_since_s is not None and now_s - stream.starved_since_s > self._limits.text_timeout_s:
                message = "No more text came for too long, so the stream was ended; say `end` after the last."
                self.fail(stream, TextTimeoutError(message))
            elif stream.parked_since_s is not None and stream.state is StreamState.WAITING:
                self._look_after_parked(stream, now_s - stream.parked_since_s)

    def _look_after_parked(self, stream: Stream, parked_s: float) -> None:
        if parked_s > self._limits.stall_timeout_s:
            message = "The audio was not taken for too long, so the stream was ended; ask for it again."
            self.fail(stream, ListenerStalledError(message))
        elif parked_s > SUSPENDED_AFTER_S and stream.can_be_suspended:
            stream.engine.close(stream.job)
            stream.is_suspended = True


def _load(stream: Stream) -> Load:
    waits_in_silence = stream.is_first and stream.state is not StreamState.STARVED
    return Load(stream.job.kind, waits_in_silence, stream.remaining_s)
