"""Tasks from end to end, with a worker in this process: asked for, heard, shared, cancelled, deleted."""

import asyncio
import json
from contextlib import aclosing
from typing import Any

import pytest
from toy_work import CHUNK_BYTES, VIDEO, at_work, chunk, entries

from server.errors import (
    FoleyUnavailableError,
    InternalError,
    TaskCancelledError,
    TaskNotFoundError,
    TooManyTasksError,
    VideoUnreadableError,
    WildtrackError,
)
from server.settings import Settings
from server.tasks.service import TaskService
from server.tasks.state import Credential, Entry, Source, Submitted
from server.tasks.wiring import open_tasks


async def ask(tasks: TaskService, request: dict[str, Any], **changed: Any) -> Submitted:
    return await tasks.submit(VIDEO, request, "version 1", "somebody", **changed)


def mine(submitted: Submitted) -> tuple[str, Credential]:
    return submitted.task.id, Credential(token=submitted.token)


async def heard(tasks: TaskService, submitted: Submitted, from_index: int = 0, n: int | None = None) -> list[Entry]:
    found = []
    async with asyncio.timeout(10), aclosing(tasks.watch(*mine(submitted), from_index)) as watching:
        async for entry in watching:
            found.append(entry)
            if len(found) == n:
                break
    return found


async def collect(tasks: TaskService, submitted: Submitted, into: list[Entry]) -> None:
    async for entry in tasks.watch(*mine(submitted)):
        into.append(entry)


def plain(found: list[Entry]) -> list[bytes | dict[str, Any] | None]:
    return [entry.event if entry.pcm is None else entry.pcm for entry in found]


async def test_a_task_is_heard_as_it_is_made_and_again_when_it_is_done(tasks: TaskService, settings: Settings) -> None:
    request = {"seed": 1, "chunks": 30, "pace_s": 0.002}
    submitted = await ask(tasks, request)
    assert submitted.task.state == "pending"
    async with at_work(settings):
        live = await heard(tasks, submitted)
    assert plain(live) == entries(request)
    assert [entry.index for entry in live] == list(range(len(live)))
    status = await tasks.status(*mine(submitted))
    assert (status.state, status.n_entries, status.n_samples) == ("completed", len(live), 30 * 4800)
    assert status.progress == entries(request)[0]
    assert plain(await heard(tasks, submitted)) == entries(request)
    assert plain(await heard(tasks, submitted, from_index=7)) == entries(request)[7:]
    events = [entry for entry in entries(request) if isinstance(entry, dict)]
    assert await tasks.events(*mine(submitted)) == events


async def test_long_sound_goes_to_files_while_it_is_made_and_is_heard_from_anywhere(
    tasks: TaskService, settings: Settings
) -> None:
    request = {"seed": 2, "chunks": 700, "hangs": True}
    submitted = await ask(tasks, request)
    async with at_work(settings):
        whole = await heard(tasks, submitted, n=len(entries(request)))
        assert plain(whole) == entries(request)
        status = await tasks.status(*mine(submitted))
        assert status.state == "processing"
        for first in (0, 255, 256, 300, 700):  # within files, at their ends, and in the log
            assert plain(await heard(tasks, submitted, first, n=5)) == entries(request)[first : first + 5]
        await tasks.cancel(*mine(submitted))


async def test_a_late_watcher_may_leave_out_sound_but_no_event(tasks: TaskService, settings: Settings) -> None:
    request = {"seed": 3, "chunks": 400}
    submitted = await ask(tasks, request)
    async with at_work(settings):
        await heard(tasks, submitted)
    task, credential = mine(submitted)
    found = [entry async for entry in tasks.watch(task, credential, from_sample=4800 * 350 + 1)]
    assert [entry.pcm for entry in found if entry.pcm] == [chunk(3, number) for number in range(350, 400)]
    assert [entry.event for entry in found if entry.event] == [each for each in entries(request) if type(each) is dict]


