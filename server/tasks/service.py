"""TaskService: what the doors ask of tasks: who may, what is there already, a stream of entries for each watcher."""

import asyncio
import hashlib
import json
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from server.errors import (
    FoleyUnavailableError,
    TaskCancelledError,
    TaskNotFoundError,
    TooManyTasksError,
    WildtrackError,
)
from server.stores.client import store_errors
from server.tasks import tokens
from server.tasks.feed import Feed, Feeds, file_errors
from server.tasks.files import Files
from server.tasks.segments import SEGMENT_ENTRIES, read_header
from server.tasks.state import (
    BYTES_PER_SAMPLE,
    CANCELLED_MESSAGE,
    Credential,
    Entry,
    Source,
    State,
    Submitted,
    Task,
    error_of,
)
from server.tasks.store import Figures, Held, Job, Outcome, TaskStore

TICKET_LIFE_S: Final = 600.0
_BUSY_RETRY_S: Final = 10.0
_LOOK_EVERY_S: Final = 1.0
"""How often a watcher makes sure that its task is still wanted."""
_LOOK_OFTEN_S: Final = 0.1
_DELETED_MESSAGE: Final = "There is no such task: it has expired, was deleted, or the token is not its own."


@dataclass(frozen=True, slots=True)
class TaskLimits:
    """What is let in, and how long it is kept."""

    max_active: int
    """Jobs that wait or are being made."""
    max_log_bytes: int
    """Of sound in the store; beyond it nothing new is taken."""
    retention_s: float
    worker_wait_s: float
    """How long whoever asks waits for a worker to be there; 0 asks for none."""


