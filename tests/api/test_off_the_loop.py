"""No model ever runs on the event loop's thread: not for speech by any door, not to resume, not to warm up."""

import asyncio
import gc
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnxruntime as ort
import pytest
import socketio
from aiohttp.test_utils import TestClient, TestServer

import server.app
from server.engines.tts.voices import VOICES

TEXT = "It is heard while it is made, and nobody waits for anybody else."


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The threads that any onnxruntime session has run on; cleared by the test as it goes."""
    seen: set[int] = set()
    run = ort.InferenceSession.run

    def noticed(self: Any, *args: Any, **kwargs: Any) -> Any:
        seen.add(threading.get_ident())
        return run(self, *args, **kwargs)

    monkeypatch.setattr(ort.InferenceSession, "run", noticed)
    return seen


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("WILDTRACK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("WILDTRACK_CACHE_DIR", str(tmp_path / "cache"))  # so that what speech costs is measured, too
    monkeypatch.setattr(server.app, "configure_logging", lambda level: None)
    yield
    gc.unfreeze()


async def listen(url: str, events: list[tuple[str, Any]]) -> socketio.AsyncClient:
    client = socketio.AsyncClient(reconnection=False)

    async def take(event: str, data: Any) -> None:
        events.append((event, data))

    client.on("*", take)
    await client.connect(url, transports=["websocket"])
    return client


async def until(events: list[tuple[str, Any]], event: str) -> None:
    async with asyncio.timeout(60):
        while not any(name == event for name, _ in events):
            assert not any(name == "error" for name, _ in events)
            await asyncio.sleep(0.01)


@pytest.mark.models
async def test_no_model_runs_on_the_event_loops_thread(threads: set[int], environment: None) -> None:
    here = threading.get_ident()

    def check() -> None:
        assert threads
        assert here not in threads
        threads.clear()

    app = await server.app.application()
    check()  # loading, warming up and measuring
    async with TestClient(TestServer(app)) as client:
        url = str(client.make_url("")).rstrip("/")
        for model in ("hibari", "kokoro"):
            voice = next(voice.id for voice in VOICES if voice.model == model)
            async with client.post("/v1/audio/speech", json={"input": TEXT, "voice": voice}) as response:
                assert response.status == 200
                assert await response.read()
            check()
            events: list[tuple[str, Any]] = []
            listener = await listen(url, events)
            ack = await listener.call("synthesize", {"text": TEXT, "voice": voice})
            await until(events, "audio_chunk")
            await listener.disconnect()
            check()
            events.clear()
            listener = await listen(url, events)
            body = {"stream_id": ack["stream_id"], "stream_token": ack["stream_token"], "next_sample": 2400}
            assert "error" not in await listener.call("resume", body)
            await until(events, "done")
            check()
            ack = await listener.call("synthesize", {"text": "", "incremental": True, "voice": voice})
            events.clear()
            for part in (TEXT, "", " And more comes."):
                body = {"stream_id": ack["stream_id"], "text": part, "flush": not part}
                assert "error" not in await listener.call("text", body)
            assert "error" not in await listener.call("text", {"stream_id": ack["stream_id"], "end": True})
            await until(events, "done")
            check()
            await listener.disconnect()


async def test_no_engine_opens_or_steps_on_the_event_loops_thread(
    serve: Any, hum_engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, seen = hum_engine(), set()
    for name in ("open", "step"):
        work = getattr(engine, name)

        def noticed(what: Any, *, name: str = name, work: Any = work) -> Any:
            seen.add((name, threading.get_ident() == threading.main_thread().ident))
            return work(what)

        monkeypatch.setattr(engine, name, noticed)
    served = await serve(engine)
    assert threading.current_thread() is threading.main_thread()
    await (await served.speak()).read()
    events: list[tuple[str, Any]] = []
    listener = await listen(served.url, events)
    await listener.call("synthesize", {"text": "Hello."})
    await until(events, "done")
    await listener.disconnect()
    assert seen == {("open", False), ("step", False)}
