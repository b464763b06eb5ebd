"""Work that is quick and deterministic, in place of an engine: noise from a seed, and an event now and then.

As a program it is a worker that can be killed: `toy_work.py STORE_URL FOLDER [LOG_BYTES]`.
"""

import asyncio
import contextlib
import json
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import numpy as np

from server.errors import VideoUnreadableError
from server.settings import Settings
from server.tasks.log import TaskLog
from server.tasks.state import Source
from server.tasks.wiring import open_worker

CHUNK_BYTES = 19_200
VIDEO = Source("upload-1", "digest-1")


def chunk(seed: int, number: int) -> bytes:
    rng = np.random.default_rng([seed, number])
    return rng.integers(-2000, 2000, CHUNK_BYTES // 2, dtype=np.int16).tobytes()


def entries(request: dict[str, Any]) -> list[bytes | dict[str, Any]]:
    """What the work writes, all of it."""
    made: list[bytes | dict[str, Any]] = [{"type": "progress", "step": "analysing", "percent": 0, "message": "开始。"}]
    for number in range(request["chunks"]):
        if number % 10 == 0:
            made.append({"type": "timeline", "until_s": number / 10 + 1, "events": []})
        made.append(chunk(request["seed"], number))
    return made


def work(request_json: str, source: str, log: TaskLog, cancelled: Callable[[], bool]) -> None:
    request = json.loads(request_json)
    if Path(source).read_bytes() == b"no video":
        raise VideoUnreadableError("This is no video.")
    for index, entry in enumerate(entries(request)):
        if index == request.get("breaks_at"):
            raise RuntimeError("a bug")
        if index == request.get("changes_at") and log._claim.fence > 1:
            entry = bytes(CHUNK_BYTES)
        if isinstance(entry, bytes):
            log.append_chunk(index, entry)
            time.sleep(request.get("pace_s", 0))
        else:
            log.append_event(index, entry)
    while request.get("hangs") and not cancelled():
        time.sleep(0.01)


async def fetch(url: str) -> Source:
    if "missing" in url:
        raise VideoUnreadableError("There is nothing at this address.")
    await asyncio.sleep(0.05)
    return Source("fetched", "digest of what was fetched")


@contextlib.asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[None]:
    """A worker in this process, until the block ends."""
    async with open_worker(settings, work, fetch) as worker:
        running = asyncio.create_task(worker.run())
        try:
            yield
        finally:
            worker.stop()
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running


async def main() -> None:
    url, folder = sys.argv[1:3]
    settings = Settings(store_url=url, foley_dir=Path(folder), foley_idle_timeout_s=60)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with at_work(settings):
        print("at work", flush=True)
        await stop.wait()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    asyncio.run(main())
