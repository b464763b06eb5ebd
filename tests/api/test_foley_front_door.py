"""Foley through the front door: a real clip goes up over HTTP, its sound comes back by every way there is."""

import asyncio
import io
import json
import re
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import av
import numpy as np
import pytest
import socketio

from server.api.foley_timeline import joined
from server.settings import Settings
from tests.support.clips import make_clip
from tests.support.foley_server import FoleyServer, emptied, flashes, foley_server, running_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_store(tmp_path_factory.mktemp("store")) as url:
        yield url


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    return make_clip(path, times_ms=range(0, 3000, 40), paint=flashes)


@pytest.fixture
def settings(store: str, tmp_path: Path) -> Settings:
    return Settings(
        store_url=emptied(store),
        data_dir=tmp_path,
        store_bytes=64 * 2**20,
        foley_backend="tests.support.foley_server:FlashBackend",
        drain_timeout_s=0,
    )


@pytest.fixture
async def foley(settings: Settings) -> AsyncIterator[FoleyServer]:
    async with foley_server(settings) as server:
        yield server


async def watched(server: FoleyServer, task: dict[str, Any], **more: Any) -> tuple[dict[str, Any], list[Any]]:
    """What a watcher is acknowledged, and all it is sent."""
    client, messages, over = socketio.AsyncClient(reconnection=False), [], asyncio.Event()

    async def keep(event: str, data: Any) -> None:
        messages.append((event, data))
        if event in ("done", "error"):
            over.set()

    client.on("*", keep)
    await client.connect(server.url, transports=["websocket"])
    try:
        ack = await client.call("watch", {"task_id": task["task_id"], "token": task["token"], **more}, timeout=5)
        if "error" not in ack:
            async with asyncio.timeout(20):
                await over.wait()
        return ack, messages
    finally:
        await client.disconnect()


def pcm_of(messages: list[Any]) -> bytes:
    return b"".join(data["pcm"] for event, data in messages if event == "audio_chunk")


def samples_of(wav: bytes) -> np.ndarray:
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (48_000, 2, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)


async def test_a_clip_is_heard_by_watchers_and_over_http_to_the_same_byte(foley: FoleyServer, clip: Path) -> None:
    task = await foley.start(clip, description="knocking", seed="5")
    assert not task["cached"]
    (ack, messages), wav = await asyncio.gather(watched(foley, task), foley.audio(task, "?format=wav"))
    assert (ack["sample_rate_hz"], ack["channels"]) == (48_000, 2)
    assert pcm_of(messages) == samples_of(wav).tobytes()
    assert len(samples_of(wav)) == 30 * 4800
    onsets = np.flatnonzero(samples_of(wav)[:, 0] == 32767) / 48_000
    assert onsets == pytest.approx([0.36, 0.76, 1.16, 1.56, 1.96, 2.36, 2.76], abs=1e-3)
    # A late one hears the same from the start, and so does a file that is written once it is done.
    late_ack, late = await watched(foley, task)
    assert pcm_of(late) == pcm_of(messages)
    assert (late_ack["state"], late_ack["n_samples"]) == ("completed", 30 * 4800)
    done = await foley.audio(task)
    assert samples_of(done).tobytes() == pcm_of(messages)
    assert len(done) == 44 + 4 * 30 * 4800


async def test_a_watcher_is_told_what_comes_before_it_is_heard(foley: FoleyServer, clip: Path) -> None:
    ack, messages = await watched(foley, await foley.start(clip))
    assert all(data["stream_id"] == ack["stream_id"] for _, data in messages)
    heard_s, told, starts = 0.0, [], []
    for event, data in messages:
        if event == "audio_chunk":
            starts.append(data["start_sample"])
            heard_s = data["start_sample"] / 48_000 + 0.1
        elif event == "timeline":
            told += [each["onset_s"] for each in data["events"]]
            assert all(each["onset_s"] >= heard_s - 1e-4 for each in data["events"])
    assert starts == [4800 * n for n in range(30)]
    assert len(told) == 7
    percents = [data["percent"] for event, data in messages if event == "progress"]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert [data["code"] for event, data in messages if event == "warning"] == ["too_dark"]
    assert messages[-1] == ("done", {"stream_id": ack["stream_id"], "total_samples": 30 * 4800})


