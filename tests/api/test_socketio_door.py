"""The Socket.IO door, knocked on by a real client over a real loopback socket; only the engine is small."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
import socketio
from aiohttp import web
from fakes import CHUNK_SAMPLES, CountingEngine, CountingJob
from humming import KOKORO_SYMBOLS, Humming, engine_of

from server.api.keys import KeyStore
from server.app import create_app
from server.engines.base import SpeechRequest
from server.engines.tts.voices import VOICES, Voice, VoiceCatalogue
from server.errors import TextEmptyError
from server.loading import Speech
from server.settings import Settings
from server.text.phonemizer import Phonemizer

Message = tuple[str, Any]


@dataclass
class SpeakingJob(CountingJob):
    voice: Voice = VOICES[0]
    language: str = "en"
    notice: str | None = None


class SpeakingEngine(CountingEngine):
    """Says each text as many chunks as it has words, at the level that the seed says."""

    def open(self, request: SpeechRequest) -> CountingJob:
        if not request.text.split():
            raise TextEmptyError("There is nothing to say.")
        job = SpeakingJob(request.seed / 32768, len(request.text.split()))
        self.jobs.append(job)
        return job


@dataclass
class Door:
    """A served app and ways to knock on it."""

    url: str
    engine: SpeakingEngine
    app: web.Application


@dataclass
class Listener:
    """A client that keeps all it is sent, and acknowledges it while `takes` is set."""

    socket: socketio.AsyncClient
    messages: list[Message] = field(default_factory=list)
    takes: asyncio.Event = field(default_factory=asyncio.Event)

    def pcm(self, stream_id: str) -> bytes:
        return b"".join(
            data["pcm"] for event, data in self.messages if event == "audio_chunk" and data["stream_id"] == stream_id
        )

    def saw(self, event: str) -> list[Any]:
        return [data for name, data in self.messages if name == event]

    async def ask(self, event: str, data: Any = None) -> Any:
        return await self.socket.call(event, data, timeout=5)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, max_streams_per_connection=3, max_text_characters=2000, max_connections=3)


@pytest.fixture
async def door(settings: Settings) -> AsyncIterator[Door]:
    async with serve(settings) as opened:
        yield opened


class serve:
    """An app on a free loopback port for the length of a `with`."""

    def __init__(self, settings: Settings, engine: SpeakingEngine | None = None) -> None:
        self._engine = engine or SpeakingEngine()
        speech = Speech(self._engine, VoiceCatalogue(VOICES), {}, {})  # type: ignore[arg-type]
        self._app = create_app(settings, speech)
        self._runner = web.AppRunner(self._app)

    async def __aenter__(self) -> Door:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return Door(f"http://127.0.0.1:{self._runner.addresses[0][1]}", self._engine, self._app)

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()


@pytest.fixture
async def knock(door: Door) -> AsyncIterator[Callable[..., Awaitable[Listener]]]:
    listeners: list[Listener] = []

    async def connect(url: str = "", auth: Any = None, takes: bool = True) -> Listener:
        listener = Listener(socketio.AsyncClient(reconnection=False))
        if takes:
            listener.takes.set()

        async def keep(event: str, data: Any) -> None:
            listener.messages.append((event, data))
            await listener.takes.wait()

        listener.socket.on("*", keep)
        await listener.socket.connect(url or door.url, transports=["websocket"], auth=auth)
        listeners.append(listener)
        return listener

    yield connect
    for listener in listeners:
        listener.takes.set()
        await listener.socket.disconnect()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def raw_socket(door: Door) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A WebSocket below Socket.IO, to say through it what no honest client says."""
    url = f"{door.url}/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as http, http.ws_connect(url) as socket:
        yield socket


Knock = Callable[..., Awaitable[Listener]]


