"""A worker in real time whose sound says when it was written: `python -m benchmarks.foley.clockwork URL FOLDER`."""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from server.settings import Settings
from server.tasks.log import TaskLog
from server.tasks.state import Source
from server.tasks.wiring import open_worker

CHUNK_S = 0.1
CHUNK_BYTES = 19_200


def written_s(pcm: bytes) -> float:
    """When a chunk was handed to the store, on the clock that all processes of a machine share (time.monotonic)."""
    return int.from_bytes(pcm[:8], "little") / 1e9


def work(request: str, _: str, log: TaskLog, cancelled: Callable[[], bool]) -> None:
    """Noise, a chunk every 100 ms."""
    noise = np.random.default_rng(0).integers(-3000, 3000, CHUNK_BYTES // 2, dtype=np.int16).tobytes()
    began_s = time.monotonic()
    for index in range(json.loads(request)["chunks"]):
        time.sleep(max(0.0, began_s + index * CHUNK_S - time.monotonic()))
        log.append_chunk(index, time.monotonic_ns().to_bytes(8, "little") + noise[8:])


async def _nothing_to_fetch(_: str) -> Source:
    raise AssertionError


async def main(url: str, folder: Path) -> None:
    """Work until ended."""
    async with open_worker(Settings(store_url=url, data_dir=folder), work, _nothing_to_fetch) as worker:
        await worker.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
