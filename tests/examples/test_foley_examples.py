"""Foley's examples run as they are, against the real server with the real models and a real film."""

import io
import subprocess
import sys
import wave
from pathlib import Path

import av
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
FILM = ROOT / "tests" / "data" / "big_buck_bunny.mp4"
pytestmark = [pytest.mark.models, pytest.mark.models("foley")]


def python(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, str(ROOT / "examples" / "foley.py"), *arguments]
    return subprocess.run(command, capture_output=True, timeout=120, check=False)


def curl(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([ROOT / "examples" / "foley.sh", *arguments], capture_output=True, timeout=120, check=False)


def test_the_python_client_is_under_forty_lines() -> None:
    assert len((ROOT / "examples" / "foley.py").read_text("utf-8").splitlines()) < 40


def test_a_film_is_given_the_same_sound_by_every_example(live_server: str, tmp_path: Path) -> None:
    watched, fetched, film = (tmp_path / name for name in ("watched.wav", "fetched.wav", "film.mp4"))
    words = "birds in a forest, footsteps on grass"
    result = python(str(FILM), words, str(watched), live_server)
    assert result.returncode == 0, result.stderr
    with wave.open(str(watched)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (48_000, 2, 2)
        pcm = file.readframes(file.getnframes())
    samples = np.frombuffer(pcm, "<i2") / 32768
    assert 0.003 < float(np.sqrt(np.mean(samples**2))) < 0.5
    result = curl(str(FILM), words, str(fetched), live_server)
    assert result.returncode == 0, result.stderr
    with wave.open(str(fetched)) as file:
        assert file.readframes(file.getnframes()) == pcm
    result = curl(str(FILM), words, str(film), live_server)
    assert result.returncode == 0, result.stderr
    with av.open(io.BytesIO(film.read_bytes())) as made, av.open(str(FILM)) as before:
        assert [stream.type for stream in made.streams] == ["video", "audio"]
        assert made.streams.video[0].frames == before.streams.video[0].frames
        assert float(made.duration / av.time_base) == pytest.approx(len(samples) / 96_000, abs=0.2)


def test_the_examples_say_what_was_wrong(live_server: str, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.mp4"
    nothing.write_bytes(b"this is no video " * 100)
    result = python(str(nothing), "", str(tmp_path / "a.wav"), live_server)
    assert result.returncode == 1
    assert b"MP4" in result.stderr
    result = curl(str(nothing), "", str(tmp_path / "a.mp3"), live_server)
    assert result.returncode == 1
    assert b"MP4" in result.stderr
    assert not (tmp_path / "a.mp3").exists()
