"""A stream for one HTTP response: what is opened is closed, however its reader goes."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fakes import CHUNK_SAMPLES, CountingEngine, CountingJob, request

from server.audio.chunk import AudioChunk
from server.engines.base import SpeechRequest
from server.errors import OverloadedError, WildtrackError
from server.streaming.direct import PIPE_CHUNKS, open_direct
from server.streaming.scheduler import Scheduler
from server.streaming.stream import Stream

Eventually = Callable[[Callable[[], bool]], Any]


def ignore(_: Stream) -> None:
    pass


async def test_the_chunks_come_in_order_to_the_last(scheduler: Scheduler) -> None:
    async with open_direct(CountingEngine(), scheduler, request(40, seed=3), ignore) as direct:
        chunks: list[AudioChunk] = [chunk async for chunk in direct.chunks]
    assert [chunk.start_sample for chunk in chunks] == [CHUNK_SAMPLES * n for n in range(40)]
    assert all(np.all(chunk.samples == np.float32(3 / 32768)) for chunk in chunks)
    assert direct.stream.outcome == "done"


async def test_a_reader_that_does_not_read_parks_the_stream(scheduler: Scheduler, eventually: Eventually) -> None:
    engine = CountingEngine()
    async with open_direct(engine, scheduler, request(100), ignore) as direct:
        await eventually(lambda: engine.jobs[0].steps == PIPE_CHUNKS)
        await asyncio.sleep(0.05)
        assert engine.jobs[0].steps == PIPE_CHUNKS
        await anext(direct.chunks)
        await eventually(lambda: engine.jobs[0].steps == PIPE_CHUNKS + 1)
    assert engine.jobs[0].closed
    assert direct.stream.outcome == "cancelled"


async def test_an_error_comes_after_the_sound_made_before_it(scheduler: Scheduler) -> None:
    async with open_direct(CountingEngine(fail_at_step=3), scheduler, request(9), ignore) as direct:
        for n in range(3):
            assert (await anext(direct.chunks)).start_sample == CHUNK_SAMPLES * n
        with pytest.raises(WildtrackError):
            await anext(direct.chunks)


async def test_no_job_is_opened_when_there_is_no_room(scheduler: Scheduler) -> None:
    engine = CountingEngine()
    async with asyncio.timeout(5):
        stack = [open_direct(engine, scheduler, request(100), ignore) for _ in range(8)]
        for one in stack:
            await one.__aenter__()
        with pytest.raises(OverloadedError):
            async with open_direct(engine, scheduler, request(100), ignore):
                pass
        for one in stack:
            await one.__aexit__(None, None, None)
    assert len(engine.jobs) == 8


class SlowToOpen(CountingEngine):
    """Opens only when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.may_open = threading.Event()

    def open(self, request: SpeechRequest) -> CountingJob:
        self.may_open.wait(5)
        return super().open(request)


async def test_a_job_opened_for_a_reader_who_has_left_is_closed(scheduler: Scheduler, eventually: Eventually) -> None:
    engine = SlowToOpen()

    async def read() -> None:
        async with open_direct(engine, scheduler, request(9), ignore):
            pass

    reader = asyncio.create_task(read())
    await asyncio.sleep(0.02)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    engine.may_open.set()
    await eventually(lambda: bool(engine.jobs and engine.jobs[0].closed))
    assert engine.jobs[0].steps == 0
