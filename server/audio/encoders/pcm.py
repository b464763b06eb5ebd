"""Bare 16-bit little-endian samples, no header: the `pcm` of OpenAI's speech API."""

import numpy as np
import numpy.typing as npt

from server.audio.pcm import to_s16le


class PcmEncoder:
    """Mono: there is no header to say otherwise, so two channels become their mean."""

    content_type = "audio/pcm"

    def start(self) -> bytes:
        """Nothing."""
        return b""

    def encode(self, samples: npt.NDArray[np.float32]) -> bytes:
        """The block as s16le, at once."""
        return to_s16le(samples if samples.shape[1] == 1 else samples.mean(axis=1, keepdims=True))

    def finish(self) -> bytes:
        """Nothing."""
        return b""
