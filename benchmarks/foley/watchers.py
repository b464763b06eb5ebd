"""`foley-watchers`: how much later than one do fifty watchers of a live task hear each chunk, over Socket.IO?"""

import asyncio
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import aiohttp

from benchmarks.foley.clockwork import written_s
from benchmarks.foley.own_store import environment_of, own_store
from benchmarks.load.wire import Wire
from benchmarks.machine import ROOT
from benchmarks.measuring import percentile
from benchmarks.report import Report, Target, at_most, progress
from benchmarks.servers import RunningServer, child, free_port
from server.settings import Settings
from server.tasks.state import Credential, Source, Submitted
from server.tasks.wiring import open_tasks

WATCHERS = 50
CHUNKS = 300
WARM_UP_CHUNKS = 20
WANTED_ADDED_MS = 30.0
_VIDEO = Source("video", "digest")


def run() -> Report:
    """Watch one task alone, then one with fifty."""
    rows, raw = [], {}
    with own_store() as settings, _gateway(settings) as server, _worker(settings):
        for n in (1, WATCHERS):
            progress(f"{n} watching over Socket.IO")
            late_ms, same = asyncio.run(_watched(settings, server.url, n))
            if not same:
                raise SystemExit("Not all watchers heard the same.")
            raw[str(n)] = late_ms
            cells = [f"{percentile(late_ms, each):.1f}" for each in (50, 95, 99, 100)]
            rows.append([str(n), *cells, str(len(late_ms))])
    added_ms = percentile(raw[str(WATCHERS)], 99) - percentile(raw["1"], 50)
    return Report(
        name="foley-watchers",
        title="Watchers of one live Foley task",
        columns=("watchers", "p50 ms", "p95 ms", "p99 ms", "max ms", "chunks heard"),
        rows=rows,
        targets=[
            at_most(f"p99 of {WATCHERS} over the median of one", added_ms, WANTED_ADDED_MS, " ms", digits=1),
            Target("all heard the same bytes", "yes", "yes", True),
        ],
        notes=(
            "From the moment a worker hands a chunk to the store until a client has it: worker, store, gateway and "
            "clients are processes of their own on one machine; a chunk of 19.2 kB every 100 ms, acknowledged.",
            f"The first {WARM_UP_CHUNKS} chunks of each run are not counted.",
        ),
        raw={"late_ms": raw},
    )


async def _watched(settings: Settings, url: str, n: int) -> tuple[list[float], bool]:
    """How late each chunk came to each watcher, in ms, and whether all heard the same."""
    await asyncio.to_thread((settings.foley_folder / "uploads" / _VIDEO.name).write_bytes, b"no video")
    async with aiohttp.ClientSession() as http, open_tasks(settings) as tasks:
        wires = [await Wire.open(http, url) for _ in range(n)]
        submitted = await tasks.submit(_VIDEO, {"chunks": CHUNKS, "n": n}, "clockwork", "benchmark")
        heard = await asyncio.gather(*(_listen(wire, submitted) for wire in wires))
        for wire in wires:
            await wire.close()
        await tasks.delete(submitted.task.id, Credential(submitted.token))
    late_ms = [late for each, _ in heard for late in each[WARM_UP_CHUNKS:]]
    return late_ms, len({digest for _, digest in heard}) == 1 and len(heard[0][0]) == CHUNKS


async def _listen(wire: Wire, submitted: Submitted) -> tuple[list[float], str]:
    loop, digest = asyncio.get_running_loop(), hashlib.sha256()
    late_ms: list[float] = []
    done: asyncio.Future[None] = loop.create_future()

    def on_audio(_: dict[str, object], pcm: bytes) -> None:
        late_ms.append(1000 * (loop.time() - written_s(pcm)))  # loop.time() is time.monotonic()
        digest.update(pcm)

    def on_event(name: str, _: dict[str, object]) -> None:
        if name in ("done", "error") and not done.done():
            done.set_result(None)

    wire.on_audio, wire.on_event = on_audio, on_event
    answer = await wire.call("watch", {"task_id": submitted.task.id, "token": submitted.token})
    if "error" in answer:
        raise SystemExit(f"watch was refused: {answer['error']['code']}")
    async with asyncio.timeout(CHUNKS * 0.1 + 60):
        await done
    return late_ms, digest.hexdigest()


def _gateway(settings: Settings) -> AbstractContextManager[RunningServer]:
    port = free_port()
    command = [sys.executable, "-m", "server", "--role", "gateway", "--port", str(port)]
    return child(command, port, "/readyz", environment_of(settings))


@contextmanager
def _worker(settings: Settings) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.foley.clockwork", settings.store_url, str(settings.data_dir)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            yield
        finally:
            process.kill()
