"""The whole of Foley in one process: the real application, a real store, a real worker, and a small back end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import redis
from aiohttp.test_utils import TestClient, TestServer

from server.api.context import CONTEXT
from server.app import create_app
from server.engines.foley.backend import CHUNK_SAMPLES, FoleyRequest, Impact, Observations, Samples
from server.engines.foley.timeline import Bed, FoleyEvent, TimelinePart
from server.engines.tts.voices import VOICES, VoiceCatalogue
from server.foley import fetch_of, load_work
from server.loading import Speech
from server.settings import Settings
from server.stores.embedded import EmbeddedStore, socket_path
from server.tasks.wiring import open_worker
from server.video.picture import Picture


class FlashBackend:
    """Each bright picture after a dark one is a hit at full scale; what lies under it is as loud as the seed says."""

    lookahead_s = 0.0

    @staticmethod
    def version_of(settings: Settings) -> str:
        return "flash-1"

    def __init__(self, settings: Settings) -> None:
        pass

    def analyse(self) -> "_Analyser":
        return _Analyser()

    def plan(self, request: FoleyRequest) -> "_Planner":
        return _Planner(request)

    def stream(self, request: FoleyRequest) -> "_Renderer":
        return _Renderer(request)


class _Analyser:
    def __init__(self) -> None:
        self.was_bright = True

    def push(self, pictures: Sequence[Picture]) -> Observations:
        seen = []
        for picture in pictures:
            is_bright = picture.grey.mean() > 128
            if is_bright and not self.was_bright:
                seen.append(Impact(picture.time_s, 0.7, 0.5, 0.5, 0.1, 0.9, "hit"))
            self.was_bright = is_bright
        return Observations(pictures[-1].time_s + 1e-6, tuple(seen))

    def finish(self, duration_s: float) -> Observations:
        return Observations(duration_s, warnings=("too_dark",))


class _Planner:
    def __init__(self, request: FoleyRequest) -> None:
        self.bed = (Bed(0.0, 3600.0, "rain", 0.5),) if request.has_bed else ()

    def push(self, observations: Observations) -> TimelinePart:
        beds, self.bed = self.bed, ()
        events = tuple(
            FoleyEvent(impact.time_s, 0.0, "impact", "wood", impact.strength, 0.0, impact.confidence)
            for impact in observations.impacts
        )
        return TimelinePart(observations.until_s, events, beds)


class _Renderer:
    def __init__(self, request: FoleyRequest) -> None:
        self.request = request
        self.onsets: list[int] = []
        self.at = 0

    def push(self, part: TimelinePart) -> None:
        self.onsets += [round(event.onset_s * 48_000) for event in part.events]

    def render(self) -> Samples:
        samples = np.full((CHUNK_SAMPLES, 2), (1 + self.request.seed) / 32768, np.float32)
        samples += (np.arange(self.at, self.at + CHUNK_SAMPLES) % 1000 / 32768)[:, None].astype(np.float32)
        if "hits" in self.request.stems:
            for onset in self.onsets:
                if self.at <= onset < self.at + CHUNK_SAMPLES:
                    samples[onset - self.at] = 1.0
        self.at += CHUNK_SAMPLES
        return samples


def flashes(number: int, width: int, height: int) -> Any:
    """Paints a clip: bright for one picture in ten."""
    return np.full((height, width, 3), 250 if number % 10 == 9 else 5, np.uint8)


def read(path: Path) -> bytes:
    return path.read_bytes()


@contextlib.contextmanager
def running_store(folder: Path) -> Iterator[str]:
    """A Valkey of our own; gives its URL."""
    store = EmbeddedStore(folder, 64 * 2**20)
    assert store.lock()
    store.start()
    assert store.wait_until_ready()
    try:
        yield f"unix://{socket_path(folder)}"
    finally:
        store.stop()


def emptied(url: str) -> str:
    with redis.Redis.from_url(url) as client:
        client.flushall()
    return url


class ServerAsItRuns(TestServer):
    """aiohttp cancels a handler whose client has left in its test server, but not in the one that serves."""

    async def _make_runner(self, **options: Any) -> Any:
        return await super()._make_runner(**{**options, "handler_cancellation": False})


@dataclass
class FoleyServer:
    """A running one, and a client of it."""

    client: TestClient[Any, Any]
    settings: Settings

    @property
    def url(self) -> str:
        return str(self.client.make_url("")).rstrip("/")

    @property
    def uploads(self) -> list[Path]:
        folder = self.settings.foley_folder / "uploads"
        return sorted(folder.iterdir()) if folder.is_dir() else []

    async def start(self, clip: Path, **fields: str) -> dict[str, Any]:
        """Upload a clip; gives the answer."""
        form = aiohttp.FormData()
        form.add_field("video", read(clip), filename=clip.name)
        for name, value in fields.items():
            form.add_field(name, value)
        response = await self.client.post("/start-generation/", data=form)
        answer: dict[str, Any] = await response.json()
        assert response.status == 202, answer
        return answer

    def path(self, task: dict[str, Any], what: str = "") -> str:
        return f"/v1/video/foley/{task['task_id']}{what}"

    def header(self, task: dict[str, Any]) -> dict[str, str]:
        return {"X-Task-Token": task["token"]}

    async def status(self, task: dict[str, Any]) -> dict[str, Any]:
        path = f"/v1/video/foley/status?task_id={task['task_id']}"
        response = await self.client.get(path, headers=self.header(task))
        answer: dict[str, Any] = await response.json()
        assert response.status == 200, answer
        return answer

    async def ended(self, task: dict[str, Any]) -> dict[str, Any]:
        """Wait until it is over; gives its status."""
        async with asyncio.timeout(20):
            while (status := await self.status(task))["status"] in ("pending", "processing"):
                await asyncio.sleep(0.02)
        return status

    async def audio(self, task: dict[str, Any], query: str = "") -> bytes:
        response = await self.client.get(self.path(task, f"/audio{query}"), headers=self.header(task))
        assert response.status == 200, await response.text()
        return await response.read()

    async def events(self, task: dict[str, Any]) -> dict[str, Any]:
        response = await self.client.get(self.path(task, "/timeline"), headers=self.header(task))
        answer: dict[str, Any] = await response.json()
        assert response.status == 200, answer
        return answer


@asynccontextmanager
async def foley_server(settings: Settings, *, has_worker: bool = True) -> AsyncIterator[FoleyServer]:
    """Serves; without a worker, what is asked for waits."""
    if not has_worker:
        settings = settings.model_copy(update={"foley_worker_wait_s": 0})
    speech = Speech(None, VoiceCatalogue(VOICES), {}, {})  # type: ignore[arg-type]
    app = create_app(settings, speech)
    assert app[CONTEXT] is not None
    async with TestClient(ServerAsItRuns(app)) as client:
        if not has_worker:
            yield FoleyServer(client, settings)
            return
        async with open_worker(settings, load_work(settings), fetch_of(settings)) as worker:
            running = asyncio.create_task(worker.run())
            try:
                yield FoleyServer(client, settings)
            finally:
                worker.stop()
                running.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await running
