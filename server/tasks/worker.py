"""The worker: takes jobs from the queue and has their sound made in threads, while its event loop keeps their leases.

It may be killed at any moment. What it had in hand is then delivered to another, or to its successor, which makes it
again from the beginning and goes on where the log ends.
"""

import asyncio
import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import redis.asyncio
from docket import Docket, Worker
from redis import Redis
from redis.exceptions import RedisError

from server.errors import (
    FoleyUnavailableError,
    InternalError,
    TaskCancelledError,
    TaskTimeoutError,
    WildtrackError,
)
from server.logs import frames_of, get_logger
from server.tasks.files import Files
from server.tasks.janitor import Janitor
from server.tasks.log import LeaseLostError, LostEntriesError, TaskLog, Work, WorkStoppedError
from server.tasks.queue import Queue, fetch_queue, make_queue
from server.tasks.service import TaskService
from server.tasks.state import IDLE_MESSAGE, TIMEOUT_MESSAGE, Source
from server.tasks.store import BlockingJobs, Claim, TaskStore

Fetch = Callable[[str], Awaitable[Source]]
"""Gets the video at a URL into the folder of uploads; raises a WildtrackError that says what is wrong with it."""

LEASE: Final = timedelta(seconds=3)
"""A worker that is not heard of for so long has lost what it had in hand."""
_CHECK_JOBS_EVERY: Final = timedelta(milliseconds=50)
_CHECK_FETCHES_EVERY: Final = timedelta(milliseconds=200)
_BEAT_EVERY_S: Final = 0.2
_MAX_RESTARTS: Final = 3
_HERE_FOR_S: Final = 30.0
"""Longer than a worker takes to be started again."""
_FETCHES: Final = 4
"""Videos that are fetched at once, besides jobs: they wait for the network, not for a core."""
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WorkLimits:
    """What a worker may take."""

    jobs: int
    """At once."""
    max_log_bytes: int
    """In all logs of the store together."""
    idle_timeout_s: float
    time_limit_s: float
    disk_bytes: int
    """Uploads and results together."""


