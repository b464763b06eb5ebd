"""Scheduler: gives worker threads to streams, the one whose listener runs dry first before all others.

Models run in its threads and never on the event loop. A stream without room in its outlet is parked: nothing is
made for it until its listener has taken something. (Earliest deadline first: Liu and Layland, 1973.)
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from server.audio.chunk import AudioChunk
from server.errors import InternalError, ListenerStalledError, OverloadedError, WildtrackError
from server.logs import frames_of, get_logger
from server.streaming.stream import Stream, StreamState

_log = get_logger(__name__)


class Scheduler:
    """Steps streams in worker threads, earliest deadline first. Everything but the steps happens on the event loop."""

    def __init__(
        self,
        *,
        threads: int,
        max_streams: int,
        max_lead_s: float,
        stall_timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`threads` run models at once; `max_streams` may be open at once; the rest as in `server.settings`."""
        self._threads = threads
        self._max_streams = max_streams
        self._max_lead_s = max_lead_s
        self._stall_timeout_s = stall_timeout_s
        self._clock = clock
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="engine")
        self._streams: set[Stream] = set()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._workers: list[asyncio.Task[None]] = []

    @property
    def clock(self) -> Callable[[], float]:
        """Seconds, monotonic."""
        return self._clock

    @property
    def open_streams(self) -> int:
        """How many streams are open."""
        return len(self._streams)

    async def __aenter__(self) -> "Scheduler":
        """Start the workers."""
        self._workers = [asyncio.create_task(self._work(), name=f"engine-{n}") for n in range(self._threads)]
        self._workers.append(asyncio.create_task(self._end_stalled(), name="stall-watch"))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Cancel every stream and stop the workers; a step that runs is waited for."""
        for stream in list(self._streams):
            self.cancel(stream)
        for worker in self._workers:
            worker.cancel()
        for worker in self._workers:
            with contextlib.suppress(asyncio.CancelledError):
                await worker
        await asyncio.to_thread(self._executor.shutdown)

    def check_room(self) -> None:
        """Refuse a stream that there is no room for, before any work is done for it.

        Raises:
            OverloadedError: when `max_streams` are open.
        """
        if len(self._streams) >= self._max_streams:
            raise OverloadedError(
                "The server is speaking to as many listeners as it may; try again in a few seconds.", retry_after_s=2.0
            )

    def add(self, stream: Stream) -> None:
        """Begin to serve a stream.

        Raises:
            OverloadedError: when others have taken the room since it was checked. The job is closed then.
        """
        try:
            self.check_room()
        except OverloadedError:
            stream.engine.close(stream.job)
            raise
        self._streams.add(stream)
        self._idle.clear()
        self._wake.set()

    def cancel(self, stream: Stream) -> None:
        """End a stream: nothing more is made for it once a step that runs has returned."""
        if stream.state is StreamState.ENDED:
            return
        self._drop(stream)
        stream.end("cancelled")

    def notify(self) -> None:
        """Say that some outlet has got room, or that a listener has played on."""
        self._wake.set()

    async def wait_until_idle(self) -> None:
        """Return when no stream is open."""
        await self._idle.wait()

    def _drop(self, stream: Stream) -> None:
        self._streams.discard(stream)
        if not self._streams:
            self._idle.set()
        if stream.state is not StreamState.STEPPING:
            stream.engine.close(stream.job)

    def _fail(self, stream: Stream, error: WildtrackError) -> None:
        self._drop(stream)
        stream.fail(error)

    def _next(self) -> Stream | None:
        """The stream to step now. It marks the ones that have to wait, so that stalled listeners are found."""
        best: Stream | None = None
        now_s = self._clock()
        for stream in self._streams:
            if stream.state is not StreamState.WAITING:
                continue
            if not stream.outlet.has_room() or stream.lead_s > self._max_lead_s:
                if stream.waiting_since_s is None:
                    stream.waiting_since_s = now_s
                continue
            stream.waiting_since_s = None
            if best is None or stream.dry_at_s < best.dry_at_s:
                best = stream
        return best

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            stream = self._next()
            if stream is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            stream.state = StreamState.STEPPING
            # A step is not cancelled half-way: the thread would go on and nobody would close the job.
            step = loop.run_in_executor(self._executor, _step, stream)
            try:
                chunk, cpu_s = await asyncio.shield(step)
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
                stream.cpu_s += cpu_s
                self._settle(stream, chunk)

    def _settle(self, stream: Stream, result: AudioChunk | WildtrackError) -> None:
        """Take in what a step gave."""
        if stream.state is StreamState.ENDED:  # cancelled meanwhile
            stream.engine.close(stream.job)
            return
        stream.state = StreamState.WAITING
        if isinstance(result, WildtrackError):
            self._fail(stream, result)
            return
        if stream.first_chunk_at_s is None:
            stream.first_chunk_at_s = self._clock()
        stream.produced_samples = result.end_sample
        if len(result.samples):
            stream.outlet.put(result)
        if result.is_last:
            self._drop(stream)
            stream.outlet.finish(None)
            stream.end("done")

    async def _end_stalled(self) -> None:
        """End the streams whose listener has taken nothing for too long."""
        while True:
            await asyncio.sleep(min(5.0, self._stall_timeout_s / 2))
            deadline_s = self._clock() - self._stall_timeout_s
            for stream in list(self._streams):
                if stream.waiting_since_s is not None and stream.waiting_since_s < deadline_s:
                    message = "The audio was not taken for too long, so the stream was ended; ask for it again."
                    self._fail(stream, ListenerStalledError(message))


def _step(stream: Stream) -> tuple[AudioChunk, float]:
    """Runs in a worker thread."""
    begun_s = time.thread_time()
    chunk = stream.engine.step(stream.job)
    return chunk, time.thread_time() - begun_s
