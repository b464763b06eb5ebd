"""The real voices tell when their words are heard, on the clock of the sound that follows."""

import asyncio
from typing import Any

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
