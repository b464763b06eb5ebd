"""The example of SSML and subtitles runs as it is."""

import subprocess
import sys
import wave
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "subtitles.py"
pytestmark = pytest.mark.models


def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, str(EXAMPLE), *arguments], capture_output=True, timeout=120, check=False)


def test_it_saves_a_wav_and_its_subtitles(live_server: str, tmp_path: Path) -> None:
    source, target = tmp_path / "speech.ssml", tmp_path / "speech.wav"
    source.write_text('<speak>Good morning.<break time="300ms"/> It costs $5.</speak>', encoding="utf-8")
    result = run(str(source), str(target), live_server)
    assert result.returncode == 0, result.stderr
    subtitles = target.with_suffix(".vtt").read_text(encoding="utf-8")
    assert subtitles.startswith("WEBVTT")
    assert "Good morning." in subtitles
    assert "It costs $5." in subtitles
    with wave.open(str(target)) as file:
        assert len(file.readframes(10**9)) > 24_000


def test_it_says_where_the_document_is_broken(live_server: str, tmp_path: Path) -> None:
    source = tmp_path / "broken.ssml"
    source.write_text("<speak>\n<p>Oh</speak>", encoding="utf-8")
    result = run(str(source), str(tmp_path / "x.wav"), live_server)
    assert result.returncode == 1
    assert b"line 2" in result.stderr