async def test_who_comes_back_goes_on_at_the_sample_that_is_missing(foley: FoleyServer, clip: Path) -> None:
    task = await foley.start(clip)
    _, whole = await watched(foley, task)
    for next_sample in (0, 1, 4799, 4800, 50_000, 143_999, 144_000):
        _, rest = await watched(foley, task, next=next_sample)
        assert pcm_of(rest) == pcm_of(whole)[4 * next_sample :]
        chunks = [data for event, data in rest if event == "audio_chunk"]
        assert [chunk["start_sample"] for chunk in chunks][:1] == ([next_sample] if next_sample < 144_000 else [])
        timelines = [data["events"] for event, data in rest if event == "timeline"]
        assert timelines == [data["events"] for event, data in whole if event == "timeline"]
        assert rest[-1][1]["total_samples"] == 144_000


async def test_the_same_again_is_there_at_once_and_says_so(foley: FoleyServer, clip: Path) -> None:
    first = await foley.start(clip, description="knocking")
    await foley.ended(first)
    again = await foley.start(clip, description="knocking")
    assert again["cached"]
    assert (await foley.status(again))["status"] == "completed"
    assert await foley.audio(again) == await foley.audio(first)
    other = await foley.start(clip, description="knocking", seed="1")
    assert not other["cached"]
    await foley.ended(other)
    assert await foley.audio(other) != await foley.audio(first)
    assert len(foley.uploads) == 2


async def test_the_sound_comes_in_every_format_rate_and_number_of_channels(foley: FoleyServer, clip: Path) -> None:
    task = await foley.start(clip)
    for form, media_type in (("mp3", "audio/mpeg"), ("aac", "audio/aac"), ("flac", "audio/flac")):
        response = await foley.client.get(foley.path(task, f"/audio?format={form}"), headers=foley.header(task))
        assert response.headers["Content-Type"] == media_type
        with av.open(io.BytesIO(await response.read())) as file:
            stream = file.streams.audio[0]
            assert (stream.rate, stream.channels) == (48_000, 2)
            n_samples = sum(frame.samples for frame in file.decode(stream))
        assert n_samples == pytest.approx(30 * 4800, abs=3 * 1152)
    wav = await foley.audio(task, "?format=wav&sample_rate=16000&channels=1")
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getframerate(), file.getnchannels()) == (16_000, 1)
    assert len(wav) == pytest.approx(44 + 2 * 48_000, abs=200)
    response = await foley.client.head(foley.path(task, "/audio"), headers=foley.header(task))
    assert response.status == 200
    assert response.headers["Content-Length"] == str(44 + 4 * 30 * 4800)
    assert await response.read() == b""


async def test_the_timeline_tells_all_and_given_back_as_it_is_sounds_the_same(foley: FoleyServer, clip: Path) -> None:
    task = await foley.start(clip, seed="3")
    await foley.ended(task)
    timeline = await foley.events(task)
    assert timeline["duration_s"] == timeline["until_s"] == 3.0
    assert [round(event["onset_s"], 2) for event in timeline["events"]] == [0.36, 0.76, 1.16, 1.56, 1.96, 2.36, 2.76]
    assert timeline["beds"] == [{"start_s": 0.0, "end_s": 3.0, "label": "rain", "level": 0.5, "room": "outdoors"}]
    assert timeline["quality"] == {"warnings": ["too_dark"]}
    assert timeline["stems"] == ["hits", "steps", "spots", "beds"]
    response = await foley.client.put(foley.path(task, "/timeline"), json=timeline, headers=foley.header(task))
    assert response.status == 202
    rendered = await response.json()
    assert rendered["task_id"] != task["task_id"]
    await foley.ended(rendered)
    assert await foley.audio(rendered) == await foley.audio(task)


