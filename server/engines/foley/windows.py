"""WindowedRenderer: makes a stream of a model that only makes windows of some seconds, each overlapped with the next.

```
window 0  |--------------------|
window 1                |--------------------|
heard     | as it is    | both | as it is    | ...
```
Large models of video to audio are trained on clips of about 8 s and know nothing beyond. Where two windows overlap they
are two takes of the same moment, independent of each other, so that they cross-fade at equal power.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from server.engines.foley.backend import CHANNELS, CHUNK_SAMPLES, SAMPLE_RATE_HZ, FoleyRequest, Samples
from server.engines.foley.timeline import Bed, Features, FoleyEvent, TimelinePart

WINDOW_S: Final = 8.0
OVERLAP_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Window:
    """What a model is given to make one window of."""

    start_s: float
    """From the beginning of the video; where the window's sample 0 is."""
    duration_s: float
    request: FoleyRequest
    events: tuple[FoleyEvent, ...]
    """Those that begin in it, or began before and last into it."""
    beds: tuple[Bed, ...]
    features: tuple[Features, ...]
    """Those seen in it; none where a timeline was edited."""
    seed: int
    """Of this window: differs from window to window and is the same in every run."""


Generate = Callable[[Window], Samples]
"""Makes the sound of a window: [duration_s * SAMPLE_RATE_HZ, CHANNELS] in [-1, 1]."""


class WindowedRenderer:
    """A Renderer; its back end's `lookahead_s` is `window_s`."""

    def __init__(
        self,
        request: FoleyRequest,
        generate: Generate,
        *,
        window_s: float = WINDOW_S,
        overlap_s: float = OVERLAP_S,
    ) -> None:
        """The window without its overlap is a whole number of chunks, and the overlap at most half of it.

        Raises:
            ValueError: when it is not.
        """
        self._window_samples = round(window_s * SAMPLE_RATE_HZ)
        self._overlap_samples = round(overlap_s * SAMPLE_RATE_HZ)
        self._hop_samples = self._window_samples - self._overlap_samples
        if self._hop_samples % CHUNK_SAMPLES or not 0 < 2 * self._overlap_samples <= self._window_samples:
            raise ValueError("a window less its overlap is a whole number of chunks, and overlaps at most by half")
        self._request = request
        self._generate = generate
        self._until_s = 0.0
        self._n_windows = 0
        self._events: tuple[FoleyEvent, ...] = ()
        self._beds: tuple[Bed, ...] = ()
        self._features: tuple[Features, ...] = ()
        self._tail = np.zeros((0, CHANNELS), np.float32)
        self._ready = np.zeros((0, CHANNELS), np.float32)

    def push(self, part: TimelinePart) -> None:
        """The next stretch of the timeline."""
        self._until_s = max(self._until_s, part.until_s)
        self._events += part.events
        self._beds += part.beds
        self._features += part.features

    def render(self) -> Samples:
        """The next chunk.

        Raises:
            ValueError: the timeline is not settled to the end of the window that it lies in.
        """
        if not len(self._ready):
            self._ready = self._next_window()
        chunk, self._ready = self._ready[:CHUNK_SAMPLES], self._ready[CHUNK_SAMPLES:]
        return chunk

    def _next_window(self) -> Samples:
        """What is settled of the next window: all but its overlap with the one after it."""
        start_s = self._n_windows * self._hop_samples / SAMPLE_RATE_HZ
        duration_s = self._window_samples / SAMPLE_RATE_HZ
        end_s = start_s + duration_s
        if self._until_s < end_s:
            raise ValueError("a window is made once its timeline is settled")
        self._forget(start_s)
        window = Window(
            start_s,
            duration_s,
            self._request,
            tuple(event for event in self._events if event.onset_s < end_s),
            tuple(bed for bed in self._beds if bed.start_s < end_s),
            tuple(seen for seen in self._features if seen.time_s < end_s),
            int(np.random.SeedSequence((self._request.seed, self._n_windows)).generate_state(1)[0]),
        )
        self._n_windows += 1
        samples = np.asarray(self._generate(window), np.float32).copy()
        if samples.shape != (self._window_samples, CHANNELS):
            raise ValueError(f"a window is {(self._window_samples, CHANNELS)}, not {samples.shape}")
        n = len(self._tail)
        if n:
            # Equal power: the squares of the two weights add up to 1 all along.
            angle = np.linspace(0, np.pi / 2, n, dtype=np.float32)[:, None]
            samples[:n] = samples[:n] * np.sin(angle) + self._tail * np.cos(angle)
        self._tail = samples[self._hop_samples :]
        return samples[: self._hop_samples]

    def _forget(self, start_s: float) -> None:
        """Drop what ended before the next window."""
        self._events = tuple(event for event in self._events if event.onset_s + event.duration_s >= start_s)
        self._beds = tuple(bed for bed in self._beds if bed.end_s > start_s)
        self._features = tuple(seen for seen in self._features if seen.time_s >= start_s)
