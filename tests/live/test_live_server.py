"""The real server with the real models: every door gives the same bytes, and nobody hears another."""

import asyncio
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import socketio

pytestmark = pytest.mark.models
ROOT = Path(__file__).resolve().parents[2]

ENGLISH = {"text": "The kettle is on, so sit down and tell me everything.", "voice": "heart"}
MANDARIN = {"text": "今天下午三点我们在图书馆见。", "voice": "zf_xiaoxiao"}
MIXED = {"text": "请打开 iPhone 的设置，谢谢。", "voice": "am_michael"}


async def over_http(url: str, request: dict[str, Any]) -> bytes:
    body = {"model": "tts-1", "input": request["text"], "voice": request["voice"], "response_format": "pcm"}
    async with aiohttp.ClientSession() as http, http.post(f"{url}/v1/audio/speech", json=body) as response:
        assert response.status == 200, await response.text()
        return await response.read()


async def over_socketio(url: str, *requests: dict[str, Any]) -> list[bytes]:
    """Speak all of them at once on one connection."""
    client = socketio.AsyncClient(reconnection=False)
    sound: dict[str, bytearray] = {}
    ended: dict[str, asyncio.Event] = {}

    def of(stream_id: str) -> tuple[bytearray, asyncio.Event]:
        return sound.setdefault(stream_id, bytearray()), ended.setdefault(stream_id, asyncio.Event())

    async def audio_chunk(data: dict[str, Any]) -> None:
        buffer, _ = of(data["stream_id"])
        assert data["start_sample"] * 2 == len(buffer)
        buffer.extend(data["pcm"])

    client.on("audio_chunk", audio_chunk)
    client.on("done", lambda data: of(data["stream_id"])[1].set())
    await client.connect(url, transports=["websocket"])
    acks = await asyncio.gather(*(client.call("synthesize", request) for request in requests))
    async with asyncio.timeout(60):
        for ack in acks:
            await of(ack["stream_id"])[1].wait()
    await client.disconnect()
    return [bytes(of(ack["stream_id"])[0]) for ack in acks]


async def test_every_door_gives_the_same_bytes_every_time(live_server: str) -> None:
    for request in (ENGLISH, MANDARIN):
        first = await over_http(live_server, request)
        assert len(first) > 48_000
        assert await over_http(live_server, request) == first
        assert await over_socketio(live_server, request) == [first]


async def test_listeners_at_once_hear_each_their_own(live_server: str) -> None:
    requests = (ENGLISH, MANDARIN, MIXED)
    alone = [hashlib.sha256(await over_http(live_server, request)).hexdigest() for request in requests]
    assert len(set(alone)) == 3
    together, *over = await asyncio.gather(
        over_socketio(live_server, *requests), *(over_http(live_server, request) for request in requests)
    )
    assert [hashlib.sha256(pcm).hexdigest() for pcm in together] == alone
    assert [hashlib.sha256(pcm).hexdigest() for pcm in over] == alone


async def test_the_seed_changes_hibaris_noise_and_nothing_else(live_server: str) -> None:
    first, again, other = await over_socketio(
        live_server, {**ENGLISH, "seed": 1}, {**ENGLISH, "seed": 1}, {**ENGLISH, "seed": 2}
    )
    assert first == again
    assert first != other
    assert abs(len(first) - len(other)) < 4800


@pytest.fixture(scope="module")
def gunicorn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same application under gunicorn, on a free loopback port."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "WILDTRACK_PORT": str(port),
        "WILDTRACK_DATA_DIR": str(tmp_path_factory.mktemp("gunicorn")),
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "server.app:application"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)


async def test_gunicorn_serves_the_same(live_server: str, gunicorn: str) -> None:
    async with aiohttp.ClientSession() as http:
        async with asyncio.timeout(60):
            while True:
                try:
                    async with http.get(f"{gunicorn}/readyz") as response:
                        if response.status == 200:
                            break
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.1)
    assert await over_socketio(gunicorn, ENGLISH) == [await over_http(live_server, ENGLISH)]


