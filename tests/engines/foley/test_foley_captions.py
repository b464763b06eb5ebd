"""Sound captions are WebVTT that others read, in both languages."""

import io

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.engines.foley.captions import captions
from server.engines.foley.classes import CLASSES, GROUND, HARD
from server.engines.foley.timeline import Bed, EventTimeline, FoleyEvent


def event(onset_s: float, label: str = "impact", material: str | None = "wood", duration_s: float = 0.0) -> FoleyEvent:
    return FoleyEvent(onset_s, duration_s, label, material, 0.5, 0, 1)


def cues(text: str) -> list[tuple[str, str]]:
    blocks = text.strip().split("\n\n")[1:]
    return [tuple(block.split("\n")) for block in blocks]  # type: ignore[misc]


def test_an_event_is_named_with_its_material_in_the_language_that_is_asked_for() -> None:
    timeline = EventTimeline(10, (event(1.0),), ())
    assert cues(captions(timeline, "en")) == [("00:00:01.000 --> 00:00:02.200", "[impact, wood]")]
    assert cues(captions(timeline, "zh")) == [("00:00:01.000 --> 00:00:02.200", "[撞击，木]")]


def test_steps_that_follow_each_other_share_a_caption() -> None:
    steps = tuple(event(n * 0.6, "footstep", "gravel") for n in range(10))
    later = (event(30.0, "footstep", "gravel"),)
    assert cues(captions(EventTimeline(60, steps + later, ()), "en")) == [
        ("00:00:00.000 --> 00:00:06.600", "[footsteps, gravel]"),
        ("00:00:30.000 --> 00:00:31.200", "[footsteps, gravel]"),
    ]


def test_a_background_is_told_of_where_it_begins() -> None:
    beds = (Bed(0, 60, "rain", 0.5), Bed(60, 62, "room", 0.2))
    assert cues(captions(EventTimeline(61, (), beds), "en")) == [
        ("00:00:00.000 --> 00:00:04.000", "[rain]"),
        ("00:01:00.000 --> 00:01:01.000", "[quiet room]"),
    ]


@pytest.mark.parametrize("sound", CLASSES, ids=lambda sound: sound.id)
def test_every_class_has_words_in_both_languages(sound: object) -> None:
    materials = sound.materials or (None,)  # type: ignore[attr-defined]
    events = tuple(event(2.0 * n, sound.id, material) for n, material in enumerate(materials))  # type: ignore[attr-defined]
    for language in ("en", "zh"):
        assert len(cues(captions(EventTimeline(100, events, ()), language))) == len(materials)  # type: ignore[arg-type]


@given(
    onsets=st.lists(st.floats(0, 5000), max_size=30),
    labels=st.lists(st.sampled_from(["impact", "footstep", "dog"]), min_size=30, max_size=30),
)
def test_ffmpeg_reads_the_cues_of_any_timeline(onsets: list[float], labels: list[str]) -> None:
    materials = {"impact": HARD[0], "footstep": GROUND[0], "dog": None}
    events = [event(onset, label, materials[label]) for onset, label in zip(sorted(onsets), labels, strict=False)]
    text = captions(EventTimeline(5000, tuple(events), (Bed(0, 5000, "rain", 0.5),)), "zh")
    with av.open(io.BytesIO(text.encode()), format="webvtt") as file:
        packets = [packet for packet in file.demux(subtitles=0) if packet.size]
    assert len(packets) == len(cues(text))
    assert [packet.pts for packet in packets] == sorted(packet.pts for packet in packets)
