"""Float samples to 16-bit PCM and back, by one rule that every door, encoder and browser module shares.

The rule: full scale is 32768. A float x becomes `x * 32768` rounded to the nearest whole number, halves to the even
one, and saturated to -32768..32767; a number that is not one (NaN) becomes 0. An int16 becomes `n / 32768`, exactly.
So int16 -> float -> int16 changes nothing. ffmpeg and libsndfile round the same way (`lrint` under the IEEE 754
default); in JavaScript, `Math.round` differs at halves and needs the correction that tests/golden/pcm.json pins down.
"""

import numpy as np
import numpy.typing as npt

FULL_SCALE = 32768
"""The float 1.0 in int16 steps; 1.0 itself saturates to 32767."""

BYTES_PER_SAMPLE = 2
"""Bytes of one sample of one channel."""


def to_int16(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.int16]:
    """Quantise floats of any shape and any value; the shape stays."""
    # Saturate before scaling, so that no float overflows, and after it, because +1.0 has no int16. The three plain
    # functions take half as long as `clip` and `nan_to_num`, which look at every case first.
    limited = np.maximum(np.minimum(samples, np.float32(1)), np.float32(-1))
    steps = np.minimum(np.rint(limited * np.float32(FULL_SCALE)), np.float32(FULL_SCALE - 1))
    if np.isnan(np.add.reduce(steps, axis=None)):
        steps = np.where(np.isnan(steps), np.float32(0), steps)
    whole: npt.NDArray[np.int16] = steps.astype(np.int16)
    return whole


def from_int16(samples: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
    """Floats in [-1, 1) from int16 of any shape; exact, as a float32 has 24 bits to hold 16."""
    return samples.astype(np.float32) * np.float32(1 / FULL_SCALE)


def to_s16le(samples: npt.NDArray[np.float32]) -> bytes:
    """Shape [n_samples, n_channels] to interleaved little-endian 16-bit bytes, whatever this machine's byte order."""
    return to_int16(samples).astype("<i2", copy=False).tobytes()


def from_s16le(data: bytes | bytearray | memoryview, channels: int) -> npt.NDArray[np.float32]:
    """Interleaved little-endian 16-bit bytes to shape [n_samples, channels].

    Raises:
        ValueError: when the bytes do not make up whole samples of every channel.
    """
    frame_bytes = BYTES_PER_SAMPLE * channels
    if len(memoryview(data).cast("B")) % frame_bytes:
        raise ValueError(f"s16le of {channels} channels comes in multiples of {frame_bytes} bytes")
    return from_int16(np.frombuffer(data, dtype="<i2").reshape(-1, channels).astype(np.int16, copy=False))
