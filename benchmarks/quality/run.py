"""Judges streamed speech against the same speech made whole: what was understood, and how clean it sounds.

The recordings are made here; the judges listen in their own environment (judge.py), and the differences are drawn here.
"""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import soundfile

from benchmarks.machine import ROOT
from benchmarks.quality.scoring import Comparison, compare
from benchmarks.report import Report, Target, at_most, progress
from benchmarks.servers import wildtrack
from benchmarks.setup import JUDGES_VENV
from benchmarks.speech_client import ask_wildtrack
from benchmarks.texts import quality_sentences
from benchmarks.whole import WholeSpeech, voice_named

VOICES: dict[str, Literal["en", "zh"]] = {"heart": "en", "af_heart": "en", "zf_xiaoxiao": "zh"}
WANTED_ERROR_DIFFERENCE = 0.01
WANTED_P808_DIFFERENCE = 0.1
_JUDGES_PYTHON = JUDGES_VENV / "bin" / "python"
_RECORDINGS = ROOT / "build" / "benchmarks" / "quality"


def run() -> Report:
    """Record, judge, compare."""
    require_judges()
    recordings = record(_RECORDINGS)
    judgements = judged(recordings, _RECORDINGS)
    comparisons = {
        voice: compare(_of(voice, "streamed", recordings, judgements), _of(voice, "whole", recordings, judgements))
        for voice in VOICES
    }
    return Report(
        name="quality",
        title="Streamed speech against the same speech made whole, judged by machines (Whisper base, DNSMOS)",
        columns=(
            "voice",
            "error",
            "streamed",
            "whole",
            "difference [95 %]",
            "pinyin error",
            "P.808 streamed / whole",
            "OVRL streamed / whole",
        ),
        rows=[_row(voice, comparison) for voice, comparison in comparisons.items()],
        targets=[target for voice, comparison in comparisons.items() for target in _targets(voice, comparison)],
        notes=(
            "Nobody has listened: these are judgements of machines. Whisper base (int8, beam 2) mishears on its own, "
            "and DNSMOS grades how clean a signal is, not how natural speech sounds; so read the differences first.",
            "40 sentences a language, committed before the first measurement. Streamed: as the server sends it over "
            "HTTP, clause by clause. Whole: the same phonemes in one utterance through the same models.",
            "Error: WER for English (Whisper's own normalisation), CER for Mandarin (simplified, digits as hanzi); "
            "all edits over all tokens. Pinyin error: Mandarin by syllable without tone, blind to wrong tones and "
            "deaf to Whisper's choice between homophones: streamed / whole.",
            "[95 %]: paired bootstrap over the sentences.",
        ),
        raw={
            "voices": {voice: comparison.as_dict() for voice, comparison in comparisons.items()},
            "judgements": judgements,
        },
    )


def require_judges() -> None:
    """Ask before anything is recorded.

    Raises:
        SystemExit: when they are not installed.
    """
    if not _JUDGES_PYTHON.exists():
        raise SystemExit("The judges are not installed: run `python -m benchmarks setup` first.")


def judged(recordings: Sequence[dict[str, str]], folder: Path) -> dict[str, dict[str, Any]]:
    """What the judges say of each recording, by its id; the lists are kept in the folder."""
    listed, verdict = folder / "recordings.json", folder / "judgements.json"
    listed.write_text(json.dumps(recordings, ensure_ascii=False, indent=1), encoding="utf-8")
    command = [str(_JUDGES_PYTHON), "-m", "benchmarks.quality.judge", str(listed), str(verdict)]
    subprocess.run(command, cwd=ROOT, check=True)
    judgements: dict[str, dict[str, Any]] = json.loads(verdict.read_text(encoding="utf-8"))
    return judgements


def record(folder: Path) -> list[dict[str, str]]:
    """Write every sentence twice, streamed and whole, as WAV; return what the judges need to know of each."""
    whole = WholeSpeech()
    recordings: list[dict[str, str]] = []
    with wildtrack() as server:
        for voice, language in VOICES.items():
            progress(f"speaking {len(quality_sentences(language))} sentences with {voice}")
            (folder / voice).mkdir(parents=True, exist_ok=True)
            for number, sentence in enumerate(quality_sentences(language)):
                sounds = {
                    "streamed": ask_wildtrack(server.port, sentence, voice).samples,
                    "whole": whole.speak(sentence, voice_named(voice)),
                }
                for manner, samples in sounds.items():
                    path = folder / voice / f"{number:02}-{manner}.wav"
                    soundfile.write(path, samples, whole.sample_rate_hz, subtype="PCM_16")
                    recordings.append(
                        {
                            "id": f"{voice}-{number:02}-{manner}",
                            "voice": voice,
                            "manner": manner,
                            "path": str(path),
                            "language": language,
                            "written": sentence,
                        }
                    )
    return recordings


def _of(
    voice: str, manner: str, recordings: Sequence[dict[str, str]], judgements: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    return [judgements[one["id"]] for one in recordings if one["voice"] == voice and one["manner"] == manner]


def _row(voice: str, compared: Comparison) -> list[str]:
    low, high = compared.error_interval
    pinyin = compared.pinyin_error
    return [
        voice,
        "CER" if VOICES[voice] == "zh" else "WER",
        f"{compared.streamed.error:.4f}",
        f"{compared.whole.error:.4f}",
        f"{compared.error_difference:+.4f} [{low:+.4f}, {high:+.4f}]",
        "-" if pinyin is None else f"{pinyin[0]:.4f} / {pinyin[1]:.4f}",
        f"{compared.streamed.p808:.3f} / {compared.whole.p808:.3f}",
        f"{compared.streamed.ovrl:.3f} / {compared.whole.ovrl:.3f}",
    ]


def _targets(voice: str, compared: Comparison) -> list[Target]:
    error = "CER" if VOICES[voice] == "zh" else "WER"
    return [
        at_most(
            f"{error}, streamed minus whole, {voice}", compared.error_difference, WANTED_ERROR_DIFFERENCE, digits=4
        ),
        at_most(f"P.808, distance to whole, {voice}", abs(compared.p808_difference), WANTED_P808_DIFFERENCE),
    ]
