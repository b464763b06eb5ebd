"""The work of one job: the same video and request give the same log, and a timeline is rendered without the video."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from examples.foley_backend import TinyBackend
from server.engines.foley.as_json import edited_timeline, timeline_json
from server.engines.foley.backend import FoleyRequest
from server.errors import NotAVideoError
from server.protocol.foley import Event, TimelineBed
from server.protocol.foley_watch import TimelineMessage
from server.settings import Settings
from server.tasks.work import FoleyWork, edited_job, job_of
from server.video.limits import VideoLimits
from server.video.reader import VideoClosedError
from tests.support.clips import make_clip


@dataclass
class ListLog:
    entries: list[bytes | dict[str, Any]] = field(default_factory=list)

    def append_chunk(self, index: int, pcm: bytes) -> None:
        assert index == len(self.entries)
        self.entries.append(pcm)

    def append_event(self, index: int, event: Mapping[str, Any]) -> None:
        assert index == len(self.entries)
        json.dumps(event, allow_nan=False)
        self.entries.append(dict(event))

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [entry for entry in self.entries if isinstance(entry, dict) and entry["type"] == kind]

    @property
    def chunks(self) -> list[bytes]:
        return [entry for entry in self.entries if isinstance(entry, bytes)]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> FoleyWork:
    return FoleyWork(TinyBackend(Settings(data_dir=tmp_path_factory.mktemp("data"))), VideoLimits())


def flicker(number: int, width: int, height: int) -> np.ndarray:
    return np.full((height, width, 3), 60 * (number % 2), np.uint8)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    return make_clip(path, times_ms=range(0, 1500, 40), sound_s=1.0, paint=flicker)


def never() -> bool:
    return False


def done(work: FoleyWork, job: Mapping[str, Any], clip: Path) -> ListLog:
    log = ListLog()
    work(json.dumps(job), str(clip), log, never)
    return log


def test_a_video_becomes_steps_a_timeline_its_whole_sound_and_a_summary(work: FoleyWork, clip: Path) -> None:
    log = done(work, job_of(FoleyRequest(description="rain")), clip)
    steps = [(entry["step"], entry["percent"]) for entry in log.of_type("progress")]
    assert steps[0] == ("analysing", 0)
    assert steps[-1] == ("finishing", 100)
    assert [percent for _, percent in steps] == sorted(percent for _, percent in steps)
    assert {step for step, _ in steps} == {"analysing", "rendering", "finishing"}
    assert len(log.chunks) == 16
    assert all(len(chunk) == 19_200 for chunk in log.chunks)
    (summary,) = log.of_type("summary")
    assert summary["duration_s"] == pytest.approx(1.52)
    assert summary["n_samples"] == 16 * 4800
    assert [warning["code"] for warning in log.of_type("warning")] == ["sound_already_there"]
    for part in log.of_type("timeline"):
        wire = {name: value for name, value in part.items() if name != "type"}
        TimelineMessage.model_validate_json(json.dumps({"stream_id": "x", **wire}))


def test_the_same_again_is_the_same_to_the_byte(work: FoleyWork, clip: Path) -> None:
    job = job_of(FoleyRequest(description="rain", seed=3))
    assert done(work, job, clip).entries == done(work, job, clip).entries
    assert done(work, job, clip).chunks != done(work, job_of(FoleyRequest(description="rain", seed=4)), clip).chunks


def test_a_timeline_is_rendered_without_a_look_at_the_video(work: FoleyWork, tmp_path: Path) -> None:
    events = [Event(onset_s=0.5, label="impact"), Event(onset_s=99.0, label="impact")]
    timeline = edited_timeline(events, [TimelineBed(start_s=0, end_s=2, label="rain")], 2.0)
    job = edited_job(job_of(FoleyRequest(description="rain", seed=3)), timeline_json(timeline), ("hits",))
    log = done(work, job, tmp_path / "gone.mp4")
    assert len(log.chunks) == 20
    assert [event["onset_s"] for part in log.of_type("timeline") for event in part["events"]] == [0.5]
    assert job["request"]["stems"] == ["hits"]
    assert "analysing" not in {entry["step"] for entry in log.of_type("progress")}


def test_what_is_no_video_says_so(work: FoleyWork, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"not a video at all" * 100)
    with pytest.raises(NotAVideoError):
        done(work, job_of(FoleyRequest()), path)


def test_cancelled_work_ends_between_two_entries(work: FoleyWork, clip: Path) -> None:
    log = ListLog()
    with pytest.raises(VideoClosedError):
        work(json.dumps(job_of(FoleyRequest())), str(clip), log, lambda: len(log.chunks) >= 3)
    assert len(log.chunks) == 3
