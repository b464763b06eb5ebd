"""What the tests of sound share: ffmpeg as an implementation that is not ours, a sound like speech, cuts."""

import subprocess
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest

Floats = npt.NDArray[np.float32]


@pytest.fixture(scope="session")
def ffmpeg() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Runs ffmpeg with standard input; fails where ffmpeg does, or complains."""

    def run(data: bytes, *arguments: str, loglevel: str = "warning") -> subprocess.CompletedProcess[bytes]:
        command = ["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", loglevel, *arguments]
        finished = subprocess.run(command, input=data, capture_output=True, check=True)
        if loglevel == "warning":
            assert finished.stderr == b""
        return finished

    return run


@pytest.fixture(scope="session")
def like_speech() -> Callable[[int, int, int], Floats]:
    """Makes [n_samples, n_channels] of voiced and noisy stretches below 7 kHz, peak about .5, channels not the same."""

    def make(n_samples: int, channels: int, sample_rate_hz: int) -> Floats:
        rng = np.random.default_rng(7)
        t = np.arange(n_samples)[:, np.newaxis] / sample_rate_hz
        pitch_hz = 140 + 30 * np.sin(2 * np.pi * 1.3 * t + np.arange(channels))
        phase = 2 * np.pi * np.cumsum(pitch_hz, axis=0) / sample_rate_hz
        voiced = sum(np.sin(harmonic * phase) / harmonic for harmonic in range(1, 30))
        noise = rng.standard_normal((n_samples, channels))
        syllables = np.maximum(0, np.sin(2 * np.pi * 2.7 * t)) ** 0.5
        sound = np.asarray(0.2 * voiced * syllables + 0.01 * noise)
        return sound.astype(np.float32)

    return make


@pytest.fixture(scope="session")
def cut() -> Callable[[Floats, list[int]], Iterator[Floats]]:
    """Cuts an array into blocks of the sizes given, over and over; sizes of 0 give empty blocks between."""

    def blocks(samples: Floats, sizes: list[int]) -> Iterator[Floats]:
        start = 0
        while start < len(samples):
            for size in sizes:
                yield samples[start : start + size]
                start += size

    return blocks