class TaskService:
    """Foley's tasks, as one gateway sees them."""

    def __init__(
        self,
        store: TaskStore,
        files: Files,
        limits: TaskLimits,
        *,
        enqueue: Callable[[str], Awaitable[None]],
        enqueue_fetch: Callable[[str], Awaitable[None]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`enqueue` hands a job to some worker, `enqueue_fetch` a task whose video is elsewhere; both may be repeated.

        `clock` gives Unix time.
        """
        self._store = store
        self._files = files
        self._limits = limits
        self._enqueue = enqueue
        self._enqueue_fetch = enqueue_fetch
        self._clock = clock
        self._feeds = Feeds(store, files, clock)

    async def aclose(self) -> None:
        """Nobody asks any more."""
        await self._feeds.aclose()

    async def submit(
        self,
        source: Source,
        request: dict[str, Any],
        version: str,
        owner: str,
        *,
        may_share: bool = True,
        notes: dict[str, Any] | None = None,
    ) -> Submitted:
        """Ask for a video's sound.

        Args:
            source: the upload.
            request: JSON, all that decides how it will sound; it may hold a timeline.
            version: of everything that makes the sound; what another one made is not given again.
            owner: who asks; see `Credential`.
            may_share: whether what is made or was made for an equal request may be given.
            notes: JSON that is kept with the task and changes nothing of the sound.

        Raises:
            TooManyTasksError: as many are being made, or wait, as may.
            FoleyUnavailableError: the store, the upload or any worker is not there.
        """
        if not self._files.has(source):
            raise FoleyUnavailableError("The video is not there any more; send it again.")
        task, now_s = _new_id(), self._clock()
        with store_errors():
            await self._wait_for_worker()
            token, expires_s = await self._token(task, now_s)
            outcome, job = await self._submitted(
                task,
                content_of(source, request, version, may_share),
                source,
                request,
                token,
                owner,
                now_s,
                expires_s,
                notes=json.dumps(notes or {}, ensure_ascii=False),
            )
            if outcome != "new" and not await self._store.is_upload_wanted(source.name):
                await asyncio.to_thread(self._files.remove_upload, source.name)  # there is an equal one
            _let_in(outcome)
            if outcome != "cached":
                await self._enqueue(job)  # also of a shared one: whoever made it may have died before
            held = await self._held(task)
            return Submitted(await self._task(task, held), token)

    async def submit_url(
        self,
        url: str,
        request: dict[str, Any],
        version: str,
        owner: str,
        *,
        may_share: bool = True,
        notes: dict[str, Any] | None = None,
    ) -> Submitted:
        """Ask for the sound of a video that a worker fetches first; the rest is as with `submit`.

        Raises:
            TooManyTasksError: as many are being made, or wait, as may.
            FoleyUnavailableError: the store or any worker is not there.
        """
        task, now_s = _new_id(), self._clock()
        fetch = json.dumps({"url": url, "request": request, "version": version, "may_share": may_share})
        with store_errors():
            await self._wait_for_worker()
            token, expires_s = await self._token(task, now_s)
            outcome = await self._store.submit_url(
                task,
                digest=tokens.digest(token),
                owner=owner,
                now_s=now_s,
                expires_s=expires_s,
                fetch=fetch,
                max_active=self._limits.max_active,
                max_bytes=self._limits.max_log_bytes,
                notes=json.dumps(notes or {}, ensure_ascii=False),
            )
            _let_in(outcome)
            await self._enqueue_fetch(task)
            held = await self._held(task)
            return Submitted(await self._task(task, held), token)

    async def status(self, task: str, credential: Credential) -> Task:
        """Where a task stands; who asks keeps it going.

        Raises:
            TaskNotFoundError: there is none, or the credential does not open it; which, nobody is told.
            FoleyUnavailableError: the store cannot be reached.
        """
        with store_errors():
            held = await self._opened(task, credential)
            if held.job:
                await self._store.seen(held.job, self._clock())
            return await self._task(task, held)

    async def events(self, task: str, credential: Credential) -> list[dict[str, Any]]:
        """The JSON of all entries so far, in order: timelines, warnings, progress.

        Raises:
            as `status`.
        """
        with store_errors():
            held = await self._opened(task, credential)
            job = await self._store.job(held.job) if held.job else None
            if job is None:
                return []
            await self._store.seen(job.id, self._clock())
            if job.state in ("pending", "processing"):
                return await self._store.events(job.id)
        with file_errors():
            return await asyncio.to_thread(self._events_in_files, job)

    async def watch(
        self, task: str, credential: Credential, from_index: int = 0, from_sample: int = 0
    ) -> AsyncGenerator[Entry, None]:
        """All entries from `from_index` on, as they are made, to the end.

        Chunks whose sound ends at or before `from_sample` (per channel, counted from entry `from_index`) are left out.
        Whoever does not read to the end closes it (`contextlib.aclosing`).

        Raises:
            TaskNotFoundError: there is no such task, or it was deleted meanwhile.
            TaskCancelledError: it was cancelled; what was made of it has been given.
            WildtrackError: what it failed with, after what was made.
            FoleyUnavailableError: the store cannot be reached.
        """
        with store_errors():
            held = await self._opened(task, credential)
            held = await self._fetched(task, held)
        if held.job:
            async with self._feeds.watching(held.job) as feed:
                async for entry in self._entries(task, held.job, feed, from_index, from_sample):
                    yield entry
        with store_errors():
            ended = await self._task(task, await self._held(task))
        if ended.error is not None:
            raise ended.error

    async def cancel(self, task: str, credential: Credential) -> Task:
        """End a task; what was made stays. One that has ended before stays as it is.

        Raises:
            as `status`.
        """
        with store_errors():
            await self._opened(task, credential, for_change=True)
            await self._store.cancel(task, self._clock(), _cancelled_error())
            return await self._task(task, await self._held(task))

    async def delete(self, task: str, credential: Credential) -> None:
        """Forget a task, and the files that no other task has.

        Raises:
            as `status`.
        """
        with store_errors():
            await self._opened(task, credential, for_change=True)
            job, upload = await self._store.delete(task, self._clock(), _cancelled_error())
        if job:
            await asyncio.to_thread(self._files.remove_result, job)
        if upload:
            await asyncio.to_thread(self._files.remove_upload, upload)

    async def ticket(self, task: str, credential: Credential, *, for_reader: bool = False) -> str:
        """What reads this one task for TICKET_LIFE_S, in a URL.

        `for_reader`: a ticket will do as credential, of somebody who had it before the work was done.

        Raises:
            as `status`.
        """
        with store_errors():
            await self._opened(task, credential, for_change=not for_reader)
            return tokens.mint(await self._store.secret(), task, "ticket", self._clock() + TICKET_LIFE_S)

    async def figures(self) -> Figures:
        """What goes on, and what has, on all nodes.

        Raises:
            FoleyUnavailableError: the store cannot be reached.
        """
        with store_errors():
            return await self._store.figures()

    async def open(self, task: str, credential: Credential, *, for_change: bool = False) -> None:
        """Make sure that the credential opens a task; a ticket opens it for reading alone.

        Raises:
            as `status`.
        """
        with store_errors():
            await self._opened(task, credential, for_change=for_change)

    async def bind(self, task: str, source: Source) -> None:
        """The video of a task made by `submit_url` is here now.

        Raises:
            WildtrackError: it cannot be made all the same; which, the task says.
        """
        with store_errors():
            held = await self._store.held(task)
            if held is None or not held.fetch:
                return
            fetch, now_s = json.loads(held.fetch), self._clock()
            content = content_of(source, fetch["request"], fetch["version"], fetch["may_share"])
            outcome, job = await self._submitted(
                task, content, source, fetch["request"], "", held.owner, now_s, now_s, is_fetched=True
            )
            if outcome != "new" and not await self._store.is_upload_wanted(source.name):
                await asyncio.to_thread(self._files.remove_upload, source.name)
            _let_in(outcome)
            if outcome in ("new", "shared"):
                await self._enqueue(job)

    async def _submitted(
        self,
        task: str,
        content: str,
        source: Source,
        request: dict[str, Any],
        token: str,
        owner: str,
        now_s: float,
        expires_s: float,
        *,
        notes: str = "{}",
        is_fetched: bool = False,
    ) -> tuple[Outcome, str]:
        while True:
            outcome, job = await self._store.submit(
                task,
                digest=tokens.digest(token),
                owner=owner,
                now_s=now_s,
                expires_s=expires_s,
                content=content,
                source=source.name,
                request=json.dumps(request, ensure_ascii=False),
                max_active=self._limits.max_active,
                max_bytes=self._limits.max_log_bytes,
                notes=notes,
                is_fetched=is_fetched,
            )
            if outcome != "cached" or await asyncio.to_thread(self._files.result(job).is_dir):
                return outcome, job
            await self._store.drop(job)  # somebody has removed its files

    async def _wait_for_worker(self) -> None:
        now_s = asyncio.get_running_loop().time
        give_up_at_s = now_s() + self._limits.worker_wait_s
        while self._limits.worker_wait_s and not await self._store.has_worker():
            if now_s() > give_up_at_s:
                raise FoleyUnavailableError(
                    "Nobody makes sound for videos right now; try again in a moment.", retry_after_s=30.0
                )
            await asyncio.sleep(_LOOK_OFTEN_S)

    async def _token(self, task: str, now_s: float) -> tuple[str, float]:
        expires_s = now_s + self._limits.retention_s
        return tokens.mint(await self._store.secret(), task, "task", expires_s), expires_s

    async def _opened(self, task: str, credential: Credential, *, for_change: bool = False) -> Held:
        held = await self._store.held(task)
        if held is None:
            raise TaskNotFoundError(_DELETED_MESSAGE)
        if credential.owner is not None and secrets.compare_digest(credential.owner, held.owner):
            return held
        presented = credential.token or ""
        scope = tokens.verify(await self._store.secret(), task, presented, self._clock())
        if scope is None or (scope == "task" and not secrets.compare_digest(tokens.digest(presented), held.digest)):
            raise TaskNotFoundError(_DELETED_MESSAGE)
        if for_change and scope != "task":
            raise TaskNotFoundError(_DELETED_MESSAGE)
        return held

    async def _held(self, task: str) -> Held:
        held = await self._store.held(task)
        if held is None:
            raise TaskNotFoundError(_DELETED_MESSAGE)
        return held

    async def _fetched(self, task: str, held: Held) -> Held:
        """Wait until the task has a job, or will never have one."""
        while not (held.job or held.error or held.is_cancelled):
            await asyncio.sleep(_LOOK_OFTEN_S)
            held = await self._held(task)
        return held

    async def _task(self, task: str, held: Held) -> Task:
        job = await self._store.job(held.job) if held.job else None
        if held.job and job is None:
            raise TaskNotFoundError(_DELETED_MESSAGE)
        state, error = _stands(held, job)
        mine = Task(task, state, held.owner, held.created_s, error=error, is_cached=held.is_cached, notes=held.notes)
        if job is None:
            return replace(mine, request=json.dumps(json.loads(held.fetch)["request"], ensure_ascii=False))
        return replace(
            mine,
            n_entries=job.n,
            n_samples=job.n_samples,
            progress=job.progress,
            request=job.request,
            source=job.source,
        )

    async def _entries(
        self, task: str, job: str, feed: Feed, from_index: int, from_sample: int
    ) -> AsyncGenerator[Entry, None]:
        index, at_sample = from_index, 0
        now_s = asyncio.get_running_loop().time
        looked_s = now_s()
        while True:
            if now_s() - looked_s >= _LOOK_EVERY_S:
                looked_s = now_s()
                with store_errors():
                    if await self._store.is_cancelled(task):
                        return
            entry = feed.get(index)
            if entry is not None:
                entries = [entry]
            elif index < feed.next_index or feed.is_over:
                with store_errors():
                    entries = await self._feeds.read(job, index, from_sample, at_sample)
                if not entries and feed.is_lost:
                    raise FoleyUnavailableError("The store was away for too long; watch the task again in a moment.")
                if not entries and feed.is_over:
                    return
            else:
                entries = []
            if not entries:
                await feed.wait(_LOOK_EVERY_S)
            for entry in entries:
                index = entry.index + 1
                if entry.pcm is None:
                    yield entry
                    continue
                at_sample += len(entry.pcm) // BYTES_PER_SAMPLE
                if at_sample > from_sample or from_sample == 0:
                    yield entry

    def _events_in_files(self, job: Job) -> list[dict[str, Any]]:
        folder = self._files.result(job.id)
        n_segments = -(-job.spilled // SEGMENT_ENTRIES)
        segments = (read_header(folder, number) for number in range(n_segments))
        return [entry for segment in segments for entry in segment.entries if isinstance(entry, dict)]


def content_of(source: Source, request: dict[str, Any], version: str, may_share: bool) -> str:
    """The name of all that decides a job's bytes; its own name where it is not to be shared."""
    parts = [source.digest, version, json.dumps(request, sort_keys=True), "" if may_share else secrets.token_hex(16)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _stands(held: Held, job: Job | None) -> tuple[State, WildtrackError | None]:
    if held.is_cancelled:
        return "cancelled", TaskCancelledError(CANCELLED_MESSAGE)
    if held.error is not None:
        return "failed", error_of(held.error)
    if job is None:
        return "pending", None
    return job.state, None if job.error is None else error_of(job.error)


def _let_in(outcome: Outcome) -> None:
    if outcome in ("busy", "full"):
        raise TooManyTasksError(
            "As many videos are being given sound, or wait for it, as may; come back in a moment.",
            retry_after_s=_BUSY_RETRY_S,
        )


def _cancelled_error() -> str:
    return json.dumps(TaskCancelledError(CANCELLED_MESSAGE).as_dict())


def _new_id() -> str:
    """128 random bits, safe in URLs."""
    return secrets.token_urlsafe(16)
