"""WAV with 16-bit samples, for a length that is known and for one that is not."""

import struct

import numpy as np
import numpy.typing as npt

from server.audio.pcm import BYTES_PER_SAMPLE, to_s16le

_UNKNOWN_BYTES = 0xFFFFFFFF
"""The size that says "to the end of the stream", as ffmpeg and OpenAI write it where the length is not known."""

_HEADER_BYTES_AFTER_RIFF_SIZE = 36


class WavEncoder:
    """RIFF WAVE, PCM (Multimedia Programming Interface and Data Specifications 1.0, 1991, chapter 3)."""

    content_type = "audio/wav"

    def __init__(self, sample_rate_hz: int, channels: int, total_samples: int | None = None) -> None:
        self._sample_rate_hz = sample_rate_hz
        self._channels = channels
        self._total_samples = total_samples
        self._n_samples = 0

    def start(self) -> bytes:
        """The 44 bytes of header; their sizes are true where `total_samples` is known and fits, else 0xFFFFFFFF."""
        frame_bytes = BYTES_PER_SAMPLE * self._channels
        data_bytes = riff_bytes = _UNKNOWN_BYTES
        if self._total_samples is not None:
            known_bytes = self._total_samples * frame_bytes
            if known_bytes + _HEADER_BYTES_AFTER_RIFF_SIZE < _UNKNOWN_BYTES:
                data_bytes, riff_bytes = known_bytes, known_bytes + _HEADER_BYTES_AFTER_RIFF_SIZE
        bytes_per_second = self._sample_rate_hz * frame_bytes
        fmt = struct.pack(
            "<HHIIHH", 1, self._channels, self._sample_rate_hz, bytes_per_second, frame_bytes, 8 * BYTES_PER_SAMPLE
        )
        riff = struct.pack("<4sI4s", b"RIFF", riff_bytes, b"WAVE")
        return riff + struct.pack("<4sI", b"fmt ", len(fmt)) + fmt + struct.pack("<4sI", b"data", data_bytes)

    def encode(self, samples: npt.NDArray[np.float32]) -> bytes:
        """The block as s16le, at once."""
        self._n_samples += len(samples)
        return to_s16le(samples)

    def finish(self) -> bytes:
        """Nothing.

        Raises:
            ValueError: when another number of samples came than the header promised.
        """
        if self._total_samples not in (None, self._n_samples):
            raise ValueError(f"the WAV header promised {self._total_samples} samples, {self._n_samples} came")
        return b""
