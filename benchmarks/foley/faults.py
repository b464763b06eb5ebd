"""`foley-faults`: a worker is killed with -9 thirty times over sixty tasks. Is any lost, is any changed by one bit?"""

import asyncio
import hashlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from benchmarks.foley.falling import film
from benchmarks.foley.own_store import environment_of, own_store
from benchmarks.machine import ROOT
from benchmarks.report import Report, Target, progress
from server.engines.foley.backend import FoleyRequest
from server.engines.foley.plugins import backend_version
from server.errors import WildtrackError
from server.settings import Settings
from server.tasks.service import TaskService
from server.tasks.state import Credential, Source
from server.tasks.wiring import open_tasks
from server.tasks.work import job_of

TASKS = 60
KILLS = 30
AT_ONCE = 6
"""Tasks that are watched while they are made; the others wait."""
SHORTEST_S, LONGEST_S = 4.0, 12.0
_DESCRIPTIONS = ("", "a ball bounces on wood, rain", "footsteps on gravel, birds", "金属球落地，风声", "drops of water")
_KILL_BETWEEN_S = (0.3, 1.5)
_LONGEST_RUN_S = 1800.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One task."""

    number: int
    source: Source
    request: FoleyRequest


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a watcher has heard of it from the first entry to the last."""

    digest: str
    """Of all entries in their order; or what it failed with."""
    n_entries: int
    sound_s: float


def run() -> Report:
    """All of it undisturbed, then all of it again from nothing with kills."""
    with own_store() as settings:
        asked = _filmed(settings)
        progress("undisturbed")
        calm, _ = asyncio.run(_made(settings, asked, kills=0))
    with own_store() as settings:
        asked = _filmed(settings)
        progress(f"with {KILLS} kills")
        shaken, kills = asyncio.run(_made(settings, asked, kills=KILLS))
    completed = sum(each.n_entries > 0 for each in shaken)
    equal = sum(mine == theirs for mine, theirs in zip(calm, shaken, strict=True))
    sound_s = sum(each.sound_s for each in shaken)
    return Report(
        name="foley-faults",
        title="Foley's worker killed with -9 in the middle",
        columns=("tasks", "sound s", "kills", "lost", "byte-identical"),
        rows=[[str(TASKS), f"{sound_s:.0f}", str(kills), str(TASKS - completed), str(equal)]],
        targets=[
            Target("kills", str(KILLS), str(kills), kills == KILLS),
            Target("lost", "0", str(TASKS - completed), completed == TASKS),
            Target("byte-identical to an undisturbed one", str(TASKS), str(equal), equal == TASKS),
        ],
        notes=(
            f"The real worker with the real engine, two videos at once, under its keeper; {TASKS} videos of a bouncing "
            f"ball, {SHORTEST_S:.0f} to {LONGEST_S:.0f} s, {AT_ONCE} watched at once from their first entry on.",
            "A kill comes at a random moment after the worker has written something new; what a watcher heard, chunks "
            "and events in their order, is compared with what one heard of the same task without kills.",
        ),
        raw={"calm": [each.digest for each in calm], "shaken": [each.digest for each in shaken]},
    )


def _filmed(settings: Settings) -> list[Asked]:
    rng, asked = random.Random(5), []
    for number in range(TASKS):
        name = f"ball{number}"
        film(settings.foley_folder / "uploads" / name, number, rng.uniform(SHORTEST_S, LONGEST_S))
        request = FoleyRequest(description=_DESCRIPTIONS[number % len(_DESCRIPTIONS)], seed=number)
        asked.append(Asked(number, Source(name, name), request))
    return asked


async def _made(settings: Settings, asked: list[Asked], kills: int) -> tuple[list[Outcome], int]:
    room = asyncio.Semaphore(AT_ONCE)
    killed: list[float] = []
    with _kept(settings) as keeper:
        async with open_tasks(settings) as tasks:
            killing = asyncio.create_task(_kill(tasks, keeper, kills, killed))
            async with asyncio.timeout(_LONGEST_RUN_S):
                outcomes = await asyncio.gather(*(_heard(settings, tasks, each, room) for each in asked))
            killing.cancel()
            await asyncio.gather(killing, return_exceptions=True)
    return outcomes, len(killed)


async def _heard(settings: Settings, tasks: TaskService, asked: Asked, room: asyncio.Semaphore) -> Outcome:
    async with room:
        submitted = await tasks.submit(asked.source, job_of(asked.request), backend_version(settings), "benchmark")
        digest, n_entries, n_bytes = hashlib.sha256(), 0, 0
        try:
            async for entry in tasks.watch(submitted.task.id, Credential(submitted.token)):
                if entry.index != n_entries:
                    return Outcome("an entry came twice, or not at all", 0, 0.0)
                data = entry.pcm if entry.pcm is not None else json.dumps(entry.event, sort_keys=True).encode()
                digest.update(len(data).to_bytes(4, "little") + data)
                n_entries, n_bytes = n_entries + 1, n_bytes + len(entry.pcm or b"")
        except WildtrackError as error:
            return Outcome(error.code, 0, 0.0)
        return Outcome(digest.hexdigest(), n_entries, n_bytes / 192_000)


async def _kill(tasks: TaskService, keeper: int, kills: int, killed: list[float]) -> None:
    """Kill the worker again and again, each time after its successor has got on with the work; notes when."""
    rng = random.Random(6)
    while len(killed) < kills:
        before = (await tasks.figures()).log_bytes
        while (await tasks.figures()).log_bytes == before:  # noqa: ASYNC110 -- another process writes
            await asyncio.sleep(0.02)
        await asyncio.sleep(rng.uniform(*_KILL_BETWEEN_S))
        for worker in _workers(keeper):
            worker.kill()
            killed.append(time.monotonic())


def _workers(keeper: int) -> list[psutil.Process]:
    return [each for each in psutil.Process(keeper).children() if "worker" in each.cmdline()]


@contextmanager
def _kept(settings: Settings) -> Iterator[int]:
    """The real worker under its keeper; gives the keeper's process id."""
    environment = {**os.environ, **environment_of(settings)}
    with subprocess.Popen([sys.executable, "-m", "server.tasks.keeper"], cwd=ROOT, env=environment) as process:
        try:
            yield process.pid
        finally:
            process.terminate()