async def test_an_edited_timeline_sounds_as_it_says_and_stems_can_be_muted(foley: FoleyServer, clip: Path) -> None:
    task = await foley.start(clip)
    await foley.ended(task)
    edit = {"events": [{"onset_s": 2.0, "label": "footstep", "material": "snow"}, {"onset_s": 1.5, "label": "dog"}]}

    async def heard(**more: Any) -> list[float]:
        response = await foley.client.put(
            foley.path(task, "/timeline"), json={**edit, **more}, headers=foley.header(task)
        )
        rendered = await response.json()
        assert response.status == 202, rendered
        await foley.ended(rendered)
        shown = await foley.events(rendered)
        assert [event["onset_s"] for event in shown["events"]] == [1.5, 2.0]
        assert shown["events"][0]["confidence"] == 1.0
        assert shown["stems"] == more.get("stems", ["hits", "steps", "spots", "beds"])
        samples = samples_of(await foley.audio(rendered))
        return list(np.flatnonzero(samples[:, 0] == 32767) / 48_000)

    assert await heard() == [1.5, 2.0]
    assert await heard(stems=["spots"]) == []


async def test_the_video_comes_with_its_new_sound_once_it_is_done(foley: FoleyServer, clip: Path) -> None:
    task = await foley.start(clip, seed="2")
    await foley.ended(task)
    ticket = task["ws_url"].split("ticket=")[1]
    for _ in range(2):
        response = await foley.client.get(foley.path(task, f"/video?ticket={ticket}"))
        assert (response.status, response.headers["Content-Type"]) == (200, "video/mp4")
        data = await response.read()
        assert len(data) == int(response.headers["Content-Length"])
    with av.open(io.BytesIO(data)) as file, av.open(str(clip)) as before:
        (sound,) = file.streams.audio
        assert (sound.rate, sound.channels) == (48_000, 2)
        shown = [bytes(packet) for packet in file.demux(video=0) if packet.size]
        assert shown == [bytes(packet) for packet in before.demux(video=0) if packet.size]
    assert len(foley.uploads) == 1


async def test_captions_are_there_in_both_languages(foley: FoleyServer, clip: Path) -> None:
    task = await foley.start(clip)
    await foley.ended(task)
    for language, words in (("en", "[impact, wood]"), ("zh", "[撞击，木]")):
        path = foley.path(task, f"/captions.vtt?language={language}")
        response = await foley.client.get(path, headers=foley.header(task))
        assert response.headers["Content-Type"] == "text/vtt; charset=utf-8"
        text = await response.text()
        assert text.startswith("WEBVTT\n")
        assert words in text


async def test_a_plain_websocket_is_told_how_it_goes_until_it_is_over(foley: FoleyServer, clip: Path) -> None:
    task = await foley.start(clip)
    assert re.fullmatch(rf"ws://127\.0\.0\.1:\d+/ws/{task['task_id']}\?ticket=\S+", task["ws_url"])
    messages = []
    async with aiohttp.ClientSession() as http, http.ws_connect(task["ws_url"]) as socket:
        async for message in socket:
            messages.append(json.loads(message.data))
        assert socket.close_code == 1000
    assert set(messages[0]) == {"status", "step", "progress", "message", "audio_url"}
    assert [message["progress"] for message in messages] == sorted(message["progress"] for message in messages)
    assert messages[-1]["status"] == "completed"
    assert messages[-1]["progress"] == 100
    assert all(message["audio_url"] is None for message in messages[:-1])
    async with aiohttp.ClientSession() as http, http.get(messages[-1]["audio_url"]) as response:
        assert response.status == 200
        assert len(samples_of(await response.read())) == 30 * 4800


