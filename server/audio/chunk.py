"""AudioChunk: the sound of one step of an engine."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """Consecutive samples of one stream, on that stream's own sample clock."""

    samples: npt.NDArray[np.float32]
    """Shape [n_samples, n_channels], in [-1, 1]. n_samples may be 0 only where `is_last`."""
    start_sample: int
    """Index of the first sample, counted from 0 at the stream's start."""
    is_last: bool
    """True for exactly one chunk of a stream, its last."""

    @property
    def end_sample(self) -> int:
        """Index one past the last sample."""
        return self.start_sample + len(self.samples)
