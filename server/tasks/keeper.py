"""The keeper: has our own store and one worker run beside the server, and starts them again when they end.

It runs in the process that must not die: that of `python -m server`, or a small one under gunicorn's master. Both
children are on a leash: when the keeper dies, however, so do they.
"""

import asyncio
import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

from server.errors import FoleyUnavailableError
from server.logs import configure_logging, get_logger
from server.settings import Settings, load_settings
from server.stores.child import start_child, stop_child
from server.stores.embedded import EmbeddedStore

WORKER: Final = (sys.executable, "-m", "server", "--role", "worker")
NICENESS: Final = 10
"""Of a worker, from its first instruction: speech comes first, as who listens to it waits for it now. See nice(2)."""
_LOOK_EVERY_S: Final = 0.1
_LOCK_EVERY_S: Final = 1.0
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 30.0
_STEADY_S: Final = 10.0
"""What has run for so long did not fail at its start."""
_MAX_BAD_STARTS: Final = 3
_log = get_logger(__name__)


class Keeper:
    """Keeps what the settings ask for: a store, unless one has a URL; a worker, unless this is a gateway."""

    def __init__(self, settings: Settings, worker_command: Sequence[str] = WORKER) -> None:
        """`worker_command` is run with our environment."""
        self._settings = settings
        self._worker_command = worker_command

    async def run(self) -> None:
        """Keep them until cancelled, then end them."""
        async with asyncio.TaskGroup() as group:
            if not self._settings.store_url:
                group.create_task(self._keep_store(), name="store")
            if self._settings.role == "all":
                group.create_task(self._keep_worker(), name="worker")

    async def _keep_store(self) -> None:
        store = EmbeddedStore(self._settings.foley_folder / "store", self._settings.store_bytes)
        try:
            # Another server of the same folder may have it; should that end, it is ours.
            while not store.lock():  # noqa: ASYNC110 -- another process has it
                await asyncio.sleep(_LOCK_EVERY_S)
            bad_starts = 0
            pause = _Pause()
            while True:
                store.start()
                is_ready = await asyncio.to_thread(store.wait_until_ready)
                bad_starts = 0 if is_ready else bad_starts + 1
                if is_ready:
                    await _ended(store.child)
                elif store.child is not None:
                    store.child.kill()
                    store.child.wait()
                _log.error("store ended", is_ready=is_ready)
                if bad_starts == _MAX_BAD_STARTS:
                    _log.error("store set aside", reason="it could not be read")
                    store.set_aside()
                await pause.take()
        except FoleyUnavailableError as error:
            # Speech goes on without it, and so does everything else but sound for videos.
            _log.error("no store", reason=error.message)
        finally:
            await asyncio.to_thread(store.stop)

    async def _keep_worker(self) -> None:
        pause = _Pause()
        while True:
            child = start_child(self._worker_command, niceness=NICENESS)
            try:
                await _ended(child)
                _log.error("worker ended", status=child.returncode)
            finally:
                await asyncio.to_thread(stop_child, child)
            await pause.take()


class _Pause:
    """Between two starts: the longer, the more often something ended soon after its start."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started_s = clock()
        self._pause_s = _FIRST_PAUSE_S

    async def take(self) -> None:
        if self._clock() - self._started_s > _STEADY_S:
            self._pause_s = _FIRST_PAUSE_S
        await asyncio.sleep(self._pause_s)
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
        self._started_s = self._clock()


async def _ended(child: subprocess.Popen[bytes] | None) -> None:
    while child is not None and child.poll() is None:  # noqa: ASYNC110 -- works alike with every event loop
        await asyncio.sleep(_LOOK_EVERY_S)


async def _keep(settings: Settings) -> None:
    """Keep what the settings ask for until SIGTERM."""
    keeping = asyncio.create_task(Keeper(settings).run())
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, keeping.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await keeping


if __name__ == "__main__":
    _settings = load_settings()
    configure_logging(_settings.log_level)
    asyncio.run(_keep(_settings))