async def test_many_watchers_at_different_places_all_hear_the_same(tasks: TaskService, settings: Settings) -> None:
    request = {"seed": 4, "chunks": 60, "pace_s": 0.003}
    submitted = await ask(tasks, request)
    watching = [asyncio.create_task(heard(tasks, submitted, first)) for first in (0, 0, 5, 20, 40)]
    async with at_work(settings):
        await asyncio.sleep(0.1)
        watching.append(asyncio.create_task(heard(tasks, submitted)))
        found = await asyncio.gather(*watching)
    assert all(plain(each) == entries(request)[-len(each) :] for each in found)
    assert [len(each) for each in found] == [len(found[0]) - first for first in (0, 0, 5, 20, 40, 0)]


async def test_a_slow_watcher_loses_nothing(tasks: TaskService, settings: Settings) -> None:
    request = {"seed": 5, "chunks": 300}
    submitted = await ask(tasks, request)
    found = []
    async with at_work(settings), aclosing(tasks.watch(*mine(submitted))) as watching:
        async for entry in watching:
            found.append(entry)
            if len(found) in (1, 100):
                await asyncio.sleep(0.2)  # the others are long past what a feed keeps
    assert plain(found) == entries(request)


async def test_equal_requests_are_made_once_and_a_repeat_is_instant(tasks: TaskService, settings: Settings) -> None:
    request = {"seed": 6, "chunks": 10}
    first, second = await ask(tasks, request), await ask(tasks, request)
    assert not first.is_cached
    assert not second.is_cached
    async with at_work(settings):
        assert plain(await heard(tasks, first)) == plain(await heard(tasks, second))
    again = await ask(tasks, request, notes={"format": "mp3"})
    assert again.is_cached
    assert (again.task.state, again.task.notes) == ("completed", {"format": "mp3"})
    assert (await tasks.status(*mine(again))).is_cached
    assert not (await tasks.status(*mine(first))).is_cached
    assert plain(await heard(tasks, again)) == entries(request)
    assert not (await ask(tasks, request, may_share=False)).is_cached
    assert not (await tasks.submit(VIDEO, request, "version 2", "somebody")).is_cached
    assert not (await ask(tasks, {**request, "seed": 7})).is_cached


async def test_a_repeat_whose_files_are_gone_is_made_again(tasks: TaskService, settings: Settings) -> None:
    request = {"seed": 8, "chunks": 5}
    async with at_work(settings):
        await heard(tasks, await ask(tasks, request))
        (folder,) = (settings.foley_folder / "results").iterdir()
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        again = await ask(tasks, request)
        assert not again.is_cached
        assert plain(await heard(tasks, again)) == entries(request)


async def test_only_its_token_its_owner_and_its_ticket_open_a_task(tasks: TaskService) -> None:
    first, second = await ask(tasks, {"seed": 1, "chunks": 1}), await ask(tasks, {"seed": 1, "chunks": 1})
    task, credential = mine(first)
    ticket = Credential(token=await tasks.ticket(task, credential))
    for allowed in (credential, Credential(owner="somebody"), ticket):
        assert (await tasks.status(task, allowed)).id == task
    strangers = (Credential(), Credential(token=second.token), Credential(owner="nobody"), Credential(token="é" * 50))
    for stranger in strangers:
        with pytest.raises(TaskNotFoundError):
            await tasks.status(task, stranger)
        with pytest.raises(TaskNotFoundError):
            await anext(aiter(tasks.watch(task, stranger)))
    for change in (tasks.cancel, tasks.delete, tasks.ticket):
        with pytest.raises(TaskNotFoundError):
            await change(task, ticket)
    with pytest.raises(TaskNotFoundError):
        await tasks.status("another", credential)


