"""TaskStore: what gateways and workers ask of the store, in their own words; each call is one of the scripts or a read.

`BlockingJobs` is the part that a rendering thread uses: it may wait for the store, and does, while that is restarted.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import redis.asyncio
from redis import Redis

from server.tasks import scripts
from server.tasks.scripts import KEY
from server.tasks.state import SAMPLE_RATE_HZ, Entry, State

Verdict = Literal["ok", "there", "lost", "over", "gap", "full", "differs"]
Outcome = Literal["new", "shared", "cached", "busy", "full", "gone"]

_READ_ENTRIES: Final = 64
"""1.2 MB of sound."""
MAX_CLAIMS: Final = 5
"""Workers that may die in a row at the same entry of a log before its job is given up."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's right to write a job's log, until another has a higher fence."""

    job: str
    fence: int
    n: int
    """Entries that are there already."""
    spilled: int
    """Of these, how many are in files."""
    request: str
    source: str


@dataclass(frozen=True, slots=True)
class Job:
    """What is made for one or more tasks."""

    id: str
    state: State
    n: int
    n_samples: int
    spilled: int
    progress: dict[str, Any] | None
    error: dict[str, Any] | None
    request: str
    source: str


@dataclass(frozen=True, slots=True)
class Held:
    """What one caller has."""

    digest: str
    owner: str
    created_s: float
    job: str
    """Empty while the video is being fetched."""
    is_cancelled: bool
    error: dict[str, Any] | None
    """Why the video could not be fetched."""
    fetch: str
    """JSON of what is to be fetched and made; empty where the video was uploaded."""
    is_cached: bool
    notes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """Of all gateways and workers of one store."""

    pending: int
    processing: int
    log_bytes: int
    """Of entries that are not in files yet."""
    ended: Mapping[str, int]
    """Jobs that are over, by their state."""
    sound_s: float
    """What they have in all."""
    cpu_s: float
    """What rendering threads have spent, those included whose work was lost."""


