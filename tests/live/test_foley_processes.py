"""Foley under gunicorn: any of its workers answers for a task; what makes the sound lives and dies with the master."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.clips import make_clip
from tests.support.foley_server import flashes, read

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def master(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "WILDTRACK_PORT": str(port),
        "WILDTRACK_WORKERS": "2",
        "WILDTRACK_DATA_DIR": str(tmp_path),
        "WILDTRACK_LOG_LEVEL": "error",
        "WILDTRACK_FOLEY_BACKEND": "tests.support.foley_server:FlashBackend",
    }
    paths = f"{ROOT / 'tests' / 'live'},{ROOT / 'tests' / 'streaming'}"
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "--pythonpath", paths]
    with subprocess.Popen([*command, "counting_app:application"], cwd=ROOT, env=environment) as process:
        yield process, f"http://127.0.0.1:{port}"
        process.terminate()
        process.wait(timeout=30)


def descendants(process_id: int) -> set[int]:
    """Of a process, as /proc tells."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
    found, size = {process_id}, 0
    while len(found) > size:
        size = len(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return found - {process_id}


def living(process_ids: set[int]) -> set[int]:
    """Those that are no zombies."""
    found = set()
    for each in process_ids:
        with contextlib.suppress(OSError):
            if Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
                found.add(each)
    return found


async def started(http: aiohttp.ClientSession, url: str, clip: Path) -> dict[str, Any]:
    async with asyncio.timeout(90):
        while True:
            form = aiohttp.FormData()
            form.add_field("video", await asyncio.to_thread(read, clip), filename="clip.mp4")
            with contextlib.suppress(aiohttp.ClientConnectionError):
                async with http.post(f"{url}/start-generation/", data=form) as response:
                    if response.status == 202:
                        answer: dict[str, Any] = await response.json()
                        return answer
            await asyncio.sleep(0.2)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
async def test_any_gateway_answers_for_a_task_and_no_process_is_left_behind(
    master: tuple[subprocess.Popen[bytes], str], tmp_path: Path
) -> None:
    process, url = master
    clip = make_clip(tmp_path / "clip.mp4", times_ms=range(0, 3000, 40), paint=flashes)
    # A connection for each request: the kernel gives it to either of gunicorn's workers.
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
        task = await started(http, url, clip)
        path, token = f"{url}/v1/video/foley/{task['task_id']}/audio?format=wav", {"X-Task-Token": task["token"]}
        heard = set()
        for _ in range(4):
            async with http.get(path, headers=token) as response:
                assert response.status == 200
                # How long a WAV is stands in its header only where that was known at its beginning.
                heard.add((await response.read())[44:])
        assert {len(each) for each in heard} == {3 * 192_000}
        assert len(heard) == 1
    family = descendants(process.pid)
    assert len(family) >= 5  # two workers of gunicorn's, the keeper, the store, the worker that makes sound
    ours = {each for each in family if b"gunicorn" not in read(Path(f"/proc/{each}/cmdline"))}
    process.send_signal(signal.SIGKILL)
    async with asyncio.timeout(20):
        while living(ours):
            await asyncio.sleep(0.05)
