"""FoleyRun: one video through a back end, from its pictures to its sound, each part given out as soon as it can be.

```
pictures -> analyser -> observations -> planner -> TimelinePart -> renderer -> chunks of 100 ms
```
Sound is made up to where the timeline is settled, and no further; so it begins when the first tenth of a second is
settled, long before the last picture is seen. All of it runs in the caller's thread and looks at no clock: the same
pictures and request give the same outputs in the same order, however the pictures came.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from server.audio.pcm import to_s16le
from server.engines.foley.backend import (
    CHUNK_SAMPLES,
    SAMPLE_RATE_HZ,
    FoleyBackend,
    FoleyRequest,
    Observations,
    Samples,
)
from server.engines.foley.timeline import Bed, EventTimeline, FoleyEvent, TimelinePart
from server.video.picture import Picture

PICTURES_AT_ONCE: Final = 8
"""Given to the analyser together: a network takes them faster so, and at 30 a second they are a quarter of one."""
_TOLD_EVERY_S: Final = 1.0
"""How often a part is given out that has nothing in it, so that a listener sees how far the analysis is."""
_FADE_SAMPLES: Final = 960
"""At the very end, 20 ms: what still rings there is not cut off with a click."""
_PART_S: Final = 1.0
"""Of a timeline that is there whole, what the renderer is given at once."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """100 ms of sound."""

    index: int
    pcm: bytes
    """Interleaved signed 16-bit little-endian stereo, CHUNK_SAMPLES per channel."""


@dataclass(frozen=True, slots=True)
class PictureWarning:
    """Something is wrong with the picture; told once for each code."""

    code: str


Output = TimelinePart | Chunk | PictureWarning
"""A part comes before the chunks that it is heard in."""


class FoleyRun:
    """One video in the making."""

    def __init__(self, backend: FoleyBackend, request: FoleyRequest) -> None:
        self._analyser = backend.analyse()
        self._planner = backend.plan(request)
        self._sound = _Sound(backend, request)
        self._waiting: list[Picture] = []
        self._warned: set[str] = set()
        self._told_until_s = 0.0

    @property
    def analysed_s(self) -> float:
        """How far the timeline is settled, in seconds."""
        return self._sound.until_s

    @property
    def n_chunks(self) -> int:
        """Made so far."""
        return self._sound.n_chunks

    def push(self, pictures: Iterable[Picture]) -> Iterator[Output]:
        """Take the next pictures; yield what they settle. To be read to its end before anything else is called."""
        for picture in pictures:
            self._waiting.append(picture)
            if len(self._waiting) == PICTURES_AT_ONCE:
                yield from self._observed(self._analyser.push(self._take()))

    def finish(self, duration_s: float) -> Iterator[Output]:
        """Yield the rest; the video ends here, and so does its sound, at the end of the chunk that the end lies in."""
        if self._waiting:
            yield from self._observed(self._analyser.push(self._take()))
        last = self._analyser.finish(duration_s)
        part = self._planned(last)
        yield from self._warnings(last)
        end_s = n_chunks_of(duration_s) * CHUNK_SAMPLES / SAMPLE_RATE_HZ
        yield from self._told(replace(part, until_s=max(end_s, self._sound.until_s)), is_last=True)
        yield from self._sound.finish(n_chunks_of(duration_s))

    def _take(self) -> Sequence[Picture]:
        taken, self._waiting = self._waiting, []
        return taken

    def _observed(self, seen: Observations) -> Iterator[Output]:
        yield from self._warnings(seen)
        yield from self._told(self._planned(seen))
        yield from self._sound.render()

    def _planned(self, seen: Observations) -> TimelinePart:
        part = tidied(self._planner.push(seen))
        self._sound.push(part)
        return part

    def _warnings(self, seen: Observations) -> Iterator[PictureWarning]:
        for code in seen.warnings:
            if code not in self._warned:
                self._warned.add(code)
                yield PictureWarning(code)

    def _told(self, part: TimelinePart, *, is_last: bool = False) -> Iterator[TimelinePart]:
        if part.events or part.beds or is_last or part.until_s >= self._told_until_s + _TOLD_EVERY_S:
            self._told_until_s = part.until_s
            yield part


def render_timeline(backend: FoleyBackend, request: FoleyRequest, timeline: EventTimeline) -> Iterator[Output]:
    """Make the sound of a timeline that is there already, without looking at any picture."""
    sound = _Sound(backend, request)
    for part in parts_of(timeline):
        tidy = tidied(part)
        yield tidy
        sound.push(tidy)
        yield from sound.render()
    yield from sound.finish(n_chunks_of(timeline.duration_s))


def n_chunks_of(duration_s: float) -> int:
    """Chunks that a video of this length has: at least one, and the last may reach beyond its end."""
    # A thousandth of a chunk of mercy: 0.3 s in floats must not be four chunks.
    return max(1, math.ceil(duration_s * SAMPLE_RATE_HZ / CHUNK_SAMPLES - 1e-3))


def parts_of(timeline: EventTimeline) -> Iterator[TimelinePart]:
    """A whole timeline in stretches of a second."""
    end_s = n_chunks_of(timeline.duration_s) * CHUNK_SAMPLES / SAMPLE_RATE_HZ
    events = sorted(timeline.events, key=lambda event: event.onset_s)
    beds = sorted(timeline.beds, key=lambda bed: bed.start_s)
    for index in range(max(1, math.ceil(end_s / _PART_S))):
        from_s, is_last = index * _PART_S, (index + 1) * _PART_S >= end_s
        until_s = end_s if is_last else from_s + _PART_S
        yield TimelinePart(
            until_s,
            tuple(event for event in events if from_s <= event.onset_s and (is_last or event.onset_s < until_s)),
            tuple(bed for bed in beds if from_s <= bed.start_s and (is_last or bed.start_s < until_s)),
        )


def tidied(part: TimelinePart) -> TimelinePart:
    """The same with numbers as they are shown: to 0.1 ms and a thousandth.

    What is rendered is what is shown, so that a timeline which nobody has changed sounds as it did.
    """
    return TimelinePart(
        part.until_s,
        tuple(
            FoleyEvent(
                round(event.onset_s, 4),
                round(event.duration_s, 4),
                event.label,
                event.material,
                round(event.strength, 3),
                round(event.pan, 3),
                round(event.confidence, 3),
                round(event.distance, 3),
            )
            for event in part.events
        ),
        tuple(
            Bed(round(bed.start_s, 4), round(bed.end_s, 4), bed.label, round(bed.level, 3), bed.room)
            for bed in part.beds
        ),
        part.features,
    )


class _Sound:
    """The renderer, and how far it may go."""

    def __init__(self, backend: FoleyBackend, request: FoleyRequest) -> None:
        self._renderer = backend.stream(request)
        self._lookahead_s = backend.lookahead_s
        self.until_s = 0.0
        self.n_chunks = 0

    def push(self, part: TimelinePart) -> None:
        """The next stretch."""
        self._renderer.push(part)
        self.until_s = max(self.until_s, part.until_s)

    def render(self) -> Iterator[Chunk]:
        """All that is settled, but the last chunk of it: that may turn out to be the very last, which fades."""
        ready_s = self.until_s - self._lookahead_s
        while (self.n_chunks + 2) * CHUNK_SAMPLES <= ready_s * SAMPLE_RATE_HZ + 1e-6:
            yield self._chunk(self._renderer.render())

    def finish(self, n_chunks: int) -> Iterator[Chunk]:
        """The rest of so many chunks."""
        # Nothing begins after the end, so all is settled as far as anybody looks.
        settled_s = n_chunks * CHUNK_SAMPLES / SAMPLE_RATE_HZ + self._lookahead_s
        if settled_s > self.until_s:
            self.push(TimelinePart(settled_s))
        while self.n_chunks < n_chunks:
            samples = self._renderer.render()
            if self.n_chunks == n_chunks - 1:
                samples = samples.copy()
                samples[-_FADE_SAMPLES:] *= np.linspace(1, 0, _FADE_SAMPLES, dtype=np.float32)[:, None]
            yield self._chunk(samples)

    def _chunk(self, samples: Samples) -> Chunk:
        index, self.n_chunks = self.n_chunks, self.n_chunks + 1
        return Chunk(index, to_s16le(samples))
