"""Our own back end, whole: pictures of something that hits the ground become sound at that moment."""

from pathlib import Path

import numpy as np
import pytest

from server.engines.foley.backend import FoleyRequest
from server.engines.foley.entries import timeline_entries
from server.engines.foley.plugins import backend_version, load_backend
from server.engines.foley.run import Chunk, FoleyRun, Output
from server.engines.foley.small import SmallBackend
from server.engines.foley.timeline import EventTimeline, TimelinePart
from server.settings import Settings
from server.video.picture import COLOUR_SIZE, GREY_HEIGHT, GREY_WIDTH, Picture

pytestmark = pytest.mark.models("foley")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def backend(settings: Settings) -> SmallBackend:
    loaded = load_backend(settings)
    assert isinstance(loaded, SmallBackend)
    return loaded


def falling(n_pictures: int, fps: float = 30.0) -> list[Picture]:
    """A ball that falls for half a second, bounces, and falls again."""
    pictures = []
    rows, columns = np.mgrid[:GREY_HEIGHT, :GREY_WIDTH]
    for n in range(n_pictures):
        time_s = n / fps
        since_s = time_s % 1.0
        height = abs(1 - (2 * since_s) ** 2) if since_s < 0.5 else 1 - (2 * (since_s - 1)) ** 2
        grey = np.full((GREY_HEIGHT, GREY_WIDTH), 60, np.uint8)
        grey[(rows - (90 - 60 * height)) ** 2 + (columns - 96) ** 2 < 81] = 220
        grey[100:] = 120
        colour = np.repeat(np.resize(grey, (COLOUR_SIZE, COLOUR_SIZE))[:, :, None], 3, axis=2) if n % 30 == 0 else None
        pictures.append(Picture(time_s, grey, colour))
    return pictures


def whole(backend: SmallBackend, request: FoleyRequest) -> list[Output]:
    run = FoleyRun(backend, request)
    return [*run.push(falling(90)), *run.finish(3.0)]


def pcm_of(outputs: list[Output]) -> bytes:
    return b"".join(output.pcm for output in outputs if isinstance(output, Chunk))


def test_what_is_asked_for_is_planned_and_heard(backend: SmallBackend) -> None:
    outputs = whole(backend, FoleyRequest(description="a wooden ball, rain"))
    parts = [output for output in outputs if isinstance(output, TimelinePart)]
    assert {bed.label for part in parts for bed in part.beds} == {"rain"}
    assert any(event.label == "impact" for part in parts for event in part.events)
    samples = np.frombuffer(pcm_of(outputs), "<i2").reshape(-1, 2) / 32768
    assert len(samples) == 3 * 48_000
    assert 0.005 < np.sqrt(np.mean(samples**2)) < 0.5


def test_the_same_again_is_the_same_to_the_byte_and_sounds_begin_early(backend: SmallBackend) -> None:
    request = FoleyRequest(description="rain", seed=7)
    first, again = whole(backend, request), whole(backend, request)
    assert first == again
    run, seen = FoleyRun(backend, request), 0
    for picture in falling(90):
        seen += 1
        if any(isinstance(output, Chunk) for output in run.push((picture,))):
            break
    assert seen <= 32


def test_the_timeline_as_it_was_planned_renders_without_pictures(backend: SmallBackend) -> None:
    request = FoleyRequest(description="rain", seed=7)
    outputs = whole(backend, request)
    parts = [output for output in outputs if isinstance(output, TimelinePart)]
    timeline = EventTimeline(
        3.0, tuple(e for part in parts for e in part.events), tuple(b for part in parts for b in part.beds)
    )
    rendered = b"".join(e for e in timeline_entries(backend, request, timeline) if isinstance(e, bytes))
    assert rendered == pcm_of(outputs)


def test_its_version_is_known_without_its_models_in_memory(settings: Settings, tmp_path: Path) -> None:
    assert backend_version(settings) == backend_version(Settings(data_dir=tmp_path))
    assert backend_version(settings).startswith("small-")
