"""AudioChunk: the sound of one step of an engine."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from server.audio.timing import SpeechTiming


@dataclass(frozen=True, slots=True)
class Break:
    """A place between blocks of sound where all that came before has to go out, though more may follow."""

    flush: int | None = None
    """Which flush (0, 1, 2, ...) it answers; None where there is merely no more to say until more text comes."""


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """Consecutive samples of one stream, on that stream's own sample clock."""

    samples: npt.NDArray[np.float32]
    """Shape [n_samples, n_channels], in [-1, 1]. n_samples may be 0 only where `is_last` or `flush` says something."""
    start_sample: int
    """Index of the first sample, counted from 0 at the stream's start."""
    is_last: bool
    """True for exactly one chunk of a stream, its last."""
    flush: int | None = None
    """Which of the stream's flushes (0, 1, 2, ...) is answered where this chunk ends; None for most."""
    n_ready: int = 0
    """How many of the chunks that follow are made already, and want nothing but cutting."""
    timings: tuple[SpeechTiming, ...] = ()
    """What begins in this chunk, or soon after."""

    @property
    def end_sample(self) -> int:
        """Index one past the last sample."""
        return self.start_sample + len(self.samples)
