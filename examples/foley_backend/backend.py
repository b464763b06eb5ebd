"""A back end around a model that makes 8 s windows from what it sees: motion makes noise."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from server.engines.foley.backend import FoleyRequest, Observations, Samples
from server.engines.foley.timeline import Bed, Features, TimelinePart
from server.engines.foley.windows import WINDOW_S, Window, WindowedRenderer
from server.settings import Settings
from server.video.picture import Picture

POINTS_PER_S = 10


class Motion:
    """The Analyser: how much of each picture has changed since the one before, as the feature the model wants."""

    def __init__(self) -> None:
        self._before: Picture | None = None

    def push(self, pictures: Sequence[Picture]) -> Observations:
        seen = []
        for picture in pictures:
            before, self._before = self._before or picture, picture
            change = np.abs(picture.grey.astype(np.float32) - before.grey).mean() / 255
            seen.append(Features(picture.time_s, np.array([min(1.0, 8 * change)], np.float32)))
        return Observations(pictures[-1].time_s, features=tuple(seen))

    def finish(self, duration_s: float) -> Observations:
        return Observations(duration_s)


class Plan:
    """The Planner: hands the features on, and shows one bed, so that people see that something is heard."""

    def __init__(self) -> None:
        self._has_begun = False

    def push(self, observations: Observations) -> TimelinePart:
        beds = () if self._has_begun else (Bed(0.0, 24 * 3600.0, "room", 0.2),)
        self._has_begun = True
        return TimelinePart(observations.until_s, beds=beds, features=observations.features)


class TinyBackend:
    """What WILDTRACK_FOLEY_BACKEND=examples.foley_backend:TinyBackend names. Loaded once for all videos."""

    lookahead_s = WINDOW_S

    def __init__(self, settings: Settings) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        model = Path(__file__).with_name("tiny.onnx")
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])

    @staticmethod
    def version_of(settings: Settings) -> str:
        return "tiny-example-1"

    def analyse(self) -> Motion:
        return Motion()

    def plan(self, request: FoleyRequest) -> Plan:
        return Plan()

    def stream(self, request: FoleyRequest) -> WindowedRenderer:
        return WindowedRenderer(request, self._window)

    def _window(self, window: Window) -> Samples:
        """One run of the model; the noise comes from the window's seed, so the same request gives the same bytes."""
        times_s = np.array([seen.time_s - window.start_s for seen in window.features])
        values = np.array([seen.values[0] for seen in window.features], np.float32)
        grid_s = np.arange(0, window.duration_s, 1 / POINTS_PER_S)
        motion = np.interp(grid_s, times_s, values) if len(values) else np.full(len(grid_s), 0.1)
        n_samples = round(window.duration_s * 48_000)
        noise = np.random.default_rng(window.seed).standard_normal((2, 1, n_samples), np.float32)
        inputs = {"motion": motion.astype(np.float32)[None, None], "noise": noise}
        (sound,) = self._session.run(["sound"], inputs)
        samples: Samples = np.ascontiguousarray(sound[:, 0].T)
        return samples
