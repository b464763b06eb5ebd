"""What is killed, refused, full, or gone in the middle: nothing is lost, and nothing comes twice."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
import redis
from toy_work import VIDEO, at_work, chunk, entries

from server.errors import FoleyUnavailableError, InternalError, TaskCancelledError, TaskTimeoutError, TooManyTasksError
from server.settings import Settings
from server.stores.client import connect, connect_blocking
from server.stores.embedded import EmbeddedStore, socket_path
from server.tasks.files import Files
from server.tasks.log import LeaseLostError, LostEntriesError, TaskLog, WorkStoppedError
from server.tasks.service import TaskService
from server.tasks.state import Credential, Submitted
from server.tasks.store import MAX_CLAIMS, BlockingJobs, TaskStore
from server.tasks.wiring import open_tasks


async def ask(tasks: TaskService, request: dict[str, Any]) -> Submitted:
    return await tasks.submit(VIDEO, request, "version 1", "somebody")


async def heard(tasks: TaskService, submitted: Submitted) -> list[bytes | dict[str, Any] | None]:
    async with asyncio.timeout(30), aclosing(tasks.watch(submitted.task.id, Credential(submitted.token))) as watching:
        return [entry.event if entry.pcm is None else entry.pcm async for entry in watching]


@contextlib.contextmanager
def worker_process(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(Path(__file__).with_name("toy_work.py")), settings.store_url]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    with subprocess.Popen(
        [*command, str(settings.foley_folder)], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        yield process
        process.kill()


async def test_a_worker_killed_again_and_again_loses_nothing_and_nothing_comes_twice(
    tasks: TaskService, settings: Settings
) -> None:
    request = {"seed": 1, "chunks": 300, "pace_s": 0.004}
    submitted = await ask(tasks, request)
    watching = asyncio.create_task(heard(tasks, submitted))
    for _ in range(2):
        with worker_process(settings) as process:
            await asyncio.sleep(0.5)
            process.send_signal(signal.SIGKILL)
        status = await tasks.status(submitted.task.id, Credential(submitted.token))
        assert status.state == "processing"
    with worker_process(settings):
        assert await watching == entries(request)
    assert await heard(tasks, submitted) == entries(request)


class Claimed:
    """A job in the hands of one worker, and of as many successors as are asked for."""

    def __init__(self, store: TaskStore, jobs: BlockingJobs, files: Files, job: str) -> None:
        self.store, self.jobs, self.files, self.job = store, jobs, files, job

    async def log(self, max_bytes: int = 2**25) -> TaskLog:
        claim = await self.store.claim(self.job, time.time(), 600, "{}", "{}")
        assert claim is not None
        return TaskLog(claim, self.jobs, self.files, max_bytes, lambda: False)


@contextlib.asynccontextmanager
async def claimed(settings: Settings, tasks: TaskService) -> Any:
    submitted = await ask(tasks, {"seed": 1, "chunks": 1})
    async with connect(settings.store_url, 3) as client:
        with connect_blocking(settings.store_url, 3) as blocking:
            store = TaskStore(client)
            (job,) = await store.active()
            yield Claimed(store, BlockingJobs(blocking), Files(settings.foley_folder), job), submitted


async def test_a_worker_that_lost_its_lease_is_told_so_and_writes_no_more(
    tasks: TaskService, settings: Settings
) -> None:
    async with claimed(settings, tasks) as (job, submitted):
        first = await job.log()
        first.append_chunk(0, chunk(1, 0))
        second = await job.log()
        with pytest.raises(LeaseLostError):
            first.append_chunk(1, chunk(1, 1))
        with pytest.raises(LeaseLostError):
            first.finish(time.time())
        second.append_chunk(0, chunk(1, 0))  # it is there, and the same
        second.append_chunk(1, chunk(1, 2))
        second.finish(time.time())
        assert await heard(tasks, submitted) == [chunk(1, 0), chunk(1, 2)]
        with pytest.raises(WorkStoppedError):
            second.append_chunk(2, chunk(1, 3))


async def test_what_is_there_is_never_written_over(tasks: TaskService, settings: Settings) -> None:
    async with claimed(settings, tasks) as (job, _):
        first = await job.log()
        first.append_chunk(0, chunk(1, 0))
        first.append_event(1, {"type": "warning"})
        second = await job.log()
        with pytest.raises(InternalError):
            second.append_chunk(0, chunk(1, 1))
        third = await job.log()
        third.append_chunk(0, chunk(1, 0))
        with pytest.raises(InternalError):
            third.append_event(1, {"type": "progress"})
        with pytest.raises(ValueError, match="comes next"):
            third.append_chunk(5, chunk(1, 5))
        with pytest.raises(ValueError, match="whole samples"):
            third.append_chunk(1, b"odd")


async def test_a_store_that_has_lost_entries_gets_them_again(tasks: TaskService, settings: Settings) -> None:
    async with claimed(settings, tasks) as (job, _):
        log = await job.log()
        log.append_chunk(0, chunk(1, 0))
        log.append_chunk(1, chunk(1, 1))
        with redis.Redis.from_url(settings.store_url) as client:
            client.hset(f"wildtrack:job:{job.job}", "n", 1)
        with pytest.raises(LostEntriesError):
            log.append_chunk(2, chunk(1, 2))


async def test_an_engine_that_does_not_repeat_itself_fails_the_task(tasks: TaskService, settings: Settings) -> None:
    request = {"seed": 2, "chunks": 50, "pace_s": 0.005, "changes_at": 3}
    submitted = await ask(tasks, request)
    with worker_process(settings) as process:
        while (await tasks.status(submitted.task.id, Credential(submitted.token))).n_entries < 10:
            await asyncio.sleep(0.01)
        process.kill()
    async with at_work(settings):
        with pytest.raises(InternalError, match="differently"):
            await heard(tasks, submitted)


async def test_a_job_that_kills_every_worker_at_the_same_place_is_given_up(
    tasks: TaskService, settings: Settings
) -> None:
    async with claimed(settings, tasks) as (job, submitted):
        error = json.dumps(InternalError("Again and again.").as_dict())
        claims = 0
        while (claim := await job.store.claim(job.job, time.time(), 600, "{}", error)) is not None:
            TaskLog(claim, job.jobs, job.files, 2**25, lambda: False).append_chunk(0, chunk(1, 0))
            claims += 1
        assert claims == MAX_CLAIMS + 1
        with pytest.raises(InternalError, match="Again"):
            await heard(tasks, submitted)


async def test_a_job_whose_workers_are_killed_here_and_there_is_never_given_up(
    tasks: TaskService, settings: Settings
) -> None:
    async with claimed(settings, tasks) as (job, _):
        for number in range(5 * MAX_CLAIMS):  # none gets farther than the first
            log = await job.log()
            for index in range(6 if number == 0 else 1 + number % 3):
                log.append_chunk(index, chunk(1, index))


async def test_a_full_store_slows_the_work_down_and_loses_nothing(tasks: TaskService, settings: Settings) -> None:
    request = {"seed": 3, "chunks": 100, "pace_s": 0.005}
    submitted = await ask(tasks, request)
    with redis.Redis.from_url(settings.store_url) as client:
        try:
            async with at_work(settings):
                watching = asyncio.create_task(heard(tasks, submitted))
                while (await tasks.status(submitted.task.id, Credential(submitted.token))).n_entries < 5:
                    await asyncio.sleep(0.005)
                client.config_set("maxmemory", client.info("memory")["used_memory"] + 300_000)
                await asyncio.sleep(0.8)
                assert not watching.done()
                client.config_set("maxmemory", 64 * 2**20)
                assert await watching == entries(request)
        finally:
            client.config_set("maxmemory", 64 * 2**20)


async def test_cancelling_gets_through_to_a_full_store(tasks: TaskService, settings: Settings) -> None:
    submitted = await ask(tasks, {"seed": 3, "chunks": 60})
    with redis.Redis.from_url(settings.store_url) as client:
        client.config_set("maxmemory", 2**20)
        try:
            with pytest.raises(FoleyUnavailableError):
                await ask(tasks, {"seed": 4, "chunks": 60})
            status = await tasks.cancel(submitted.task.id, Credential(submitted.token))
            assert status.state == "cancelled"
        finally:
            client.config_set("maxmemory", 64 * 2**20)


async def test_logs_take_no_more_than_their_share(tasks: TaskService, settings: Settings) -> None:
    async with claimed(settings, tasks) as (job, _):
        log = await job.log(max_bytes=2 * 19_200)
        log.append_chunk(0, chunk(1, 0))
        log.append_chunk(1, chunk(1, 1))
        waiting = asyncio.create_task(asyncio.to_thread(log.append_chunk, 2, chunk(1, 2)))
        await asyncio.sleep(0.15)
        assert not waiting.done()
        full = settings.model_copy(update={"store_bytes": 4 * 19_200 // 3})
        async with open_tasks(full) as elsewhere:
            with pytest.raises(TooManyTasksError):
                await ask(elsewhere, {"seed": 9, "chunks": 1})
        with redis.Redis.from_url(settings.store_url) as client:
            client.set("wildtrack:log_bytes", 0)
        await waiting


async def test_no_room_on_the_disk_fails_the_task_and_says_so(tasks: TaskService, settings: Settings) -> None:
    async with claimed(settings, tasks) as (job, submitted):
        job.files.make()
        job.files.result(job.job).write_bytes(b"in the way of the folder")
        async with at_work(settings):
            with pytest.raises(FoleyUnavailableError, match="no room"):
                await heard(tasks, submitted)


async def test_a_store_that_is_killed_and_started_again_interrupts_nobody(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "store", 64 * 2**20)
    assert store.lock()
    store.start()
    assert store.wait_until_ready()
    settings = Settings(store_url=f"unix://{socket_path(tmp_path / 'store')}", data_dir=tmp_path, foley_worker_wait_s=0)
    (settings.foley_folder / "uploads").mkdir(parents=True)
    (settings.foley_folder / "uploads" / VIDEO.name).write_bytes(b"a video")
    request = {"seed": 6, "chunks": 150, "pace_s": 0.005}
    try:
        async with open_tasks(settings) as tasks, at_work(settings):
            submitted = await ask(tasks, request)
            watching = asyncio.create_task(heard(tasks, submitted))
            for _ in range(2):
                await asyncio.sleep(0.25)
                assert store.child is not None
                store.child.kill()
                store.child.wait()
                await asyncio.sleep(0.1)
                store.start()
            assert await watching == entries(request)
    finally:
        store.stop()


async def test_a_task_that_nobody_wants_is_ended(tasks: TaskService, settings: Settings) -> None:
    submitted = await ask(tasks, {"seed": 7, "chunks": 500, "pace_s": 0.01})
    async with at_work(settings.model_copy(update={"foley_idle_timeout_s": 1.0})):
        await asyncio.sleep(1.6)
    status = await tasks.status(submitted.task.id, Credential(submitted.token))
    assert isinstance(status.error, TaskCancelledError)
    assert "Nobody" in status.error.message


async def test_work_that_takes_too_long_is_ended(tasks: TaskService, settings: Settings) -> None:
    submitted = await ask(tasks, {"seed": 8, "chunks": 5, "hangs": True})
    async with at_work(settings.model_copy(update={"foley_time_limit_s": 1.0})):
        with pytest.raises(TaskTimeoutError):
            await heard(tasks, submitted)


async def test_what_a_dying_gateway_left_out_of_the_queue_is_made_all_the_same(
    tasks: TaskService, settings: Settings
) -> None:
    request = {"seed": 9, "chunks": 3}

    async def forget(_: str) -> None: ...

    tasks._enqueue = forget
    submitted = await ask(tasks, request)
    async with at_work(settings):
        assert await heard(tasks, submitted) == entries(request)


async def test_a_gateway_without_a_store_says_so(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, foley_worker_wait_s=0)
    (settings.foley_folder / "uploads").mkdir(parents=True)
    (settings.foley_folder / "uploads" / VIDEO.name).write_bytes(b"a video")
    async with open_tasks(settings) as tasks:
        with pytest.raises(FoleyUnavailableError) as refused:
            await ask(tasks, {})
        assert refused.value.retry_after_s
