"""An encoder that is fed at one rate and writes at another."""

import numpy as np
import numpy.typing as npt

from server.audio.encoders.base import Encoder
from server.audio.resample import ResampleStream


class ResampledEncoder:
    """Puts a resampler before another encoder."""

    def __init__(self, encoder: Encoder, resampler: ResampleStream) -> None:
        self.content_type = encoder.content_type
        self._encoder = encoder
        self._resampler = resampler

    def start(self) -> bytes:
        """The other's header."""
        return self._encoder.start()

    def encode(self, samples: npt.NDArray[np.float32]) -> bytes:
        """What the other makes of the samples that the resampler lets go; up to 45 ms more are held back."""
        return self._encoder.encode(self._resampler.process(samples))

    def finish(self) -> bytes:
        """The resampler's rest, and the other's."""
        return self._encoder.encode(self._resampler.flush()) + self._encoder.finish()