class FoleyWorker:
    """One process's share of the work."""

    def __init__(
        self,
        url: str,
        *,
        client: redis.asyncio.Redis,
        blocking_client: Redis,
        files: Files,
        work: Work,
        fetch: Fetch,
        service: TaskService,
        queue: Queue,
        limits: WorkLimits,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._url = url
        self._client = client
        self._store = TaskStore(client)
        self._jobs = BlockingJobs(blocking_client)
        self._files = files
        self._work = work
        self._fetch = fetch
        self._service = service
        self._limits = limits
        self._clock = clock
        self._janitor = Janitor(
            self._store,
            files,
            queue,
            disk_bytes=limits.disk_bytes,
            idle_timeout_s=limits.idle_timeout_s,
            clock=clock,
        )
        self._threads = ThreadPoolExecutor(limits.jobs, "render")
        self._stopping = threading.Event()

    async def run(self) -> None:
        """Work until cancelled. What is in hand then is left for another."""
        self._files.make()
        # The supervisor is the same when a worker has died and another is started: the name says whose successor it is.
        name = f"{socket.gethostname()}#{os.getppid()}"
        makes, fetches = make_queue(self._url, self.make), fetch_queue(self._url, self.fetch)
        try:
            async with makes, fetches, AsyncExitStack() as stack, asyncio.TaskGroup() as group:
                group.create_task(self._janitor.run(), name="janitor")
                group.create_task(self._be_here(), name="presence")
                for docket, at_once, every in (
                    (makes, self._limits.jobs, _CHECK_JOBS_EVERY),
                    (fetches, _FETCHES, _CHECK_FETCHES_EVERY),
                ):
                    await _inherit(self._client, docket.stream_key, docket.worker_group_name, name)
                    worker = await stack.enter_async_context(_worker(docket, name, at_once, every))
                    group.create_task(worker.run_forever(), name=docket.name)
        finally:
            self._stopping.set()
            self._threads.shutdown(wait=False, cancel_futures=True)

    def stop(self) -> None:
        """Have all threads end what they do at the next entry; called before `run` is cancelled."""
        self._stopping.set()

    async def make(self, job: str) -> None:
        """Make a job's sound, or the rest of it."""
        for _ in range(_MAX_RESTARTS):
            claim = await self._store.claim(
                job, self._clock(), self._limits.idle_timeout_s, _idle_error(), _crash_error()
            )
            if claim is None or await self._made(claim):
                return
        # The janitor finds it again, until its claims are used up.

    async def fetch(self, task: str) -> None:
        """Get a task's video."""
        held = await self._store.held(task)
        if held is None or held.job or held.error or held.is_cancelled:
            return
        try:
            source = await self._fetch(json.loads(held.fetch)["url"])
            await self._service.bind(task, source)
        except WildtrackError as error:
            await self._store.fail_fetch(task, error.as_dict())
        except RedisError:
            raise
        except Exception as error:
            _log.error("fetch broke off", task=task, error=type(error).__name__, frames=frames_of(error))
            await self._store.fail_fetch(task, InternalError("The video could not be fetched; try again.").as_dict())

    async def _be_here(self) -> None:
        """Have gateways know that somebody works."""
        while not self._stopping.is_set():
            with contextlib.suppress(RedisError):
                await self._store.worker_is_here(_HERE_FOR_S)
            await asyncio.sleep(_HERE_FOR_S / 6)

    async def _made(self, claim: Claim) -> bool:
        """Whether the job is over, or not ours any more; False where it is to be begun again."""
        over = threading.Event()
        started_s, cpu_s = time.monotonic(), 0.0

        def render() -> str:
            nonlocal cpu_s
            before_s = time.thread_time()
            try:
                return self._render(claim, over)
            finally:
                cpu_s = time.thread_time() - before_s

        rendering = asyncio.get_running_loop().run_in_executor(self._threads, render)
        beating = asyncio.create_task(self._beat(claim, over))
        try:
            # A thread cannot be cancelled: it is told, and its end is waited for.
            outcome = await asyncio.shield(rendering)
        except asyncio.CancelledError:
            over.set()
            with contextlib.suppress(Exception):
                await rendering
            raise
        finally:
            beating.cancel()
        with contextlib.suppress(RedisError):
            await self._store.spent(cpu_s)
        _log.info(
            "job",
            job=claim.job,
            outcome=outcome,
            fence=claim.fence,
            from_entry=claim.n,
            took_s=round(time.monotonic() - started_s, 3),
            cpu_s=round(cpu_s, 3),
        )
        if self._stopping.is_set() and outcome == "stopped":
            raise asyncio.CancelledError  # so that it is not taken for done
        return outcome != "again"

    def _render(self, claim: Claim, over: threading.Event) -> str:
        """In a thread: what has come of it, in a word."""

        def stopped() -> bool:
            return over.is_set() or self._stopping.is_set()

        log = TaskLog(claim, self._jobs, self._files, self._limits.max_log_bytes, stopped)
        try:
            self._work(claim.request, str(self._files.upload(claim.source)), log, stopped)
            if stopped():  # it may end without a word where it is told to
                raise WorkStoppedError
            log.finish(self._clock())
        except LeaseLostError:
            return "lost"
        except WorkStoppedError:
            self._seal(log)
            return "stopped"
        except LostEntriesError:
            return "again"
        except RedisError:
            # Its client has waited for the store for long; the queue delivers the job again when it is back.
            return "stopped" if self._stopping.is_set() else "again"
        except Exception as error:
            return self._broke(claim, log, stopped, error)
        return "completed"

    def _broke(self, claim: Claim, log: TaskLog, stopped: Callable[[], bool], error: Exception) -> str:
        if stopped():  # what is stopped may break in any way
            self._seal(log)
            return "stopped"
        if not isinstance(error, WildtrackError):
            _log.error("job broke off", job=claim.job, error=type(error).__name__, frames=frames_of(error))
        told = _told(error)
        with contextlib.suppress(RedisError):
            self._jobs.finish(claim, "failed", self._clock(), json.dumps(told.as_dict()))
        self._seal(log)
        return told.code

    def _seal(self, log: TaskLog) -> None:
        """What was heard stays, if it can."""
        if not self._stopping.is_set():
            with contextlib.suppress(OSError, RedisError):
                log.seal()

    async def _beat(self, claim: Claim, over: threading.Event) -> None:
        """Say that the job is being made, and hear whether it is still wanted."""
        while not over.is_set():
            await asyncio.sleep(_BEAT_EVERY_S)
            with contextlib.suppress(RedisError):
                verdict = await self._store.beat(
                    claim,
                    self._clock(),
                    self._limits.idle_timeout_s,
                    _idle_error(),
                    self._limits.time_limit_s,
                    json.dumps(TaskTimeoutError(TIMEOUT_MESSAGE).as_dict()),
                )
                if verdict != "ok":
                    over.set()


def _worker(docket: Docket, name: str, at_once: int, check_every: timedelta) -> Worker:
    return Worker(
        docket,
        name=name,
        concurrency=at_once,
        redelivery_timeout=LEASE,
        reconnection_delay=timedelta(seconds=0.5),
        minimum_check_interval=check_every,
        schedule_automatic_tasks=False,
    )


async def _inherit(client: redis.asyncio.Redis, stream: str, group: str, name: str) -> None:
    """Take what a predecessor of this name had in hand for abandoned at once, not only when its lease has run out."""
    with contextlib.suppress(redis.exceptions.ResponseError):  # there is no queue yet
        pending: Any = await client.xpending_range(stream, group, "-", "+", 1000, consumername=name)
        if pending:
            ids = [each["message_id"] for each in pending]
            idle_ms = int(10 * LEASE.total_seconds() * 1000)
            await client.xclaim(stream, group, name, min_idle_time=0, message_ids=ids, idle=idle_ms, justid=True)


def _told(error: Exception) -> WildtrackError:
    """What those who wait for a job are told of what broke it."""
    if isinstance(error, WildtrackError):
        return error
    if isinstance(error, OSError):
        return FoleyUnavailableError("There is no room to keep the sound, or its video is gone; try again later.")
    return InternalError("Something broke while the sound was made; try again.")


def _idle_error() -> str:
    return json.dumps(TaskCancelledError(IDLE_MESSAGE).as_dict())


def _crash_error() -> str:
    return json.dumps(InternalError("Making the sound broke off again and again; try another video.").as_dict())
