"""Asks a server for speech over HTTP and notes when the first sound came: the stopwatch of the benchmarks."""

import http.client
import json
import struct
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

WILDTRACK_RATE_HZ = 24_000
"""What `pcm` is, as OpenAI has it."""
_AUDIBLE = 10 ** (-50 / 20)
"""-50 dBFS: what comes before the first sample above it is silence."""
_WAV_PREFIX_BYTES = 4096
"""Far more than a WAV header needs."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One answer."""

    first_byte_s: float
    """From before the connection was made to the first byte of sound."""
    whole_s: float
    """From before the connection was made to the last byte of sound."""
    samples: npt.NDArray[np.float32]
    """Shape [n_samples], mono, in [-1, 1]."""
    sample_rate_hz: int

    @property
    def duration_s(self) -> float:
        """Seconds of sound."""
        return len(self.samples) / self.sample_rate_hz

    @property
    def silence_before_s(self) -> float:
        """How much of the beginning is silent (below -50 dBFS)."""
        return float(np.argmax(np.abs(self.samples) > _AUDIBLE)) / self.sample_rate_hz


def ask_wildtrack(port: int, text: str, voice: str, *, speed: float = 1.0, language: str | None = None) -> Spoken:
    """Speak through `POST /v1/audio/speech`, as PCM.

    Raises:
        RuntimeError: when the answer is not 200 or holds no sound.
    """
    body: dict[str, object] = {
        "model": "tts-1",
        "input": text,
        "voice": voice,
        "response_format": "pcm",
        "speed": speed,
    }
    if language is not None:
        body["language"] = language
    first_byte_s, whole_s, sound = _post(port, "/v1/audio/speech", body)
    return Spoken(first_byte_s, whole_s, _floats(sound), WILDTRACK_RATE_HZ)


def ask_piper(port: int, text: str) -> Spoken:
    """Speak through `POST /synthesize` of piper's server, which answers with a WAV.

    Raises:
        RuntimeError: when the answer is not 200 or holds no sound.
    """
    first_byte_s, whole_s, wav = _post(port, "/synthesize", {"text": text})
    sample_rate_hz: int = struct.unpack_from("<I", wav, 24)[0]
    data_at = wav.index(b"data", 0, _WAV_PREFIX_BYTES) + 8
    return Spoken(first_byte_s, whole_s, _floats(wav[data_at:]), sample_rate_hz)


def _post(port: int, path: str, body: dict[str, object]) -> tuple[float, float, bytes]:
    """Post JSON over a new connection; return seconds to the first body byte, seconds to the last, the body."""
    payload = json.dumps(body).encode()
    started_s = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request("POST", path, payload, {"Content-Type": "application/json"})
        response = connection.getresponse()
        first = response.read1(65_536)
        first_byte_s = time.perf_counter() - started_s
        rest = response.read()
        whole_s = time.perf_counter() - started_s
    finally:
        connection.close()
    if response.status != http.client.OK or not first:
        raise RuntimeError(f"{path} answered {response.status}: {(first + rest)[:300]!r}")
    return first_byte_s, whole_s, first + rest


def _floats(pcm: bytes) -> npt.NDArray[np.float32]:
    return np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float32) / np.float32(32_768)
