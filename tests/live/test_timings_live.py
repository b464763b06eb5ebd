"""The real voices tell when their words are heard, on the clock of the sound that follows."""

import asyncio
import base64
import json
from typing import Any

import aiohttp
import numpy as np
import pytest
import socketio

pytestmark = pytest.mark.models

CASES = [
    {"text": "The kettle costs $24.50. Sit down, please!", "voice": "heart"},
    {"text": "The kettle costs $24.50. Sit down, please!", "voice": "af_bella"},
    {"text": "今天下午3点，我们用iPhone见面。谢谢你！", "voice": "zf_xiaoxiao"},
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["voice"])
async def test_words_come_before_they_sound_and_sound_where_they_were_told(
    live_server: str, case: dict[str, str]
) -> None:
    client = socketio.AsyncClient(reconnection=False)
    ended = asyncio.Event()
    pcm = bytearray()
    words: list[dict[str, Any]] = []

    async def audio_chunk(data: dict[str, Any]) -> None:
        pcm.extend(data["pcm"])

    async def timing(data: dict[str, Any]) -> None:
        assert data["start_sample"] >= len(pcm) // 2
        assert data["phonemes"]
        assert data["visemes"]
        words.extend(data["words"])

    client.on("audio_chunk", audio_chunk)
    client.on("timing", timing)
    client.on("done", lambda _: ended.set())
    await client.connect(live_server, transports=["websocket"])
    ack = await client.call("synthesize", {**case, "timings": ["words", "phonemes", "visemes"]})
    async with asyncio.timeout(60):
        await ended.wait()
    await client.disconnect()

    letters = "".join(character for character in case["text"] if character.isalnum())
    told = "".join(case["text"][word["start_character"] : word["end_character"]] for word in words)
    assert "".join(character for character in told if character.isalnum()) == letters
    sound = np.frombuffer(bytes(pcm), "<i2").astype(np.float64)
    levels = []
    for word in words:
        assert 0 <= word["start_sample"] < len(sound)
        # What a voice draws out at the end of a clause is silence, which is not sent.
        assert 0 < word["n_samples"] < len(sound) + 8000 - word["start_sample"]
        levels.append(np.sqrt(np.mean(sound[word["start_sample"] :][: word["n_samples"]] ** 2)))
    assert np.median(levels) > 500  # of 32768: that is speech, and no pause
    assert ack["sample_rate_hz"] == 24_000


async def test_a_mark_is_told_before_it_is_heard_and_a_broken_document_where_it_breaks(live_server: str) -> None:
    client = socketio.AsyncClient(reconnection=False)
    ended = asyncio.Event()
    told: list[dict[str, Any]] = []
    client.on("audio_chunk", lambda data: None)
    client.on("timing", told.append)
    client.on("done", lambda _: ended.set())
    await client.connect(live_server, transports=["websocket"])
    document = '<speak>One <emphasis>two</emphasis>,<mark name="here"/> three.<break time="1s"/> Four.</speak>'
    broken = await client.call("synthesize", {"text": document.replace("</emphasis>", ""), "ssml": True})
    ack = await client.call("synthesize", {"text": document, "ssml": True, "voice": "heart"})
    async with asyncio.timeout(60):
        await ended.wait()
    await client.disconnect()
    assert broken["error"]["code"] == "invalid_ssml"
    assert "line 1" in broken["error"]["message"]
    assert [mark["name"] for each in told for mark in each.get("marks", ())] == ["here"]
    assert all(each["stream_id"] == ack["stream_id"] and "words" not in each for each in told)


async def test_captions_and_events_tell_the_same_times_over_http(live_server: str) -> None:
    text = "The kettle costs $24.50. Sit down, please!"
    own = {"text": text, "voice": "heart"}
    speech = {"input": text, "voice": "heart", "response_format": "pcm", "stream_format": "sse", "timings": ["words"]}
    async with aiohttp.ClientSession(live_server) as http:
        async with http.post("/v1/audio/captions", json={**own, "format": "json"}) as response:
            assert response.status == 200, await response.text()
            told = await response.json()
        async with http.post("/v1/audio/captions", json=own) as response:
            assert response.content_type == "text/vtt"
            subtitles = await response.text()
        async with http.post("/v1/audio/speech", json=speech) as response:
            lines = (await response.text()).split("\n\n")
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line]
    assert events[0]["type"] == "speech.audio.timing"
    words = [word for event in events if event["type"] == "speech.audio.timing" for word in event["words"]]
    assert words == [word for clause in told["clauses"] for word in clause["words"]]
    pcm = b"".join(base64.b64decode(event["audio"]) for event in events if event["type"] == "speech.audio.delta")
    assert len(pcm) == 2 * told["n_samples"]
    assert "The kettle costs $24.50." in subtitles
    assert "Sit down, please!" in subtitles