class TaskStore:
    """All of Foley's state, over one client of an event loop."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._client = client
        self._secret: bytes | None = None

    async def secret(self) -> bytes:
        """What signs tokens, the same for all processes of one store; 32 random bytes made at its first start."""
        if self._secret is None:
            await self._client.set(KEY + "secret", secrets.token_bytes(32), nx=True)
            self._secret = cast(bytes, await self._client.get(KEY + "secret"))
        return self._secret

    async def submit(
        self,
        task: str,
        *,
        digest: str,
        owner: str,
        now_s: float,
        expires_s: float,
        content: str,
        source: str,
        request: str,
        max_active: int,
        max_bytes: int,
        notes: str = "{}",
        is_fetched: bool = False,
    ) -> tuple[Outcome, str]:
        """Make a task, and a job for it unless there is one for the same content; gives how it went, and the job."""
        outcome, job = await self._run(
            scripts.SUBMIT,
            *(
                task,
                digest,
                owner,
                now_s,
                expires_s,
                content,
                source,
                request,
                max_active,
                max_bytes,
                int(is_fetched),
                notes,
            ),
        )
        return cast(Outcome, outcome.decode()), job.decode()

    async def submit_url(
        self,
        task: str,
        *,
        digest: str,
        owner: str,
        now_s: float,
        expires_s: float,
        fetch: str,
        max_active: int,
        max_bytes: int,
        notes: str,
    ) -> Outcome:
        """Make a task whose video is still to be fetched."""
        outcome = await self._run(
            scripts.SUBMIT_URL, task, digest, owner, now_s, expires_s, fetch, max_active, max_bytes, notes
        )
        return cast(Outcome, outcome.decode())

    async def fail_fetch(self, task: str, error: Mapping[str, Any]) -> None:
        """The task's video cannot be had."""
        await self._run(scripts.FAIL_FETCH, task, json.dumps(error))

    async def held(self, task: str) -> Held | None:
        """What a task is, or None."""
        fields = await _awaited(self._client.hgetall(f"{KEY}task:{task}"))
        if not fields:
            return None
        return Held(
            digest=fields[b"digest"].decode(),
            owner=fields[b"owner"].decode(),
            created_s=float(fields[b"created"]),
            job=fields.get(b"job", b"").decode(),
            is_cancelled=b"cancelled" in fields,
            error=_json(fields.get(b"error")),
            fetch=fields.get(b"fetch", b"").decode(),
            is_cached=fields.get(b"is_cached") == b"1",
            notes=json.loads(fields[b"notes"]),
        )

    async def job(self, job: str) -> Job | None:
        """Where a job stands, or None."""
        fields = await _awaited(self._client.hgetall(f"{KEY}job:{job}"))
        if b"state" not in fields:
            return None
        return Job(
            id=job,
            state=cast(State, fields[b"state"].decode()),
            n=int(fields[b"n"]),
            n_samples=int(fields[b"samples"]),
            spilled=int(fields[b"spilled"]),
            progress=_json(fields.get(b"progress")),
            error=_json(fields.get(b"error")),
            request=fields[b"request"].decode(),
            source=fields[b"source"].decode(),
        )

    async def is_cancelled(self, task: str) -> bool:
        """Whether a task was cancelled or is no more."""
        key = f"{KEY}task:{task}"
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.exists(key)
            pipe.hexists(key, "cancelled")
            exists, cancelled = await pipe.execute()
        return not exists or bool(cancelled)

    async def seen(self, job: str, now_s: float) -> None:
        """Somebody watches a job, or asks about it."""
        # Only where it is: a hash of one field would be a job that never ends.
        if await _awaited(self._client.exists(f"{KEY}job:{job}")):
            await _awaited(self._client.hset(f"{KEY}job:{job}", "seen", str(now_s)))

    async def read_log(self, job: str, index: int) -> list[Entry | None]:
        """Some entries from `index` on; None is the end. What is in files already is passed over."""
        found = await self._client.xrange(f"{KEY}job:{job}:log", min=f"0-{index + 1}", count=_READ_ENTRIES)
        return [_entry(*each) for each in cast(Any, found)]

    async def wait_log(self, job: str, index: int, block_ms: int) -> list[Entry | None]:
        """The same, waiting until there is one."""
        found = await self._client.xread({f"{KEY}job:{job}:log": f"0-{index}"}, count=_READ_ENTRIES, block=block_ms)
        if not found:
            return []
        ((_, entries),) = cast(Any, found)
        return [_entry(*each) for each in entries]

    async def events(self, job: str) -> list[dict[str, Any]]:
        """The JSON of all entries of a job that is not over."""
        return [json.loads(each) for each in await _awaited(self._client.lrange(f"{KEY}job:{job}:events", 0, -1))]

    async def claim(self, job: str, now_s: float, idle_s: float, idle_error: str, crash_error: str) -> Claim | None:
        """Take a job over from whoever had it; None where it is over."""
        fields = await self._run(scripts.CLAIM, job, now_s, idle_s, idle_error, MAX_CLAIMS, crash_error)
        if not fields:
            return None
        fence, n, spilled, request, source = fields
        return Claim(job, int(fence), int(n), int(spilled), request.decode(), source.decode())

    async def beat(
        self, claim: Claim, now_s: float, idle_s: float, idle_error: str, limit_s: float, limit_error: str
    ) -> Verdict:
        """The worker lives; whether it should go on."""
        return _verdict(
            await self._run(scripts.BEAT, claim.job, claim.fence, now_s, idle_s, idle_error, limit_s, limit_error)
        )

    async def end_if_idle(self, job: str, now_s: float, idle_s: float, error: str) -> bool:
        """End a job that nobody wants any more; True where it is over, for that reason or another."""
        return bool(await self._run(scripts.END_IF_IDLE, job, now_s, idle_s, error))

    async def cancel(self, task: str, now_s: float, error: str) -> None:
        """End a task, and its job where no other wants it."""
        await self._run(scripts.CANCEL, task, now_s, error)

    async def delete(self, task: str, now_s: float, error: str) -> tuple[str, str]:
        """Forget a task; gives the job and the upload that nobody has any more, or empty names."""
        job, upload = await self._run(scripts.DELETE, task, now_s, error)
        return job.decode(), upload.decode()

    async def reap(self, job: str) -> tuple[bool, str]:
        """Forget tasks of a job that have expired; gives whether the job went with them, and its upload if so."""
        is_removed, upload = await self._run(scripts.REAP, job)
        return bool(is_removed), upload.decode()

    async def drop(self, job: str) -> str:
        """Forget a job and all its tasks; gives its upload where no other job has it."""
        return cast(str, (await self._run(scripts.DROP, job)).decode())

    async def jobs(self) -> list[str]:
        """All jobs, those longest not asked for first."""
        return await self._names("jobs")

    async def active(self) -> list[str]:
        """The jobs that are not over, the oldest first."""
        return await self._names("active")

    async def fetching(self) -> list[str]:
        """The tasks whose video is not here yet."""
        return await self._names("fetching")

    async def is_upload_wanted(self, name: str) -> bool:
        """Whether any job has this upload."""
        return bool(await _awaited(self._client.exists(f"{KEY}source:{name}")))

    async def last_seen_s(self, job: str) -> float:
        """When somebody last watched a job or asked about it; 0 where there is none."""
        return float(await _awaited(self._client.hget(f"{KEY}job:{job}", "seen")) or 0)

    async def figures(self) -> Figures:
        """What goes on, and what has."""
        pending, processing, n_bytes, ended = await self._run(scripts.COUNT_BYTES)
        counts = {ended[at].decode(): float(ended[at + 1]) for at in range(0, len(ended), 2)}
        return Figures(
            pending=int(pending),
            processing=int(processing),
            log_bytes=int(n_bytes),
            ended={state: int(counts.get(state, 0)) for state in ("completed", "failed", "cancelled")},
            sound_s=counts.get("samples", 0) / SAMPLE_RATE_HZ,
            cpu_s=counts.get("cpu_s", 0),
        )

    async def spent(self, cpu_s: float) -> None:
        """A worker's thread has spent so much."""
        await _awaited(self._client.hincrbyfloat(KEY + "ended", "cpu_s", cpu_s))

    async def worker_is_here(self, for_s: float) -> None:
        """A worker lives, and says so again within `for_s`."""
        await self._client.set(KEY + "worker", b"", px=int(for_s * 1000))

    async def has_worker(self) -> bool:
        """Whether any worker lives, or did a moment ago."""
        return bool(await _awaited(self._client.exists(KEY + "worker")))

    async def take_turn(self, what: str, for_s: float) -> bool:
        """Whether this process is to do something that one is enough for; nobody else is within `for_s`."""
        return bool(await self._client.set(f"{KEY}turn:{what}", b"", nx=True, px=int(for_s * 1000)))

    async def _names(self, what: str) -> list[str]:
        found: Any = await self._client.zrange(KEY + what, 0, -1)
        return [each.decode() for each in found]

    async def _run(self, script: str, *arguments: str | float) -> Any:
        return await self._client.register_script(script)(args=list(arguments))