async def test_a_video_is_fetched_made_and_given_as_the_other_shape_has_it(settings: Settings, clip: Path) -> None:
    async def give(_: aiohttp.web.Request) -> aiohttp.web.FileResponse:
        return aiohttp.web.FileResponse(clip)

    elsewhere = aiohttp.web.Application()
    elsewhere.router.add_get("/clip.mp4", give)
    open_settings = settings.model_copy(update={"foley_fetch_private": True})
    async with (
        aiohttp.test_utils.TestServer(elsewhere) as site,
        foley_server(open_settings) as foley,
    ):
        body = {
            "video_url": str(site.make_url("/clip.mp4")),
            "output": {"format": "mp3", "sample_rate": 44100, "channels": 1, "bitrate": "192k"},
            "effects": {"profile": "cartoon", "sync": "second", "background_music": {"enabled": False}},
            "options": {"return_detailed_log": True, "webhook": "x"},
            "user": "somebody",
        }
        response = await foley.client.post("/v1/video/foley/generate", json=body)
        assert response.status == 202
        assert response.headers["X-Wildtrack-Ignored"] == "output.bitrate, options.webhook, user, effects.sync"
        task = await response.json()
        await foley.ended(task)
        # Clients of this shape know of no token.
        answer = await foley.client.get(f"/v1/video/foley/status?task_id={task['task_id']}")
        status = await answer.json()
        assert (status["status"], status["progress"], status["error"]) == ("completed", 100, None)
        assert status["result"]["duration_seconds"] == 3.0
        assert status["result"]["log"][-1]["step"] == "finishing"
        assert (await foley.events(task))["beds"] == []
        async with aiohttp.ClientSession() as http, http.get(status["result"]["audio_url"]) as sound:
            assert sound.headers["Content-Type"] == "audio/mpeg"
            with av.open(io.BytesIO(await sound.read())) as file:
                assert (file.streams.audio[0].rate, file.streams.audio[0].channels) == (44_100, 1)


async def test_the_list_of_models_has_foley(settings: Settings) -> None:
    async with foley_server(settings, has_worker=False) as foley:
        listed = await (await foley.client.get("/v1/models")).json()
    assert "wildtrack-foley" in [model["id"] for model in listed["data"]]


async def test_what_is_deleted_is_gone_with_its_files(foley: FoleyServer, clip: Path) -> None:
    task = await foley.start(clip)
    await foley.ended(task)
    response = await foley.client.delete(foley.path(task), headers=foley.header(task))
    assert await response.json() == {"task_id": task["task_id"], "deleted": True}
    for what in ("", "/timeline", "/audio"):
        method = foley.client.delete if not what else foley.client.get
        assert (await method(foley.path(task, what), headers=foley.header(task))).status == 404
    assert foley.uploads == []


async def test_a_video_that_cannot_be_read_fails_and_says_why(foley: FoleyServer, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"this is no video at all " * 200)
    task = await foley.start(path)
    status = await foley.ended(task)
    assert status["status"] == "failed"
    assert status["error"]["code"] == "not_a_video"
    ack, messages = await watched(foley, task)
    assert ack["state"] == "failed"
    assert messages[-1][1]["code"] == "not_a_video"
    response = await foley.client.get(foley.path(task, "/audio"), headers=foley.header(task))
    assert response.status == 400


def test_beds_that_go_on_as_they_were_are_shown_as_one() -> None:
    def bed(start_s: float, end_s: float, label: str = "rain", level: float = 0.5) -> dict[str, Any]:
        return {"start_s": start_s, "end_s": end_s, "label": label, "level": level, "room": "street"}

    told = [bed(0, 1), bed(0, 1, "wind"), bed(1, 2), bed(1, 2, "wind", 0.2), bed(2.5, 4), bed(4, 9), bed(9, 10)]
    assert joined(told, 8.0) == [bed(0, 2), bed(0, 1, "wind"), bed(1, 2, "wind", 0.2), bed(2.5, 8.0)]
    assert joined(told, None)[-1] == bed(2.5, 10)


async def test_its_numbers_are_told_with_those_of_speech(foley: FoleyServer, clip: Path) -> None:
    await foley.ended(await foley.start(clip))
    async with foley.client.get("/metrics") as response:
        text = await response.text()
    assert 'wildtrack_foley_jobs_ended_total{outcome="completed"} 1.0' in text
    assert "wildtrack_foley_audio_seconds_total 3.0" in text
    assert "wildtrack_connections 0.0" in text
