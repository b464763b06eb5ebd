"""Several gunicorn workers share the cores: together they promise no more than one would, and keep it."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from counting_app import STEP_S

from server.runtime.cpu import usable_cores

ROOT = Path(__file__).resolve().parents[2]
CHUNK_BYTES = 4800


@pytest.fixture
def two_workers(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "WILDTRACK_PORT": str(port),
        "WILDTRACK_WORKERS": "2",
        "WILDTRACK_DATA_DIR": str(tmp_path),
        "WILDTRACK_LOG_LEVEL": "error",
        "WILDTRACK_FOLEY": "false",
    }
    paths = f"{ROOT / 'tests' / 'live'},{ROOT / 'tests' / 'streaming'}"
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "--pythonpath", paths]
    with subprocess.Popen([*command, "counting_app:application"], cwd=ROOT, env=environment) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)


async def ready(url: str) -> None:
    async with aiohttp.ClientSession() as http, asyncio.timeout(60):
        while True:
            try:
                async with http.get(f"{url}/readyz") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.1)


async def ask(http: aiohttp.ClientSession, url: str, chunks: int) -> aiohttp.ClientResponse:
    return await http.post(f"{url}/v1/audio/speech", json={"input": str(chunks), "response_format": "pcm"})


async def test_the_capacity_is_divided_and_who_is_let_in_hears_all(two_workers: str) -> None:
    await ready(two_workers)
    of_a_worker = max(1, int(0.9 * usable_cores() / 2 / (10 * STEP_S)))
    # A connection each, for the kernel to give to either worker; nobody reads, so that nobody comes to the end.
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True)) as http:
        answers = [await ask(http, two_workers, 10_000) for _ in range(10 * of_a_worker)]
        refused = [answer for answer in answers if answer.status == 503]
        for answer in refused:
            assert int(answer.headers["Retry-After"]) >= 1
            assert (await answer.json())["error"]["code"] == "overloaded"
        assert of_a_worker <= len(answers) - len(refused) <= 2 * of_a_worker
        for answer in answers:
            answer.close()
        async with asyncio.timeout(30):
            while (answer := await ask(http, two_workers, 20)).status != 200:
                await asyncio.sleep(0.1)
            assert len(await answer.read()) == 20 * CHUNK_BYTES


async def test_either_worker_tells_the_numbers_of_both(two_workers: str) -> None:
    await ready(two_workers)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
        for _ in range(8):  # a connection each, for the kernel to give to either
            await (await ask(http, two_workers, 1)).read()
        for _ in range(8):
            async with http.get(f"{two_workers}/metrics") as response:
                assert 'wildtrack_streams_total{model="counting",outcome="done"} 8.0' in await response.text()