async def test_a_text_is_acknowledged_before_its_audio_and_ends_with_done(knock: Knock) -> None:
    listener = await knock()
    ack = await listener.ask("synthesize", {"text": "one two three", "seed": 5})
    assert ack["sample_rate_hz"] == 24_000
    assert ack["channels"] == 1
    assert ack["voice"] == "heart"
    assert ack["requested_voice"] == "default"
    assert ack["notice"] is None
    assert len(ack["stream_token"]) >= 32
    await until(lambda: bool(listener.saw("done")))
    assert listener.pcm(ack["stream_id"]) == np.full(3 * CHUNK_SAMPLES, 5, "<i2").tobytes()
    assert listener.saw("done") == [{"stream_id": ack["stream_id"], "total_samples": 3 * CHUNK_SAMPLES}]


@pytest.mark.parametrize(
    ("event", "data", "code"),
    [
        ("synthesize", None, "invalid_request"),
        ("synthesize", "secret words", "invalid_request"),
        ("synthesize", {"text": ""}, "text_empty"),
        ("synthesize", {"text": "secret words", "wat": 1}, "invalid_request"),
        ("synthesize", {"text": "secret words", "speed": 9}, "invalid_request"),
        ("synthesize", {"text": "secret words", "emotion": "sarcastic"}, "unsupported_emotion"),
        ("synthesize", {"text": "<speak>secret <b/></speak>", "ssml": True}, "invalid_ssml"),
        ("synthesize", {"text": "<speak>", "ssml": True, "incremental": True}, "invalid_request"),
        ("synthesize", {"text": "secret " * 300}, "text_too_long"),
        ("synthesize", b"\x00\x01", "invalid_request"),
        ("synthesize", {"text": "secret words", "incremental": "yes"}, "invalid_request"),
        ("text", {"stream_id": "nobody's", "text": "secret"}, "stream_not_found"),
        ("text", {"text": "secret"}, "invalid_request"),
        ("text", {"stream_id": "x", "text": ["secret"]}, "invalid_request"),
        ("text", {"stream_id": "x", "text": "secret \ud800"}, "invalid_request"),
        ("text", {"stream_id": "x", "flush": 1}, "invalid_request"),
        ("text", {"stream_id": "x", "text": "secret", "more": 1}, "invalid_request"),
        ("text", None, "invalid_request"),
        ("cancel", {"stream_id": "nobody's"}, "stream_not_found"),
        ("cancel", {}, "invalid_request"),
        ("playback", {"stream_id": "x", "position_s": -1}, "invalid_request"),
        ("unheard_of", {"a": 1}, "invalid_request"),
        ("connect", {"a": 1}, "invalid_request"),
        ("trigger_event", {}, "invalid_request"),
    ],
)
async def test_what_is_wrong_is_answered_with_a_code_and_a_sentence(
    knock: Knock, event: str, data: Any, code: str
) -> None:
    listener = await knock()
    answer = await listener.ask(event, data)
    assert answer["error"]["code"] == code
    assert answer["error"]["message"].endswith(".")
    assert "secret" not in json.dumps(answer)
    # The connection is none the worse for it.
    assert "stream_id" in await listener.ask("synthesize", {"text": "one"})


async def test_many_streams_and_listeners_at_once_are_never_mixed_up(knock: Knock) -> None:
    listeners = [await knock() for _ in range(3)]
    wanted: dict[str, tuple[Listener, bytes]] = {}
    for n, listener in enumerate(listeners):
        for s in range(3):
            seed, words = 1 + 10 * n + s, 40 + n + s
            ack = await listener.ask("synthesize", {"text": "w " * words, "seed": seed})
            wanted[ack["stream_id"]] = (listener, np.full(words * CHUNK_SAMPLES, seed, "<i2").tobytes())
    await until(lambda: all(len(listener.saw("done")) == 3 for listener in listeners))
    for stream_id, (listener, pcm) in wanted.items():
        assert hashlib.sha256(listener.pcm(stream_id)).digest() == hashlib.sha256(pcm).digest()
        assert not any(other.pcm(stream_id) for other in listeners if other is not listener)


async def test_a_client_that_takes_nothing_is_sent_a_window_and_not_more(door: Door, knock: Knock) -> None:
    listener = await knock(takes=False)
    await listener.ask("synthesize", {"text": "w " * 500})
    await until(lambda: len(listener.messages) == 16)
    await asyncio.sleep(0.1)
    assert len(listener.messages) == 16
    assert door.engine.jobs[0].steps <= 16 + 4
    listener.takes.set()
    await until(lambda: len(listener.saw("done")) == 1)