class BlockingJobs:
    """What a rendering thread asks of the store."""

    def __init__(self, client: Redis) -> None:
        self._append = client.register_script(scripts.APPEND)
        self._spill = client.register_script(scripts.SPILL)
        self._seal = client.register_script(scripts.SEAL)
        self._finish = client.register_script(scripts.FINISH)

    def append(
        self,
        claim: Claim,
        index: int,
        data: bytes,
        *,
        n_samples: int,
        is_event: bool,
        is_progress: bool,
        max_bytes: int,
    ) -> Verdict:
        """Add an entry, or find it there already."""
        kind = "e" if is_event else "c"
        arguments = (claim.job, claim.fence, index, kind, data, n_samples, int(is_progress), max_bytes)
        return _verdict(self._append(args=list(arguments)))

    def spill(self, claim: Claim, upto: int, n_bytes: int) -> Verdict:
        """Entries before `upto`, `n_bytes` more than before, are in files."""
        return _verdict(self._spill(args=[claim.job, claim.fence, upto, n_bytes]))

    def seal(self, claim: Claim, upto: int) -> Verdict:
        """The same, of a job that was ended."""
        return _verdict(self._seal(args=[claim.job, claim.fence, upto]))

    def finish(self, claim: Claim, state: State, now_s: float, error: str = "") -> Verdict:
        """The job is over."""
        return _verdict(self._finish(args=[claim.job, claim.fence, state, now_s, error]))


def _entry(stream_id: bytes, fields: dict[bytes, bytes]) -> Entry | None:
    index = int(stream_id.split(b"-")[1]) - 1
    if b"c" in fields:
        return Entry(index, pcm=fields[b"c"])
    return Entry(index, event=json.loads(fields[b"e"])) if b"e" in fields else None


def _verdict(answer: Any) -> Verdict:
    return cast(Verdict, answer.decode())


def _json(data: bytes | None) -> dict[str, Any] | None:
    return cast("dict[str, Any]", json.loads(data)) if data else None


async def _awaited(answer: Any) -> Any:
    """What redis-py types as if it might be there at once."""
    return await answer