async def test_a_cancelled_task_ends_at_once_and_what_was_heard_stays(tasks: TaskService, settings: Settings) -> None:
    request = {"seed": 9, "chunks": 500, "pace_s": 0.01}
    submitted = await ask(tasks, request)
    async with at_work(settings):
        before = await heard(tasks, submitted, n=20)
        assert (await tasks.cancel(*mine(submitted))).state == "cancelled"
        after: list[Entry] = []
        with pytest.raises(TaskCancelledError):
            await collect(tasks, submitted, after)
        await asyncio.sleep(0.4)
        (folder,) = (settings.foley_folder / "results").iterdir()
        assert len(list(folder.iterdir())) == 1
    assert plain(after)[: len(before)] == plain(before)
    assert len(after) < 40
    assert not (await ask(tasks, request)).is_cached


async def test_a_shared_job_goes_on_while_anybody_wants_it(tasks: TaskService, settings: Settings) -> None:
    request = {"seed": 10, "chunks": 40, "pace_s": 0.005}
    first, second = await ask(tasks, request), await ask(tasks, request)
    watching = asyncio.create_task(heard(tasks, first))
    async with at_work(settings):
        await heard(tasks, second, n=3)
        await tasks.cancel(*mine(first))
        assert plain(await heard(tasks, second)) == entries(request)
        with pytest.raises(TaskCancelledError):
            await watching
    assert (await tasks.status(*mine(first))).state == "cancelled"
    assert (await tasks.cancel(*mine(second))).state == "completed"  # too late


async def test_deleting_removes_the_files_that_nobody_else_has(tasks: TaskService, settings: Settings) -> None:
    request = {"seed": 11, "chunks": 5}
    upload, results = settings.foley_folder / "uploads" / VIDEO.name, settings.foley_folder / "results"
    async with at_work(settings):
        first, second = await ask(tasks, request), await ask(tasks, request)
        other = await ask(tasks, {**request, "seed": 12})
        for each in (first, second, other):
            await heard(tasks, each)
    await tasks.delete(*mine(first))
    with pytest.raises(TaskNotFoundError):
        await tasks.status(*mine(first))
    assert plain(await heard(tasks, second)) == entries(request)
    await tasks.delete(*mine(second))
    assert upload.exists()
    assert len(list(results.iterdir())) == 1
    await tasks.delete(*mine(other))
    assert not upload.exists()
    assert not list(results.iterdir())


async def test_deleting_ends_the_work_and_tells_who_watches(tasks: TaskService, settings: Settings) -> None:
    submitted = await ask(tasks, {"seed": 13, "chunks": 500, "pace_s": 0.01})
    async with at_work(settings):
        watching = asyncio.create_task(heard(tasks, submitted))
        await heard(tasks, submitted, n=5)
        await tasks.delete(*mine(submitted))
        with pytest.raises(TaskNotFoundError):
            await watching


@pytest.mark.parametrize(
    ("content", "request_", "error"),
    [
        (b"no video", {"seed": 1, "chunks": 5}, VideoUnreadableError),
        (b"a video", {"seed": 1, "chunks": 5, "breaks_at": 3}, InternalError),
    ],
)
async def test_work_that_fails_says_why_after_what_was_made(
    tasks: TaskService, settings: Settings, content: bytes, request_: dict[str, Any], error: type[WildtrackError]
) -> None:
    (settings.foley_folder / "uploads" / VIDEO.name).write_bytes(content)
    submitted = await ask(tasks, request_)
    found: list[Entry] = []
    async with at_work(settings):
        with pytest.raises(error):
            await collect(tasks, submitted, found)
    assert plain(found) == entries(request_)[: request_.get("breaks_at", 0)]
    status = await tasks.status(*mine(submitted))
    assert status.state == "failed"
    assert isinstance(status.error, error)