async def test_cancel_ends_the_work(door: Door, knock: Knock) -> None:
    door.engine.step_s = 0.01
    listener = await knock()
    ack = await listener.ask("synthesize", {"text": "w " * 900})
    await until(lambda: len(listener.messages) > 2)
    assert await listener.ask("cancel", {"stream_id": ack["stream_id"]}) == {
        "stream_id": ack["stream_id"],
        "cancelled": True,
    }
    steps = door.engine.jobs[0].steps
    await asyncio.sleep(0.1)
    assert door.engine.jobs[0].steps <= steps + 1
    assert door.engine.jobs[0].closed
    assert not listener.saw("done")


async def test_a_foreign_stream_cannot_be_cancelled(door: Door, knock: Knock) -> None:
    door.engine.step_s = 0.01
    owner, stranger = await knock(), await knock()
    ack = await owner.ask("synthesize", {"text": "w " * 900})
    answer = await stranger.ask("cancel", {"stream_id": ack["stream_id"]})
    assert answer["error"]["code"] == "stream_not_found"
    assert not door.engine.jobs[0].closed


async def test_a_client_that_vanishes_costs_nothing_from_then_on(door: Door, knock: Knock) -> None:
    door.engine.step_s = 0.01
    listener = await knock()
    await listener.ask("synthesize", {"text": "w " * 900})
    await until(lambda: len(listener.messages) > 2)
    await listener.socket.disconnect()
    await until(lambda: bool(door.engine.jobs[0].closed))
    steps = door.engine.jobs[0].steps
    await asyncio.sleep(0.1)
    assert door.engine.jobs[0].steps == steps


async def test_one_stream_or_connection_too_many_is_refused(door: Door, knock: Knock) -> None:
    listener = await knock(takes=False)
    for _ in range(3):
        assert "stream_id" in await listener.ask("synthesize", {"text": "w " * 900})
    assert (await listener.ask("synthesize", {"text": "one"}))["error"]["code"] == "too_many_streams"
    await knock()
    await knock()
    with pytest.raises(socketio.exceptions.ConnectionError):
        await knock()


async def test_a_flood_of_requests_is_answered_and_refused_in_time(settings: Settings, tmp_path: Path) -> None:
    limited = settings.model_copy(update={"requests_per_minute": 5})
    async with serve(limited) as door:
        client = socketio.AsyncClient(reconnection=False)
        await client.connect(door.url, transports=["websocket"])
        answers = [await client.call("synthesize", {"text": "one"}, timeout=5) for _ in range(8)]
        await client.disconnect()
    refused = [answer["error"] for answer in answers if "error" in answer and answer["error"]["code"] == "rate_limited"]
    assert len(refused) == 3
    assert all(error["retry_after_s"] > 0 for error in refused)


