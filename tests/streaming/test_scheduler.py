"""The scheduler with real threads: who is let in, who waits in line, who comes first."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest
from fakes import CHUNK_SAMPLES, CountingEngine, request, scheduler_of

from server.errors import OverloadedError
from server.streaming.capacity import Cost
from server.streaming.direct import open_direct
from server.streaming.scheduler import Scheduler
from server.streaming.step import take_step
from server.streaming.stream import Stream

Eventually = Callable[[Callable[[], bool]], Any]
MOST_OF_A_THREAD = {"counting": Cost(0.01, 0.85)}


class Reader:
    """Reads one stream to its end, when it is told to."""

    def __init__(self, scheduler: Scheduler, engine: CountingEngine, *, chunks: int = 3, is_bulk: bool = False) -> None:
        self.go_on = asyncio.Event()
        self.is_open = asyncio.Event()
        self.n_chunks = 0
        self.task = asyncio.create_task(self._read(scheduler, engine, chunks, is_bulk))

    async def _read(self, scheduler: Scheduler, engine: CountingEngine, chunks: int, is_bulk: bool) -> None:
        async with open_direct(engine, scheduler, request(chunks), lambda _: None, is_bulk=is_bulk) as direct:
            self.is_open.set()
            await self.go_on.wait()
            async for _ in direct.chunks:
                self.n_chunks += 1


async def one_inside(scheduler: Scheduler, engine: CountingEngine) -> Reader:
    """Somebody who was let in, reads nothing, and so stays."""
    reader = Reader(scheduler, engine, chunks=1000)
    await reader.is_open.wait()
    return reader


@pytest.fixture(autouse=True)
async def _bounded() -> Any:
    async with asyncio.timeout(20):
        yield


async def test_one_stream_too_many_is_refused_at_once_and_told_when_to_come_back() -> None:
    async with scheduler_of(threads=1, costs=MOST_OF_A_THREAD) as scheduler:
        engine = CountingEngine()
        first = await one_inside(scheduler, engine)
        with pytest.raises(OverloadedError) as refused:
            await Reader(scheduler, engine).task
        assert refused.value.retry_after_s is not None
        assert engine.jobs[1].closed
        assert engine.jobs[1].steps == 0
        first.task.cancel()


async def test_what_nobody_listens_to_is_let_in_all_the_same() -> None:
    async with scheduler_of(threads=1, costs=MOST_OF_A_THREAD) as scheduler:
        engine = CountingEngine()
        first = await one_inside(scheduler, engine)
        bulk = Reader(scheduler, engine, chunks=3, is_bulk=True)
        bulk.go_on.set()
        await bulk.task
        assert bulk.n_chunks == 3
        first.task.cancel()


async def test_who_may_wait_in_line_is_let_in_when_another_leaves() -> None:
    async with scheduler_of(threads=1, costs=MOST_OF_A_THREAD, max_waiting=2, max_wait_s=10) as scheduler:
        engine = CountingEngine()
        first = await one_inside(scheduler, engine)
        second, third = Reader(scheduler, engine), Reader(scheduler, engine)
        while scheduler.waiting_in_line < 2:
            await asyncio.sleep(0.001)
        with pytest.raises(OverloadedError):
            await Reader(scheduler, engine).task
        first.task.cancel()
        await second.is_open.wait()
        assert not third.is_open.is_set()
        for reader in (second, third):
            reader.go_on.set()
            await reader.task
            assert reader.n_chunks == 3
        assert scheduler.waiting_in_line == 0


async def test_a_line_that_does_not_move_ends_in_the_refusal() -> None:
    async with scheduler_of(threads=1, costs=MOST_OF_A_THREAD, max_waiting=2, max_wait_s=0.05) as scheduler:
        engine = CountingEngine()
        first = await one_inside(scheduler, engine)
        with pytest.raises(OverloadedError):
            await Reader(scheduler, engine).task
        assert scheduler.waiting_in_line == 0
        assert engine.jobs[1].closed
        first.task.cancel()


async def test_who_leaves_the_line_leaves_no_gap() -> None:
    async with scheduler_of(threads=1, costs=MOST_OF_A_THREAD, max_waiting=3, max_wait_s=10) as scheduler:
        engine = CountingEngine()
        first = await one_inside(scheduler, engine)
        second, third = Reader(scheduler, engine), Reader(scheduler, engine)
        while scheduler.waiting_in_line < 2:
            await asyncio.sleep(0.001)
        second.task.cancel()
        first.task.cancel()
        third.go_on.set()
        await third.task
        assert third.n_chunks == 3
        assert scheduler.waiting_in_line == 0
        assert all(job.closed for job in engine.jobs)


async def test_a_place_that_was_let_go_in_the_turn_it_was_granted_is_given_back() -> None:
    async with scheduler_of(threads=1, costs=MOST_OF_A_THREAD, max_waiting=1, max_wait_s=10) as scheduler:
        held = await scheduler.reserve("counting", is_bulk=False)
        waiting = asyncio.create_task(scheduler.reserve("counting", is_bulk=False))
        while not scheduler.waiting_in_line:
            await asyncio.sleep(0)
        scheduler.give_back(held)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        scheduler.give_back(await scheduler.reserve("counting", is_bulk=False))
        assert scheduler.load == 0


async def test_stopping_ends_the_line() -> None:
    async with scheduler_of(threads=1, costs=MOST_OF_A_THREAD, max_waiting=1, max_wait_s=10) as scheduler:
        await scheduler.reserve("counting", is_bulk=False)
        waiting = asyncio.create_task(scheduler.reserve("counting", is_bulk=False))
        while not scheduler.waiting_in_line:
            await asyncio.sleep(0)
    with pytest.raises((asyncio.CancelledError, OverloadedError)):
        await waiting


async def test_places_that_are_kept_count_like_streams() -> None:
    async with scheduler_of(threads=1, costs=MOST_OF_A_THREAD) as scheduler:
        await scheduler.reserve("counting", is_bulk=False)
        assert scheduler.load == 0.85
        with pytest.raises(OverloadedError):
            await scheduler.reserve("counting", is_bulk=False)


async def test_a_new_listener_is_heard_before_the_surplus_of_another(eventually: Eventually) -> None:
    async with scheduler_of(threads=1) as scheduler:
        engine = CountingEngine(step_s=0.01)
        first = Reader(scheduler, engine, chunks=1000)
        first.go_on.set()
        await eventually(lambda: first.n_chunks > 5)
        steps = engine.jobs[0].steps
        second = Reader(scheduler, engine, chunks=1000)
        second.go_on.set()
        await eventually(lambda: second.n_chunks > 0)
        assert engine.jobs[0].steps <= steps + 3
        for reader in (first, second):
            reader.task.cancel()


async def test_what_nobody_listens_to_never_takes_the_last_thread(eventually: Eventually) -> None:
    async with scheduler_of(threads=2) as scheduler:
        engine = CountingEngine(step_s=0.02)
        readers = [Reader(scheduler, engine, chunks=100, is_bulk=True) for _ in range(4)]
        for reader in readers:
            reader.go_on.set()
        await eventually(lambda: sum(job.steps for job in engine.jobs) > 8)
        assert engine.most_running == 1
        for reader in readers:
            reader.task.cancel()


async def test_a_stream_that_nobody_takes_lets_go_of_its_job_and_goes_on_to_the_byte(
    eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.streaming.scheduler.SUSPENDED_AFTER_S", 0.05)
    monkeypatch.setattr("server.streaming.scheduler._LOOK_EVERY_S", 0.02)
    async with scheduler_of(threads=1) as scheduler:
        engine = CountingEngine()
        reader = Reader(scheduler, engine, chunks=100)
        await eventually(lambda: bool(engine.jobs) and engine.jobs[0].closed > 0)
        (stream,) = scheduler.streams
        assert stream.is_suspended
        reader.go_on.set()
        await reader.task
        assert reader.n_chunks == 100
        assert len(engine.jobs) >= 2
        assert engine.jobs[-1].first_sample > 0
        assert all(job.closed for job in engine.jobs)


async def test_chunks_that_are_made_already_are_fetched_in_one_go_as_far_as_there_is_room() -> None:
    engine = CountingEngine(n_ready=9)
    stream = Stream(engine, request(1000), engine.open(request(1000)), cast(Any, None), 0.0, lambda _: None)
    step = take_step(stream, 4)
    assert [chunk.start_sample // CHUNK_SAMPLES for chunk in step.chunks] == [0, 1, 2, 3]
    engine.n_ready = 0
    assert len(take_step(stream, 4).chunks) == 1


async def test_what_was_made_before_an_error_is_not_lost() -> None:
    engine = CountingEngine(n_ready=9, fail_at_step=2)
    stream = Stream(engine, request(1000), engine.open(request(1000)), cast(Any, None), 0.0, lambda _: None)
    step = take_step(stream, 4)
    assert len(step.chunks) == 2
    assert step.error is not None


async def test_who_waits_in_line_is_let_in_when_what_is_known_of_costs_changes() -> None:
    async with scheduler_of(threads=1, costs=MOST_OF_A_THREAD, max_waiting=1, max_wait_s=10) as scheduler:
        await scheduler.reserve("counting", is_bulk=False)
        waiting = asyncio.create_task(scheduler.reserve("counting", is_bulk=False))
        while not scheduler.waiting_in_line:
            await asyncio.sleep(0)
        for _ in range(500):
            scheduler.capacity.observe("counting", took_s=0.0, audio_s=0.1, is_first=False)
        await waiting
