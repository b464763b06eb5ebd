"""What has expired, belongs to nothing or has no room goes; what somebody has or watches stays."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import redis
from toy_work import VIDEO, at_work

from server.errors import TaskNotFoundError
from server.settings import Settings
from server.stores.client import connect
from server.tasks.files import Files
from server.tasks.janitor import Janitor
from server.tasks.queue import Queue
from server.tasks.service import TaskService
from server.tasks.state import Credential, Source, Submitted
from server.tasks.store import TaskStore


class Clock:
    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_s


class Cleaner:
    """A janitor, and its clock."""

    def __init__(self, settings: Settings, store: TaskStore) -> None:
        self.files, self.clock = Files(settings.foley_folder), Clock()
        self._settings, self._store = settings, store

    async def clean(self, disk_bytes: int = 2**40) -> None:
        queue = Queue(self._settings.store_url)
        janitor = Janitor(self._store, self.files, queue, disk_bytes=disk_bytes, idle_timeout_s=600, clock=self.clock)
        await janitor.clean()
        await janitor.requeue()
        await queue.aclose()

    def names(self) -> tuple[set[str], int]:
        """Uploads, and how many results."""
        return {each.name for each in self.files.found_uploads()}, len(list(self.files.found_results()))


@pytest.fixture
async def cleaner(settings: Settings) -> AsyncIterator[Cleaner]:
    async with connect(settings.store_url, 3) as client:
        yield Cleaner(settings, TaskStore(client))


async def made(tasks: TaskService, settings: Settings, source: Source, **request: Any) -> Submitted:
    path = settings.foley_folder / "uploads" / source.name
    await asyncio.to_thread(path.write_bytes, bytes(1000))
    submitted = await tasks.submit(source, {"seed": 1, "chunks": 2, **request}, "version 1", "somebody")
    async for _ in tasks.watch(submitted.task.id, Credential(submitted.token)):
        pass
    return submitted


def expire(settings: Settings, submitted: Submitted) -> None:
    with redis.Redis.from_url(settings.store_url) as client:
        assert client.delete(f"wildtrack:task:{submitted.task.id}")


def unseen(settings: Settings) -> None:
    """Nobody has watched anything for long."""
    with redis.Redis.from_url(settings.store_url) as client:
        for key in client.scan_iter("wildtrack:job:*"):
            if client.type(key) == b"hash":
                client.hset(key, "seen", 1)


async def test_a_job_goes_with_the_last_of_its_tasks(tasks: TaskService, settings: Settings, cleaner: Cleaner) -> None:
    async with at_work(settings):
        first, second = await made(tasks, settings, VIDEO), await made(tasks, settings, VIDEO)
    expire(settings, first)
    await cleaner.clean()
    assert cleaner.names() == ({VIDEO.name}, 1)
    expire(settings, second)
    await cleaner.clean()
    assert cleaner.names() == (set(), 0)
    with redis.Redis.from_url(settings.store_url) as client:
        left = {key for key in client.scan_iter("wildtrack:*") if client.ttl(key) == -1}
    assert left == {b"wildtrack:secret", b"wildtrack:log_bytes", b"wildtrack:made", b"wildtrack:ended"}


async def test_a_task_expires_by_its_retention_time(tasks: TaskService, settings: Settings) -> None:
    async with at_work(settings):
        submitted = await made(tasks, settings, VIDEO)
    with redis.Redis.from_url(settings.store_url) as client:
        left_s = client.ttl(f"wildtrack:task:{submitted.task.id}")
    assert settings.foley_retention_s - 60 < left_s <= settings.foley_retention_s
    tasks._clock = lambda: time.time() + settings.foley_retention_s + 1
    with pytest.raises(TaskNotFoundError):  # its token is too old, even if the store were late
        await tasks.status(submitted.task.id, Credential(submitted.token))


async def test_a_ticket_lasts_ten_minutes(tasks: TaskService, settings: Settings) -> None:
    async with at_work(settings):
        submitted = await made(tasks, settings, VIDEO)
    ticket = Credential(await tasks.ticket(submitted.task.id, Credential(submitted.token)))
    for ahead_s, is_good in ((590, True), (601, False)):
        tasks._clock = lambda ahead_s=ahead_s: time.time() + ahead_s
        if is_good:
            await tasks.status(submitted.task.id, ticket)
        else:
            with pytest.raises(TaskNotFoundError):
                await tasks.status(submitted.task.id, ticket)


async def test_where_there_is_too_much_the_oldest_goes_but_for_what_is_watched(
    tasks: TaskService, settings: Settings, cleaner: Cleaner
) -> None:
    async with at_work(settings):
        submitted = [await made(tasks, settings, Source(f"video{number}", f"d{number}")) for number in range(4)]
    total = sum(each.n_bytes for each in (*cleaner.files.found_uploads(), *cleaner.files.found_results()))
    await cleaner.clean(disk_bytes=total // 2 + 1000)
    assert len(cleaner.names()[0]) == 5  # all of it was watched just now
    unseen(settings)
    await tasks.status(submitted[0].task.id, Credential(submitted[0].token))  # somebody asks about the oldest
    await cleaner.clean(disk_bytes=total * 5 // 8)
    assert cleaner.names() == ({VIDEO.name, "video0", "video3"}, 2)
    with pytest.raises(TaskNotFoundError):
        await tasks.status(submitted[1].task.id, Credential(submitted[1].token))


async def test_strays_go_when_they_are_old(settings: Settings, cleaner: Cleaner) -> None:
    cleaner.files.make()
    stray, young = cleaner.files.result("stray"), cleaner.files.result("young")
    for folder in (stray, young):
        folder.mkdir()
        (folder / "00000.log").write_bytes(b"x")
    upload = cleaner.files.upload("old.part")
    upload.write_bytes(b"x")
    long_ago_s = time.time() - 4000
    for path in (upload, stray, stray / "00000.log"):
        os.utime(path, (long_ago_s, long_ago_s))
    await cleaner.clean()
    assert cleaner.names() == ({VIDEO.name}, 1)
    assert young.exists()


async def test_a_task_that_waits_and_that_nobody_asks_about_is_ended(tasks: TaskService, cleaner: Cleaner) -> None:
    submitted = await tasks.submit(VIDEO, {"seed": 1, "chunks": 2}, "version 1", "somebody")
    await cleaner.clean()
    assert (await tasks.status(submitted.task.id, Credential(submitted.token))).state == "pending"
    cleaner.clock.ahead_s = 700
    await cleaner.clean()
    assert (await tasks.status(submitted.task.id, Credential(submitted.token))).state == "cancelled"


def test_names_that_lead_elsewhere_are_refused(tmp_path: Path) -> None:
    files = Files(tmp_path)
    for name in ("", "..", "../x", "a/b", ".hidden", "é", "x" * 200, "a\n"):
        with pytest.raises(ValueError, match="not the name"):
            files.upload(name)