async def test_text_is_taken_in_the_order_it_was_sent_and_spoken_as_the_whole(settings: Settings) -> None:
    text = "Well, this is how it began, on a rainy day in May. 然后他们就回家了。"
    engine = engine_of(Humming(), Phonemizer(KOKORO_SYMBOLS))
    async with serve(settings, engine) as door:  # type: ignore[arg-type]
        client = socketio.AsyncClient(reconnection=False)
        sound: dict[str, bytearray] = {}
        flushed: list[Any] = []
        done: list[Any] = []
        client.on("audio_chunk", lambda data: sound.setdefault(data["stream_id"], bytearray()).extend(data["pcm"]))
        client.on("flushed", flushed.append)
        client.on("done", done.append)
        await client.connect(door.url, transports=["websocket"])
        whole = await client.call("synthesize", {"text": text, "voice": "am_michael"}, timeout=5)
        asked = {"text": "", "voice": "am_michael", "incremental": True}
        stream_id = (await client.call("synthesize", asked, timeout=5))["stream_id"]
        answers: list[Any] = []
        for character in text:
            await client.emit("text", {"stream_id": stream_id, "text": character}, callback=answers.append)
        await client.emit("text", {"stream_id": stream_id, "flush": True, "end": True}, callback=answers.append)
        await until(lambda: len(done) == 2)
        await client.disconnect()
    assert [answer["texts"] for answer in answers] == list(range(1, len(text) + 2))
    assert sound[stream_id] == sound[whole["stream_id"]]
    assert flushed == [{"stream_id": stream_id, "flush": 0, "start_sample": len(sound[stream_id]) // 2}]


async def test_text_for_a_stream_that_takes_none_has_a_code(door: Door, knock: Knock) -> None:
    listener = await knock(takes=False)
    ack = await listener.ask("synthesize", {"text": "w " * 900})
    answer = await listener.ask("text", {"stream_id": ack["stream_id"], "text": "more"})
    assert answer["error"]["code"] == "text_ended"


async def test_a_flood_of_text_is_refused(settings: Settings) -> None:
    limited = settings.model_copy(update={"texts_per_second": 1})
    async with serve(limited) as door:
        client = socketio.AsyncClient(reconnection=False)
        await client.connect(door.url, transports=["websocket"])
        answers = [await client.call("text", {"stream_id": "x", "text": "one"}, timeout=5) for _ in range(12)]
        await client.disconnect()
    codes = [answer["error"]["code"] for answer in answers]
    assert codes[0] == "stream_not_found"
    assert "rate_limited" in codes


async def test_a_server_open_to_others_wants_a_key(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    key = KeyStore(tmp_path).add("test", datetime.now(UTC)).presented
    # It says that it is open to all; the test itself binds to loopback.
    async with serve(Settings(data_dir=tmp_path, host="0.0.0.0")) as door:
        for auth in (None, {"api_key": "wt_wrong"}, {"api_key": 5}, "nonsense", {"api_key": "x" * 9999}):
            client = socketio.AsyncClient(reconnection=False)
            refusals: list[Any] = []
            client.on("connect_error", refusals.append)
            with pytest.raises(socketio.exceptions.ConnectionError):
                await client.connect(door.url, transports=["websocket"], auth=auth)
            assert refusals[0]["data"]["code"] == "unauthorized"
        client = socketio.AsyncClient(reconnection=False)
        await client.connect(door.url, transports=["websocket"], auth={"api_key": key})
        assert "stream_id" in await client.call("synthesize", {"text": "one"}, timeout=5)
        await client.disconnect()


async def test_nothing_is_deflated_and_polling_is_not_offered(door: Door) -> None:
    async with aiohttp.ClientSession() as http:
        async with http.ws_connect(f"{door.url}/socket.io/?EIO=4&transport=websocket", compress=15) as socket:
            assert socket.compress == 0
        async with http.get(f"{door.url}/socket.io/?EIO=4&transport=polling") as response:
            assert response.status == 400


async def test_a_page_of_another_site_may_not_connect(door: Door) -> None:
    async with aiohttp.ClientSession() as http:
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Host": "rebound.example"}):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await http.ws_connect(f"{door.url}/socket.io/?EIO=4&transport=websocket", headers=headers)
        async with http.ws_connect(
            f"{door.url}/socket.io/?EIO=4&transport=websocket", headers={"Origin": door.url}
        ) as ws:
            assert not ws.closed


async def test_a_message_that_is_too_large_closes_its_connection_alone(door: Door, knock: Knock) -> None:
    other = await knock()
    async with raw_socket(door) as socket:
        await socket.receive()
        await socket.send_str("4" + "x" * 1_100_000)
        async with asyncio.timeout(5):
            while not socket.closed:
                await socket.receive()
    assert "stream_id" in await other.ask("synthesize", {"text": "one"})


@pytest.mark.parametrize(
    "frame",
    ["4", "42", "42[", '42["synthesize"', "4299999[]", "451-", "99", "4\ud7ff", "42{}", "43[]", '4217["connect"]'],
)
async def test_malformed_packets_harm_nobody(door: Door, knock: Knock, frame: str) -> None:
    other = await knock()
    async with raw_socket(door) as socket:
        await socket.receive()
        await socket.send_str("40")
        await socket.receive()
        await socket.send_str(frame)
        await socket.send_bytes(b"\x00" * 100)
    assert "stream_id" in await other.ask("synthesize", {"text": "one"})
