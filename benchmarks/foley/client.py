"""A client of Foley for benchmarks, on one blocking connection at a time, so that nothing but the server takes time."""

import http.client
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.servers import RunningServer, child, free_port

_BOUNDARY: Final = "wildtrack-benchmark"
_PIECE_BYTES: Final = 256 * 1024
_WAV_HEADER_BYTES: Final = 44
_TIMEOUT_S: Final = 3600.0


@contextmanager
def foley_server() -> Iterator[RunningServer]:
    """Our server as `make run` starts it, with an empty folder of data; entered when its worker takes work."""
    port = free_port()
    with tempfile.TemporaryDirectory() as data:
        settings = {
            "WILDTRACK_REQUESTS_PER_MINUTE": "1000000",
            "WILDTRACK_LOG_LEVEL": "warning",
            "WILDTRACK_DATA_DIR": data,
        }
        with child([sys.executable, "-m", "server", "--port", str(port)], port, "/readyz", settings) as server:
            yield server


@dataclass(frozen=True, slots=True)
class Upload:
    """A task, and when its video was all sent, on the clock of time.perf_counter."""

    task_id: str
    token: str
    sent_at_s: float


def upload(server: RunningServer, video: Path, *, seed: int, description: str = "rain") -> Upload:
    """Send a video; another seed is another task, which no cache has."""
    fields = {"description": description, "seed": str(seed)}
    head = "".join(
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    head += f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="video"; filename="{video.name}"\r\n\r\n'
    tail = f"\r\n--{_BOUNDARY}--\r\n"
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_TIMEOUT_S)
    connection.putrequest("POST", "/start-generation/")
    connection.putheader("Content-Type", f"multipart/form-data; boundary={_BOUNDARY}")
    connection.putheader("Content-Length", str(len(head) + video.stat().st_size + len(tail)))
    connection.endheaders(head.encode())
    with video.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            connection.send(piece)
    connection.send(tail.encode())
    sent_at_s = time.perf_counter()
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    if response.status != 202:
        raise SystemExit(f"The server refused the video: {answer}")
    return Upload(answer["task_id"], answer["token"], sent_at_s)


def first_sound_s(server: RunningServer, task: Upload) -> float:
    """Seconds from the end of the upload to the first sample of sound, over HTTP."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_TIMEOUT_S)
    connection.request("GET", f"/v1/video/foley/{task.task_id}/audio", headers={"X-Task-Token": task.token})
    response = connection.getresponse()
    if response.status != 200:
        raise SystemExit(f"There is no sound: {response.read()!r}")
    response.read(_WAV_HEADER_BYTES + 4)
    came_at_s = time.perf_counter()
    connection.close()
    return came_at_s - task.sent_at_s


def ask(server: RunningServer, task: Upload, method: str, path: str) -> dict[str, Any]:
    """The JSON that a path answers with."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_TIMEOUT_S)
    connection.request(method, path, headers={"X-Task-Token": task.token})
    answer: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def delete(server: RunningServer, task: Upload) -> None:
    """Forget a task, and end the work for it."""
    ask(server, task, "DELETE", f"/v1/video/foley/{task.task_id}")


def status(server: RunningServer, task: Upload) -> dict[str, Any]:
    """How far it is."""
    return ask(server, task, "GET", f"/v1/video/foley/status?task_id={task.task_id}")


def wait_until_done(server: RunningServer, task: Upload, look_every_s: float = 0.25) -> None:
    """Wait for the end of a task.

    Raises:
        SystemExit: when it did not end well.
    """
    while (now := status(server, task))["status"] in ("pending", "processing"):
        time.sleep(look_every_s)
    if now["status"] != "completed":
        raise SystemExit(f"The task {now['status']}: {now['error']}")


def family(server: RunningServer) -> list[psutil.Process]:
    """The server and all that it has started: store, worker, decoders."""
    own = psutil.Process(server.process_id)
    return [own, *own.children(recursive=True)]


def cpu_s(server: RunningServer) -> float:
    """CPU seconds that the whole family took so far, of those who have ended, too."""
    total = 0.0
    for process in family(server):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def resident_mib(server: RunningServer) -> float:
    """What the whole family has in memory now; pages that two of them share count twice."""
    total = 0
    for process in family(server):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / 2**20


def warm_up(server: RunningServer, video: Path) -> None:
    """One task from end to end, so that the store and the worker are there and have done everything once."""
    wait_until_done(server, upload(server, video, seed=0))
