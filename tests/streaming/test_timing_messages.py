"""What is told of a clause comes before its sound, and only to those who asked."""

import weakref
from typing import Any

import numpy as np

from server.audio.chunk import AudioChunk
from server.audio.timing import SpeechTiming, TimedPhoneme, TimedWord
from server.engines.base import TimingKind
from server.streaming.outbox import Lane, Outbox

TIMING = SpeechTiming(
    3, 9, True, 100, (TimedWord(3, 5, 100, 50),), (TimedPhoneme("m", 100, 20), TimedPhoneme("b", 120, 30))
)


async def sent(kinds: tuple[TimingKind, ...]) -> list[tuple[str, dict[str, Any]]]:
    messages: list[tuple[str, dict[str, Any]]] = []

    async def emit(event: str, data: dict[str, Any], _: object) -> None:
        messages.append((event, data))

    outbox = Outbox(emit, window=4, on_room=lambda: None)
    lane: Lane = outbox.open_lane("s", timings=kinds)
    assert lane.outbox == weakref.ref(outbox)
    lane.put(AudioChunk(np.zeros((2, 1), np.float32), 0, is_last=False, timings=(TIMING, TIMING)))
    lane.put(AudioChunk(np.zeros((2, 1), np.float32), 2, is_last=True))
    while (message := outbox._next()) is not None:
        await emit(*message)
    return messages


async def test_it_comes_before_the_sound() -> None:
    messages = await sent(("words",))
    assert [event for event, _ in messages] == ["timing", "timing", "audio_chunk", "audio_chunk"]
    assert messages[0][1] == {
        "stream_id": "s",
        "start_character": 3,
        "end_character": 9,
        "begins_sentence": True,
        "start_sample": 100,
        "words": [{"start_character": 3, "end_character": 5, "start_sample": 100, "n_samples": 50}],
    }
    assert [data["sequence"] for event, data in messages if event == "audio_chunk"] == [0, 1]


async def test_who_did_not_ask_is_told_nothing() -> None:
    assert [event for event, _ in await sent(())] == ["audio_chunk", "audio_chunk"]


async def test_sounds_of_one_shape_are_one_viseme() -> None:
    (_, told), *_ = await sent(("visemes", "phonemes"))
    assert told["visemes"] == [{"viseme": "PP", "azure_id": 21, "start_sample": 100, "n_samples": 50}]
    assert [each["phoneme"] for each in told["phonemes"]] == ["m", "b"]
    assert "words" not in told
