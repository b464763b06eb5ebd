"""FoleyRun gives out parts and sound in order, as early as can be, the same however the pictures come."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.engines.foley.backend import CHUNK_SAMPLES, FoleyRequest, Impact, Observations, Samples
from server.engines.foley.run import Chunk, FoleyRun, Output, PictureWarning, n_chunks_of, parts_of, render_timeline
from server.engines.foley.timeline import Bed, EventTimeline, FoleyEvent, TimelinePart
from server.video.picture import GREY_HEIGHT, GREY_WIDTH, Picture

DARK = np.zeros((GREY_HEIGHT, GREY_WIDTH), np.uint8)
BRIGHT = np.full((GREY_HEIGHT, GREY_WIDTH), 255, np.uint8)


@dataclass
class Flashes:
    """Analyses and plans by one rule: each bright picture after a dark one is a hit. Sounds each as one full sample."""

    lookahead_s: float = 0.0
    delay_s: float = 0.1

    def analyse(self) -> "FlashAnalyser":
        return FlashAnalyser(self.delay_s)

    def plan(self, request: FoleyRequest) -> "FlashPlanner":
        return FlashPlanner()

    def stream(self, request: FoleyRequest) -> "FlashRenderer":
        return FlashRenderer(self.lookahead_s)


@dataclass
class FlashAnalyser:
    delay_s: float
    was_bright: bool = False
    doubtful: list[Impact] = field(default_factory=list)

    def push(self, pictures: Sequence[Picture]) -> Observations:
        for picture in pictures:
            is_bright = bool(picture.grey[0, 0])
            if is_bright and not self.was_bright:
                self.doubtful.append(Impact(picture.time_s, 0.7, 0.5, 0.5, 0.1, 0.9, "hit"))
            self.was_bright = is_bright
        return self._until(max(0.0, pictures[-1].time_s - self.delay_s), () if self.was_bright else ("too_dark",))

    def finish(self, duration_s: float) -> Observations:
        return self._until(duration_s, ())

    def _until(self, until_s: float, warnings: tuple[str, ...]) -> Observations:
        sure = tuple(impact for impact in self.doubtful if impact.time_s < until_s)
        self.doubtful = [impact for impact in self.doubtful if impact.time_s >= until_s]
        return Observations(until_s, sure, warnings=warnings)


class FlashPlanner:
    def push(self, observations: Observations) -> TimelinePart:
        return TimelinePart(
            observations.until_s,
            tuple(
                FoleyEvent(impact.time_s, 0.0, "impact", "wood", impact.strength, 0.0, impact.confidence)
                for impact in observations.impacts
            ),
        )


@dataclass
class FlashRenderer:
    lookahead_s: float
    until_s: float = 0.0
    onsets: list[int] = field(default_factory=list)
    at: int = 0

    def push(self, part: TimelinePart) -> None:
        assert part.until_s >= self.until_s
        self.until_s = part.until_s
        for event in part.events:
            assert event.onset_s * 48_000 >= self.at - 5, "it came too late to be heard"
            self.onsets.append(round(event.onset_s * 48_000))

    def render(self) -> Samples:
        end = self.at + CHUNK_SAMPLES
        if end / 48_000 + self.lookahead_s > self.until_s + 1e-6:
            raise ValueError("not settled")
        samples = np.full((CHUNK_SAMPLES, 2), 0.25, np.float32)
        for onset in self.onsets:
            if self.at <= onset < end:
                samples[onset - self.at] = 1.0
        self.at = end
        return samples


def flashing(n_pictures: int, every: int = 10, fps: float = 30.0) -> list[Picture]:
    return [Picture(n / fps, BRIGHT if n % every == every - 1 else DARK) for n in range(n_pictures)]


def whole(run: FoleyRun, pictures: Sequence[Picture], duration_s: float) -> list[Output]:
    return [*run.push(pictures), *run.finish(duration_s)]


def pcm(outputs: Sequence[Output]) -> bytes:
    return b"".join(output.pcm for output in outputs if isinstance(output, Chunk))


@given(sizes=st.lists(st.integers(1, 40), max_size=8), lookahead_s=st.sampled_from([0.0, 1.0]))
def test_however_the_pictures_come_the_outputs_are_the_same(sizes: list[int], lookahead_s: float) -> None:
    pictures, backend = flashing(100), Flashes(lookahead_s=lookahead_s)
    expected = whole(FoleyRun(backend, FoleyRequest()), pictures, 100 / 30)
    run, outputs, at = FoleyRun(backend, FoleyRequest()), [], 0
    for size in sizes:
        outputs += run.push(pictures[at : at + size])
        at += size
    outputs += run.push(pictures[at:])
    outputs += run.finish(100 / 30)
    assert outputs == expected


@given(duration_s=st.floats(0.01, 20))
def test_the_whole_length_sounds_and_no_more_than_a_chunk_beyond(duration_s: float) -> None:
    pictures = flashing(max(1, int(duration_s * 10)), fps=10)
    chunks = [o for o in whole(FoleyRun(Flashes(), FoleyRequest()), pictures, duration_s) if isinstance(o, Chunk)]
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
    assert all(len(chunk.pcm) == 4 * CHUNK_SAMPLES for chunk in chunks)
    assert duration_s - 1e-3 <= len(chunks) / 10 < duration_s + 0.1 + 1e-9


def test_the_sound_begins_long_before_the_last_picture() -> None:
    run = FoleyRun(Flashes(), FoleyRequest())
    first = next(
        n for n, picture in enumerate(flashing(3000)) if any(isinstance(o, Chunk) for o in list(run.push([picture])))
    )
    assert first < 16


def test_a_part_comes_before_the_sound_it_tells_of() -> None:
    heard_s = 0.0
    for output in whole(FoleyRun(Flashes(), FoleyRequest()), flashing(300), 10.0):
        if isinstance(output, Chunk):
            heard_s = (output.index + 1) / 10
        elif isinstance(output, TimelinePart):
            assert all(event.onset_s >= heard_s - 1e-4 for event in output.events)


def test_each_event_sounds_at_its_onset() -> None:
    outputs = whole(FoleyRun(Flashes(), FoleyRequest()), flashing(300), 10.0)
    onsets = [event.onset_s for output in outputs if isinstance(output, TimelinePart) for event in output.events]
    samples = np.frombuffer(pcm(outputs), "<i2").reshape(-1, 2)
    assert len(onsets) == 30
    assert np.flatnonzero(samples[:, 0] == 32767).tolist() == [round(onset * 48_000) for onset in onsets]


def test_a_part_without_anything_in_it_is_told_once_a_second() -> None:
    outputs = whole(FoleyRun(Flashes(), FoleyRequest()), [Picture(n / 30, DARK) for n in range(300)], 10.0)
    untils = [output.until_s for output in outputs if isinstance(output, TimelinePart)]
    assert len(untils) <= 11
    assert untils[-1] == 10.0


def test_a_warning_is_given_once() -> None:
    outputs = whole(FoleyRun(Flashes(), FoleyRequest()), flashing(300), 10.0)
    assert [output for output in outputs if isinstance(output, PictureWarning)] == [PictureWarning("too_dark")]


def test_the_very_end_fades() -> None:
    samples = np.frombuffer(pcm(whole(FoleyRun(Flashes(), FoleyRequest()), flashing(33), 1.1)), "<i2")
    assert samples[-1] == 0
    assert samples[-2 * 960 - 2] == 8192


def test_a_single_picture_sounds_for_as_long_as_it_is_shown() -> None:
    outputs = whole(FoleyRun(Flashes(), FoleyRequest()), [Picture(0.0, BRIGHT)], 7.3)
    assert len([output for output in outputs if isinstance(output, Chunk)]) == 73


def test_a_timeline_nobody_changed_sounds_as_it_did() -> None:
    outputs = whole(FoleyRun(Flashes(), FoleyRequest()), flashing(317, every=7), 317 / 30)
    parts = [output for output in outputs if isinstance(output, TimelinePart)]
    timeline = EventTimeline(317 / 30, tuple(event for part in parts for event in part.events), ())
    assert pcm(list(render_timeline(Flashes(), FoleyRequest(), timeline))) == pcm(outputs)


@given(
    onsets=st.lists(st.floats(0, 30), max_size=20),
    starts=st.lists(st.floats(0, 12), max_size=5),
    end=st.floats(0.1, 12),
)
def test_the_parts_of_a_timeline_have_everything_once(onsets: list[float], starts: list[float], end: float) -> None:
    events = tuple(FoleyEvent(onset, 0, "impact", None, 1, 0, 1) for onset in onsets)
    beds = tuple(Bed(start, start + 1, "rain", 0.5) for start in starts)
    parts = list(parts_of(EventTimeline(end, events, beds)))
    assert sorted(e.onset_s for part in parts for e in part.events) == sorted(onsets)
    assert sorted(b.start_s for part in parts for b in part.beds) == sorted(starts)
    assert parts[-1].until_s * 10 == pytest.approx(n_chunks_of(end))
    assert all(part.until_s <= later.until_s for part, later in itertools.pairwise(parts))
