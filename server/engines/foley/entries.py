"""What a task's log holds of one video: a line of sound and JSON that any worker makes anew to the byte.

An entry is 100 ms of sound (`bytes`), or JSON of one of these types:

| type | fields |
|---|---|
| `progress` | step, percent, message |
| `warning` | code, message |
| `timeline` | until_s, events, beds |
| `summary` | duration_s, n_samples |

Nothing here looks at a clock: progress follows the sound and the pictures, not time.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from server.engines.foley.as_json import part_json, warning_sentence
from server.engines.foley.backend import CHUNK_SAMPLES, FoleyBackend, FoleyRequest
from server.engines.foley.run import Chunk, FoleyRun, Output, PictureWarning, n_chunks_of, render_timeline
from server.engines.foley.timeline import EventTimeline, TimelinePart
from server.video.picture import Picture
from server.video.reader import VideoReader

Entry = bytes | dict[str, Any]

SENTENCES: Final = {
    "receiving": "Receiving the video.",
    "analysing": "Watching the video.",
    "rendering": "Making the sound.",
    "finishing": "Putting the sound away.",
}
"""Step -> what people are told."""


def video_entries(backend: FoleyBackend, request: FoleyRequest, video: VideoReader) -> Iterator[Entry]:
    """Watch a video and make its sound.

    Raises:
        VideoUnreadableError: the rest of it cannot be decoded.
        VideoClosedError: it was cancelled.
    """
    expected_s = video.info.duration_s or 0.0
    progress = _Progress(expected_s)
    yield from progress.begin("analysing")
    for code in video.info.warnings:
        yield _warning(code)
    run = FoleyRun(backend, request)
    yield from _entries(_pushed(run, video), progress, run)
    assert video.end is not None, "the last picture was given"
    for code in video.end.warnings:
        yield _warning(code)
    yield from _entries(run.finish(video.end.duration_s), progress, run)
    yield from _finished(progress, video.end.duration_s)


def timeline_entries(backend: FoleyBackend, request: FoleyRequest, timeline: EventTimeline) -> Iterator[Entry]:
    """Make the sound of a timeline that is there."""
    progress = _Progress(timeline.duration_s)
    yield from progress.begin("rendering")
    yield from _entries(render_timeline(backend, request, timeline), progress, None)
    yield from _finished(progress, timeline.duration_s)


def _pushed(run: FoleyRun, pictures: Iterable[Picture]) -> Iterator[Output]:
    for picture in pictures:
        yield from run.push((picture,))


def _entries(outputs: Iterable[Output], progress: "_Progress", run: FoleyRun | None) -> Iterator[Entry]:
    for output in outputs:
        match output:
            case TimelinePart():
                yield {"type": "timeline", **part_json(output)}
                yield from progress.at(output.until_s if run is not None else None, None)
            case PictureWarning():
                yield _warning(output.code)
            case Chunk():
                if output.index == 0:
                    yield from progress.begin("rendering")
                yield output.pcm
                yield from progress.at(None, output.index + 1)


def _finished(progress: "_Progress", duration_s: float) -> Iterator[Entry]:
    yield {"type": "summary", "duration_s": duration_s, "n_samples": n_chunks_of(duration_s) * CHUNK_SAMPLES}
    yield from progress.begin("finishing")


def _warning(code: str) -> Entry:
    return {"type": "warning", "code": code, "message": warning_sentence(code)}


class _Progress:
    """How far a task is: told when the percentage changes, or the step."""

    def __init__(self, expected_s: float) -> None:
        self._expected_s = expected_s
        self._step = ""
        self._percent = 0
        self._analysed_s: float | None = None
        self._rendered_s = 0.0

    def begin(self, step: str) -> Iterator[Entry]:
        """Another step."""
        if step != self._step:
            self._step = step
            self._percent = 100 if step == "finishing" else self._percent
            yield self._told()

    def at(self, analysed_s: float | None, n_chunks: int | None) -> Iterator[Entry]:
        """Further on in one of the two; a timeline that is there needs no analysing."""
        self._analysed_s = analysed_s if analysed_s is not None else self._analysed_s
        self._rendered_s = n_chunks / 10 if n_chunks is not None else self._rendered_s
        done_s = self._rendered_s if self._analysed_s is None else (self._rendered_s + self._analysed_s) / 2
        percent = min(99, int(100 * done_s / self._expected_s)) if self._expected_s > 0 else 0
        if percent > self._percent:
            self._percent = percent
            yield self._told()

    def _told(self) -> Entry:
        return {"type": "progress", "step": self._step, "percent": self._percent, "message": SENTENCES[self._step]}
