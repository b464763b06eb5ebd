"""A server in this process: the real application around an engine that only hums."""

import asyncio
import threading
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvloop
from aiohttp.test_utils import TestClient, TestServer

from server.api.context import CONTEXT, ApiContext
from server.app import create_app
from server.audio.chunk import AudioChunk
from server.engines.base import SpeechRequest
from server.engines.tts.speech import parse_language
from server.engines.tts.voices import VOICES, Voice, VoiceCatalogue
from server.errors import TextEmptyError, WildtrackError
from server.loading import Speech
from server.runtime.model_card import ModelCard
from server.settings import Settings

BOTH_LOOPS = {
    "test_cancel.py",
    "test_departure.py",
    "test_nothing_remains.py",
    "test_speech_http.py",
    "test_speech_stream.py",
}
"""Where sockets are closed, half-read and reset, uvloop (which serves) and asyncio's own are two implementations."""


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    loops: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    return {**loops, "uvloop": uvloop.new_event_loop} if item.path.name in BOTH_LOOPS else loops


CHUNK_SAMPLES = 2400
RATE_HZ = 24_000


@dataclass
class HumJob:
    voice: Voice
    notice: str | None
    frequency_hz: float
    language: str = "en"
    sample_rate_hz: int = RATE_HZ
    channels: int = 1
    kind: str = "hum"
    expected_s: float = 1.0
    steps: int = 0
    closed: bool = False


@dataclass
class HumEngine:
    """Hums every text on a pitch of its own, in chunks of 100 ms."""

    n_chunks: int = 5
    fail_at_step: int | None = None
    error: Exception = field(default_factory=lambda: WildtrackError("The engine broke."))
    block_at_step: int | None = None
    """From this step on, each waits until the test lets go."""
    let_go: threading.Event = field(default_factory=threading.Event)
    step_s: float = 0.0
    jobs: list[HumJob] = field(default_factory=list)
    requests: list[SpeechRequest] = field(default_factory=list)
    catalogue: VoiceCatalogue = field(default_factory=lambda: VoiceCatalogue(VOICES))

    def open(self, request: SpeechRequest) -> HumJob:
        if not request.text.strip():
            raise TextEmptyError("There is nothing to say.")
        language = "zh" if "中" in request.text else "en"
        if request.language is not None:
            language = parse_language(request.language)
        choice = self.catalogue.choose(request.voice_id, language)
        job = HumJob(choice.voice, choice.notice, 200 + zlib.crc32(request.text.encode()) % 2000)
        self.jobs.append(job)
        self.requests.append(request)
        return job

    def step(self, job: HumJob) -> AudioChunk:
        assert not job.closed
        if job.steps == self.fail_at_step:
            raise self.error
        if self.block_at_step is not None and job.steps >= self.block_at_step:
            self.let_go.wait(timeout=20)
        time.sleep(self.step_s)
        start = job.steps * CHUNK_SAMPLES
        job.steps += 1
        return AudioChunk(hum(job.frequency_hz, start, CHUNK_SAMPLES), start, is_last=job.steps == self.n_chunks)

    def close(self, job: HumJob) -> None:
        job.closed = True


def hum(frequency_hz: float, start: int, n_samples: int) -> Any:
    phase = 2 * np.pi * frequency_hz * np.arange(start, start + n_samples) / RATE_HZ
    return (0.25 * np.sin(phase)).astype(np.float32)[:, None]


def card(name: str) -> ModelCard:
    return ModelCard(
        name=name,
        title=name,
        licence="Apache-2.0",
        attribution="nobody",
        sample_rate_hz=RATE_HZ,
        hop_samples=300,
        max_phonemes=510,
        vocabulary={},
        graphs={},
        sources=(),
    )


class ServerAsItRuns(TestServer):
    """aiohttp cancels a handler whose client has left in its test server, but not in the one that serves."""

    async def _make_runner(self, **options: Any) -> Any:
        return await super()._make_runner(**{**options, "handler_cancellation": False})


@dataclass
class Served:
    """A running server and a client of it."""

    client: TestClient[Any, Any]
    engine: HumEngine
    context: ApiContext

    @property
    def url(self) -> str:
        return str(self.client.make_url("")).rstrip("/")

    async def speak(self, **body: Any) -> Any:
        return await self.client.post("/v1/audio/speech", json={"input": "Hello.", "response_format": "pcm", **body})


Serve = Callable[..., Awaitable[Served]]


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    """Starts servers: `await serve(engine, any_setting=...)`."""
    async with AsyncExitStack() as stack:

        async def start(engine: HumEngine | None = None, *, before: Any = None, **changed: Any) -> Served:
            engine = engine or HumEngine()
            defaults = {"data_dir": tmp_path / "data", "drain_timeout_s": 0, "engine_threads": 2}
            settings = Settings(**{**defaults, **changed})
            speech = Speech(engine, engine.catalogue, {"hibari": card("hibari"), "kokoro": card("kokoro")}, {})
            app = create_app(settings, speech)
            if before is not None:
                before(app)
            client = await stack.enter_async_context(TestClient(ServerAsItRuns(app)))
            stack.callback(engine.let_go.set)
            return Served(client, engine, app[CONTEXT])

        yield start


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], Awaitable[None]]:
    async def wait(holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                await asyncio.sleep(0.005)

    return wait


@pytest.fixture
def hum_engine() -> type[HumEngine]:
    return HumEngine


@pytest.fixture
def hummed() -> Callable[[str, int], Any]:
    """What a text sounds like: shape [n_samples, 1]."""
    return lambda text, n_chunks: hum(200 + zlib.crc32(text.encode()) % 2000, 0, n_chunks * CHUNK_SAMPLES)
