"""A model of windows becomes a stream; the documented example of one runs."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from examples.foley_backend import TinyBackend
from examples.foley_backend.export_model import build
from server.engines.foley.backend import CHUNK_SAMPLES, FoleyBackend, FoleyRequest
from server.engines.foley.run import Chunk, FoleyRun, Output, render_timeline
from server.engines.foley.timeline import EventTimeline, Features, FoleyEvent, TimelinePart
from server.engines.foley.windows import Window, WindowedRenderer
from server.settings import Settings
from server.video.picture import GREY_HEIGHT, GREY_WIDTH, Picture


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> FoleyBackend:
    return TinyBackend(Settings(data_dir=tmp_path_factory.mktemp("data")))


def samples_of(outputs: list[Output]) -> np.ndarray:
    pcm = b"".join(output.pcm for output in outputs if isinstance(output, Chunk))
    return np.frombuffer(pcm, "<i2").reshape(-1, 2) / 32768


def moving(n_pictures: int, from_s: float, to_s: float) -> list[Picture]:
    """At 10 pictures a second, flickering between two moments and still else."""
    return [
        Picture(n / 10, np.full((GREY_HEIGHT, GREY_WIDTH), 90 * (n % 2) if from_s <= n / 10 < to_s else 0, np.uint8))
        for n in range(n_pictures)
    ]


def constant(level: float) -> object:
    return lambda window: np.full((round(window.duration_s * 48_000), 2), level, np.float32)


def test_windows_overlap_at_equal_power() -> None:
    renderer = WindowedRenderer(FoleyRequest(), constant(0.5))
    renderer.push(TimelinePart(100.0))
    sound = np.concatenate([renderer.render() for _ in range(160)])
    assert np.all(sound[: 7 * 48_000] == 0.5)
    middle = sound[7 * 48_000 : 8 * 48_000, 0]
    assert middle.max() == pytest.approx(0.5 * 2**0.5, abs=1e-3)  # two takes that are the same add up to 3 dB more
    assert np.all(sound[8 * 48_000 : 14 * 48_000] == 0.5)


def test_a_window_is_given_what_lies_in_it_and_a_seed_of_its_own() -> None:
    given: list[Window] = []

    def generate(window: Window) -> np.ndarray:
        given.append(window)
        return np.zeros((8 * 48_000, 2), np.float32)

    renderer = WindowedRenderer(FoleyRequest(seed=3), generate)
    onsets = [0.5, 7.5, 9.0, 20.0]
    events = tuple(FoleyEvent(onset, 0, "impact", None, 1, 0, 1) for onset in onsets)
    renderer.push(TimelinePart(30.0, events, features=(Features(7.2, np.zeros(1, np.float32)),)))
    for _ in range(150):
        renderer.render()
    assert [[event.onset_s for event in window.events] for window in given] == [[0.5, 7.5], [7.5, 9.0], [20.0]]
    assert [len(window.features) for window in given] == [1, 1, 0]
    assert [window.start_s for window in given] == [0, 7, 14]
    assert len({window.seed for window in given}) == 3


def test_a_window_whose_end_is_not_settled_is_not_made() -> None:
    renderer = WindowedRenderer(FoleyRequest(), constant(0.0))
    renderer.push(TimelinePart(7.9))
    with pytest.raises(ValueError, match="settled"):
        renderer.render()


@pytest.mark.parametrize(("window_s", "overlap_s"), [(8.0, 0.95), (8.0, 5.0), (8.0, 0.0)])
def test_windows_that_do_not_fit_are_refused(window_s: float, overlap_s: float) -> None:
    with pytest.raises(ValueError, match="whole number of chunks"):
        WindowedRenderer(FoleyRequest(), constant(0.0), window_s=window_s, overlap_s=overlap_s)


def test_the_example_is_loud_where_something_moves(backend: FoleyBackend) -> None:
    run = FoleyRun(backend, FoleyRequest())
    sound = samples_of([*run.push(moving(170, 9.0, 11.0)), *run.finish(17.0)])
    assert len(sound) == 170 * CHUNK_SAMPLES
    rms = np.sqrt(np.mean(sound[: 17 * 48_000].reshape(17, -1) ** 2, axis=1))
    assert rms[9:11].min() > 0.05
    assert rms[[1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15]].max() < 0.005


def test_the_example_gives_the_same_bytes_again_and_others_for_another_seed(backend: FoleyBackend) -> None:
    def sound(seed: int) -> bytes:
        run = FoleyRun(backend, FoleyRequest(seed=seed))
        return samples_of([*run.push(moving(30, 0.5, 2.0)), *run.finish(3.0)]).tobytes()

    assert sound(1) == sound(1) != sound(2)


def test_the_example_sounds_without_pictures_too(backend: FoleyBackend) -> None:
    sound = samples_of(list(render_timeline(backend, FoleyRequest(), EventTimeline(2.0, (), ()))))
    assert len(sound) == 20 * CHUNK_SAMPLES
    assert np.abs(sound).max() > 0.01


def test_the_tiny_model_is_the_one_its_script_makes() -> None:
    path = Path(__file__).resolve().parents[3] / "examples" / "foley_backend" / "tiny.onnx"
    assert onnx.load(path) == build()
