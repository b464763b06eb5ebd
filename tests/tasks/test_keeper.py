"""The keeper: store and worker run beside it, come back when they are killed, and go with it, however it goes."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from toy_work import VIDEO, entries

from server.settings import Settings
from server.stores.client import store_url
from server.stores.embedded import socket_path
from server.tasks.state import Credential
from server.tasks.wiring import open_tasks

ROOT = Path(__file__).resolve().parents[2]
KEEP = """
import asyncio, signal, sys
from server.settings import load_settings
from server.tasks.keeper import Keeper
async def main():
    keeping = asyncio.create_task(Keeper(load_settings(), sys.argv[1:]).run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, keeping.cancel)
    await asyncio.wait([keeping])
asyncio.run(main())
"""


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    settings = Settings(data_dir=tmp_path, foley_worker_wait_s=0)
    (settings.foley_folder / "uploads").mkdir(parents=True)
    (settings.foley_folder / "uploads" / VIDEO.name).write_bytes(b"a video")
    return settings


@contextlib.contextmanager
def keeper(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    toy = str(Path(__file__).with_name("toy_work.py"))
    worker = [sys.executable, toy, store_url(settings), str(settings.foley_folder)]
    environment = {
        **os.environ,
        "WILDTRACK_DATA_DIR": str(settings.data_dir),
        "PYTHONPATH": str(ROOT),
    }
    with subprocess.Popen([sys.executable, "-c", KEEP, *worker], env=environment, stdout=subprocess.DEVNULL) as process:
        yield process
        process.kill()


def processes_with(text: str) -> set[int]:
    """Of those that are no zombies."""
    found = set()
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and text.encode() in (folder / "cmdline").read_bytes():
                found.add(int(folder.name))
    return found


def children(settings: Settings) -> tuple[set[int], set[int]]:
    """The store's process and the worker's."""
    socket = str(socket_path(settings.foley_folder / "store"))
    keepers = processes_with("Keeper(load_settings()")
    stores = processes_with(socket) - processes_with("toy_work.py")
    # Valkey shows its socket as its title; the worker has it in its arguments.
    workers = {each for each in processes_with("toy_work.py") if each in processes_with(str(settings.foley_folder))}
    return stores - keepers, workers - keepers


def until(condition: object, timeout_s: float = 60.0) -> None:
    assert callable(condition)
    give_up_at_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < give_up_at_s
        time.sleep(0.02)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks for processes in /proc")
async def test_store_and_worker_come_back_when_they_are_killed_and_go_with_their_keeper(own: Settings) -> None:
    request = {"seed": 1, "chunks": 200, "pace_s": 0.01}
    with keeper(own) as process:
        async with open_tasks(own) as tasks:
            await asyncio.to_thread(until, lambda: answers(own))
            submitted = await tasks.submit(VIDEO, request, "version 1", "somebody")
            watching = tasks.watch(submitted.task.id, Credential(submitted.token))
            found = [await anext(watching) for _ in range(20)]
            for killed in children(own):
                (victim,) = killed
                os.kill(victim, signal.SIGKILL)
            async for entry in watching:
                found.append(entry)
        assert [entry.event if entry.pcm is None else entry.pcm for entry in found] == entries(request)
        await asyncio.to_thread(until, lambda: all(children(own)))
        process.send_signal(signal.SIGKILL)
        process.wait()
        await asyncio.to_thread(until, lambda: not any(children(own)))
    # What was left lying does no harm, and SIGTERM ends all in order.
    with keeper(own) as process:
        await asyncio.to_thread(until, lambda: answers(own) and all(children(own)))
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        assert not any(children(own))


def answers(settings: Settings) -> bool:
    try:
        with redis.Redis(unix_socket_path=str(socket_path(settings.foley_folder / "store"))) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