async def test_no_more_tasks_are_taken_than_may_wait(tasks: TaskService, settings: Settings) -> None:
    async with open_tasks(settings.model_copy(update={"foley_max_waiting": 2})) as small:
        await ask(small, {"seed": 1, "chunks": 1})
        await small.submit_url("http://127.0.0.1/a", {"seed": 2, "chunks": 1}, "version 1", "somebody")
        with pytest.raises(TooManyTasksError) as refused:
            await small.submit_url("http://127.0.0.1/a", {"seed": 2, "chunks": 1}, "version 1", "somebody")
        assert refused.value.retry_after_s


async def test_a_video_that_is_elsewhere_is_fetched_first(tasks: TaskService, settings: Settings) -> None:
    (settings.foley_folder / "uploads" / "fetched").write_bytes(b"a video")
    request = {"seed": 14, "chunks": 5}
    submitted = await tasks.submit_url("http://127.0.0.1/video", request, "version 1", "somebody")
    assert submitted.task.state == "pending"
    assert json.loads(submitted.task.request) == request
    missing = await tasks.submit_url("http://127.0.0.1/missing", request, "version 1", "somebody")
    async with at_work(settings):
        assert plain(await heard(tasks, submitted)) == entries(request)
        with pytest.raises(VideoUnreadableError):
            await heard(tasks, missing)
    assert (await tasks.status(*mine(missing))).state == "failed"
    assert (await tasks.status(*mine(submitted))).source == "fetched"
    same = Source("fetched", "digest of what was fetched")
    assert (await tasks.submit(same, request, "version 1", "somebody")).is_cached


async def test_of_equal_uploads_one_is_kept(tasks: TaskService, settings: Settings) -> None:
    request, uploads = {"seed": 1, "chunks": 1}, settings.foley_folder / "uploads"
    await ask(tasks, request)
    (uploads / "second").write_bytes(b"a video")
    await tasks.submit(Source("second", VIDEO.digest), request, "version 1", "somebody")
    assert [path.name for path in uploads.iterdir()] == [VIDEO.name]


async def test_an_upload_that_is_gone_is_said_at_once(tasks: TaskService, settings: Settings) -> None:
    (settings.foley_folder / "uploads" / VIDEO.name).unlink()
    with pytest.raises(WildtrackError, match="send it again"):
        await ask(tasks, {"seed": 1, "chunks": 1})


def test_a_chunk_is_100_ms() -> None:
    assert len(chunk(0, 0)) == CHUNK_BYTES == 4800 * 2 * 2


async def test_what_goes_on_is_counted_once(tasks: TaskService, settings: Settings) -> None:
    request = {"seed": 15, "chunks": 20}
    first, second = await ask(tasks, request), await ask(tasks, request)
    await ask(tasks, {**request, "seed": 16, "breaks_at": 2})
    assert (await tasks.figures()).pending == 2
    async with at_work(settings):
        await heard(tasks, first)
        await heard(tasks, second)
        async with asyncio.timeout(5):
            while not (await tasks.figures()).ended["failed"]:
                await asyncio.sleep(0.01)
    figures = await tasks.figures()
    assert (figures.pending, figures.processing, figures.log_bytes) == (0, 0, 0)
    assert figures.ended == {"completed": 1, "failed": 1, "cancelled": 0}
    assert figures.sound_s == pytest.approx(2.0)
    assert figures.cpu_s > 0


async def test_without_any_worker_nothing_is_promised(settings: Settings) -> None:
    async with open_tasks(settings.model_copy(update={"foley_worker_wait_s": 0.2})) as tasks:
        with pytest.raises(FoleyUnavailableError):
            await ask(tasks, {"seed": 1, "chunks": 1})
        with pytest.raises(FoleyUnavailableError):
            await tasks.submit_url("http://127.0.0.1/a", {"seed": 2, "chunks": 1}, "version 1", "somebody")
    async with open_tasks(settings.model_copy(update={"foley_worker_wait_s": 10})) as tasks:
        asking = asyncio.create_task(ask(tasks, {"seed": 1, "chunks": 1}))
        await asyncio.sleep(0.1)
        assert not asking.done()
        async with at_work(settings):
            await heard(tasks, await asking)
