"""Encoder: what every format looks like to the code that streams it."""

from typing import Protocol

import numpy as np
import numpy.typing as npt


class Encoder(Protocol):
    """Writes one file: `start` once, `encode` for every block, `finish` once; the bytes joined are the file.

    The bytes depend on the samples alone, never on how they were cut into blocks, the time or the process.
    """

    @property
    def content_type(self) -> str:
        """The file's media type."""

    def start(self) -> bytes:
        """The header, where the format has one that does not wait for sound."""

    def encode(self, samples: npt.NDArray[np.float32]) -> bytes:
        """Take the next block, shape [n_samples, n_channels], any n_samples; return what can be written so far.

        Samples beyond [-1, 1] are saturated, and those that are no number become silence.
        """

    def finish(self) -> bytes:
        """The rest of the file."""
