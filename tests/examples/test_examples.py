"""The examples run as they are, against the real server with the real models."""

import io
import subprocess
import sys
import wave
from pathlib import Path

import av
import numpy as np
import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
pytestmark = pytest.mark.models


def stream(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, str(EXAMPLES / "stream.py"), *arguments]
    return subprocess.run(command, capture_output=True, timeout=120, check=False)


def speak(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([str(EXAMPLES / "speak.sh"), *arguments], capture_output=True, timeout=120, check=False)


def is_speech(pcm: bytes) -> bool:
    """At least half a second, and not silent."""
    samples = np.frombuffer(pcm, "<i2") / 32768
    return len(samples) > 12_000 and 0.01 < float(np.sqrt(np.mean(samples**2))) < 0.5


def test_the_python_client_is_under_forty_lines() -> None:
    assert len((EXAMPLES / "stream.py").read_text("utf-8").splitlines()) < 40


def test_the_python_client_saves_a_wav(live_server: str, tmp_path: Path) -> None:
    target = tmp_path / "hello.wav"
    result = stream("Hello from an example.", str(target), live_server)
    assert result.returncode == 0, result.stderr
    with wave.open(str(target)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        assert is_speech(file.readframes(file.getnframes()))


def test_the_python_client_pipes_raw_sound(live_server: str) -> None:
    result = stream("Hello from an example.", "-", live_server)
    assert result.returncode == 0, result.stderr
    assert is_speech(result.stdout)


def test_the_python_client_says_what_was_wrong(live_server: str, tmp_path: Path) -> None:
    result = stream("...", str(tmp_path / "nothing.wav"), live_server)
    assert result.returncode == 1
    assert b"nothing to say" in result.stderr
    assert not (tmp_path / "nothing.wav").exists()


@pytest.mark.parametrize("suffix", ["mp3", "opus", "aac", "flac", "wav"])
def test_the_curl_example_saves_every_format(live_server: str, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"hello.{suffix}"
    result = speak('Hello "from" an\nexample.', str(target), live_server)
    assert result.returncode == 0, result.stderr
    with av.open(io.BytesIO(target.read_bytes())) as file:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=24_000)
        frames = [part for frame in file.decode(audio=0) for part in resampler.resample(frame)]
    assert is_speech(b"".join(frame.to_ndarray().tobytes() for frame in frames))


def test_the_curl_example_saves_raw_sound(live_server: str, tmp_path: Path) -> None:
    target = tmp_path / "hello.pcm"
    assert speak("Hello.", str(target), live_server).returncode == 0
    assert is_speech(target.read_bytes())


def test_the_curl_example_says_what_was_wrong(live_server: str, tmp_path: Path) -> None:
    target = tmp_path / "hello.ogg"
    result = speak("Hello.", str(target), live_server)
    assert result.returncode == 1
    assert b"unsupported_format" in result.stderr
    assert not target.exists()