async def hear_until(url: str, samples: int, event: str, request: dict[str, Any]) -> tuple[bytes, dict[str, Any], bool]:
    """Ask, take sound until there are `samples` of it, and break the connection off; (pcm, ack, whether it was all)."""
    client = socketio.AsyncClient(reconnection=False)
    sound = bytearray()
    enough, done = asyncio.Event(), asyncio.Event()

    async def audio_chunk(data: dict[str, Any]) -> None:
        if len(sound) < 2 * samples:
            sound.extend(data["pcm"])
        if len(sound) >= 2 * samples:
            enough.set()

    client.on("audio_chunk", audio_chunk)
    client.on("done", lambda _: done.set())
    await client.connect(url, transports=["websocket"])
    ack = await client.call(event, request)
    waiting = [asyncio.create_task(happened.wait()) for happened in (enough, done)]
    await asyncio.wait(waiting, timeout=60, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    await client.eio.disconnect(abort=True)
    return bytes(sound), ack, done.is_set()


@pytest.mark.parametrize("request_", [ENGLISH, MANDARIN])
async def test_a_broken_connection_goes_on_to_the_byte(live_server: str, request_: dict[str, Any]) -> None:
    whole = await over_http(live_server, request_)
    heard, ack, is_whole = await hear_until(live_server, 7000, "synthesize", request_)
    breaks = 0
    while not is_whole:
        breaks += 1
        asked = {
            "stream_id": ack["stream_id"],
            "stream_token": ack["stream_token"],
            "next_sample": len(heard) // 2,
        }
        more, again, is_whole = await hear_until(live_server, 9000 * breaks, "resume", asked)
        assert "error" not in again, again
        heard += more
    assert heard == whole
    assert breaks >= 3


class Dictating:
    """A client that sends text as it comes, and keeps what it hears of it over all its connections."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.sound = bytearray()
        self.flushed: dict[int, int] = {}
        self.done = asyncio.Event()
        self.ack: dict[str, Any] = {}
        self._client = socketio.AsyncClient(reconnection=False)

    async def ask(self, event: str, request: dict[str, Any]) -> None:
        client = self._client = socketio.AsyncClient(reconnection=False)

        async def audio_chunk(data: dict[str, Any]) -> None:
            if client is self._client:
                assert data["start_sample"] * 2 == len(self.sound)
                self.sound.extend(data["pcm"])

        client.on("audio_chunk", audio_chunk)
        client.on("flushed", lambda data: self.flushed.update({data["flush"]: data["start_sample"]}))
        client.on("done", lambda _: self.done.set())
        await client.connect(self._url, transports=["websocket"])
        self.ack = await client.call(event, request)
        assert "error" not in self.ack, self.ack

    async def write(self, text: str, **more: bool) -> None:
        answer = await self._client.call("text", {"stream_id": self.ack["stream_id"], "text": text, **more})
        assert "error" not in answer, answer

    async def break_and_resume(self) -> None:
        await self.leave()
        again = {name: self.ack[name] for name in ("stream_id", "stream_token")}
        await self.ask("resume", {**again, "next_sample": len(self.sound) // 2})

    async def leave(self) -> None:
        await self._client.eio.disconnect(abort=True)


@pytest.mark.parametrize("request_", [ENGLISH, MANDARIN, MIXED])
async def test_text_in_pieces_over_broken_connections_sounds_like_the_whole(
    live_server: str, request_: dict[str, Any]
) -> None:
    text = request_["text"]
    dictating = Dictating(live_server)
    language = "en" if request_ is ENGLISH else None
    await dictating.ask(
        "synthesize", {"text": "", "voice": request_["voice"], "language": language, "incremental": True}
    )
    for place, character in enumerate(text):
        await dictating.write(character)
        if place % 9 == 5:
            await dictating.break_and_resume()
            assert dictating.ack["texts"] == place + 1
    await dictating.write("", flush=True)
    async with asyncio.timeout(60):
        while not dictating.flushed:
            await asyncio.sleep(0.01)
    assert dictating.sound == await over_http(live_server, request_)
    assert dictating.flushed == {0: len(dictating.sound) // 2}
    await dictating.break_and_resume()
    await dictating.write("", end=True)
    async with asyncio.timeout(60):
        await dictating.done.wait()
    assert dictating.sound == await over_http(live_server, request_)
    await dictating.leave()
