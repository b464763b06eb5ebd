"""Judges streamed speech against the same speech made whole, and against the committed figures of the same voice.

What was understood, how clean it sounds, how high, lively, fast and loud it is. The recordings are made here; the
judges listen in their own environment (judge.py, acoustics.py), and the differences are drawn here.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

import soundfile

from benchmarks.machine import ROOT
from benchmarks.quality.drift import STATISTICS, moved
from benchmarks.quality.scoring import Comparison, compare
from benchmarks.report import RESULTS, Report, Target, at_most, progress
from benchmarks.servers import wildtrack
from benchmarks.setup import JUDGES_VENV
from benchmarks.speech_client import ask_wildtrack
from benchmarks.texts import quality_sentences
from benchmarks.whole import WholeSpeech, voice_named

VOICES: dict[str, Literal["en", "zh"]] = {"heart": "en", "af_heart": "en", "zf_xiaoxiao": "zh"}
WANTED_ERROR_DIFFERENCE = 0.01
WANTED_P808_DIFFERENCE = 0.1
JUDGES_PYTHON = JUDGES_VENV / "bin" / "python"
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
    measures = measured([one for one in recordings if one["manner"] == "streamed"], _RECORDINGS)
    figures = {voice: _figures(voice, comparison, measures) for voice, comparison in comparisons.items()}
    before = _committed()
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
            "F0, Hz",
            "F0 range, semitones",
            "phonemes a second",
            "level, dB",
        ),
        rows=[_row(voice, comparison, figures[voice]) for voice, comparison in comparisons.items()],
        targets=[
            *(target for voice, comparison in comparisons.items() for target in _targets(voice, comparison)),
            *(_as_before(voice, before.get(voice, {}), after) for voice, after in figures.items()),
        ],
        notes=(
            "Nobody has listened: these are judgements of machines. Whisper base (int8, beam 2) mishears on its own, "
            "and DNSMOS grades how clean a signal is, not how natural speech sounds; so read the differences first.",
            "40 sentences a language, committed before the first measurement. Streamed: as the server sends it over "
            "HTTP, clause by clause. Whole: the same phonemes in one utterance through the same models.",
            "Error: WER for English (Whisper's own normalisation), CER for Mandarin (simplified, digits as hanzi); "
            "all edits over all tokens. Pinyin error: Mandarin by syllable without tone, blind to wrong tones and "
            "deaf to Whisper's choice between homophones: streamed / whole.",
            "[95 %]: paired bootstrap over the sentences.",
            "F0, rate and level of what was streamed, means over the sentences: as in `emotions`, but with marks of "
            "length counted among the phonemes. As committed: no figure of what was streamed moved by more than "
            "benchmarks/quality/drift.py allows since the table that stood here before.",
        ),
        raw={
            "figures": figures,
            "voices": {voice: comparison.as_dict() for voice, comparison in comparisons.items()},
            "judgements": judgements,
        },
    )


def require_judges() -> None:
    """Ask before anything is recorded.

    Raises:
        SystemExit: when they are not installed.
    """
    if not JUDGES_PYTHON.exists():
        raise SystemExit("The judges are not installed: run `python -m benchmarks setup` first.")


def judged(recordings: Sequence[Mapping[str, Any]], folder: Path) -> dict[str, dict[str, Any]]:
    """What the judges say of each recording, by its id; the lists are kept in the folder."""
    listed, verdict = folder / "recordings.json", folder / "judgements.json"
    listed.write_text(json.dumps(list(recordings), ensure_ascii=False, indent=1), encoding="utf-8")
    command = [str(JUDGES_PYTHON), "-m", "benchmarks.quality.judge", str(listed), str(verdict)]
    subprocess.run(command, cwd=ROOT, check=True)
    judgements: dict[str, dict[str, Any]] = json.loads(verdict.read_text(encoding="utf-8"))
    return judgements


def measured(recordings: Sequence[Mapping[str, Any]], folder: Path) -> dict[str, dict[str, Any]]:
    """How high, lively, fast and loud each recording is, by its id (acoustics.py); the lists are kept in the folder."""
    listed, found = folder / "to_measure.json", folder / "measures.json"
    listed.write_text(json.dumps(list(recordings), ensure_ascii=False), encoding="utf-8")
    command = [str(JUDGES_PYTHON), "-m", "benchmarks.quality.acoustics", str(listed), str(found)]
    subprocess.run(command, cwd=ROOT, check=True)
    measures: dict[str, dict[str, Any]] = json.loads(found.read_text(encoding="utf-8"))
    return measures


def record(folder: Path) -> list[dict[str, Any]]:
    """Write every sentence twice, streamed and whole, as WAV; return what the judges need to know of each."""
    whole = WholeSpeech()
    recordings: list[dict[str, Any]] = []
    with wildtrack() as server:
        for voice, language in VOICES.items():
            progress(f"speaking {len(quality_sentences(language))} sentences with {voice}")
            (folder / voice).mkdir(parents=True, exist_ok=True)
            for number, sentence in enumerate(quality_sentences(language)):
                named = voice_named(voice)
                phonemes = whole.phonemes(sentence, named.model, british=named.is_british)
                sounds = {
                    "streamed": ask_wildtrack(server.port, sentence, voice).samples,
                    "whole": whole.speak(sentence, named),
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
                            "n_phonemes": sum(map(str.isalpha, phonemes)),
                        }
                    )
    return recordings


def _of(
    voice: str, manner: str, recordings: Sequence[Mapping[str, Any]], judgements: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    return [judgements[one["id"]] for one in recordings if one["voice"] == voice and one["manner"] == manner]


def _figures(voice: str, compared: Comparison, measures: Mapping[str, Mapping[str, Any]]) -> dict[str, float | None]:
    """All that is known of a voice as it is streamed."""
    mine = [measures[key] for key in measures if key.startswith(f"{voice}-")]
    statistics = {name: fmean(one[name] for one in mine) for name in STATISTICS}
    return {**asdict(compared.streamed), **statistics}


def _committed() -> dict[str, dict[str, float | None]]:
    """The figures of each voice in the table that stands; none where there is no table yet."""
    path = RESULTS / "quality.json"
    content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"raw": {}}
    raw = content["raw"]
    streamed = {voice: one["streamed"] for voice, one in raw.get("voices", {}).items()}
    figures: dict[str, dict[str, float | None]] = raw.get("figures", streamed)
    return figures


def _as_before(voice: str, before: Mapping[str, float | None], after: Mapping[str, float | None]) -> Target:
    changes = moved(before, after)
    return Target(f"{voice}: as committed", "all figures", "; ".join(changes) or "all", not changes)


def _row(voice: str, compared: Comparison, figures: Mapping[str, float | None]) -> list[str]:
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
        *(f"{figures[name]:.{digits}f}" for name, digits in zip(STATISTICS, (0, 2, 2, 1), strict=True)),
    ]


def _targets(voice: str, compared: Comparison) -> list[Target]:
    error = "CER" if VOICES[voice] == "zh" else "WER"
    return [
        at_most(
            f"{error}, streamed minus whole, {voice}", compared.error_difference, WANTED_ERROR_DIFFERENCE, digits=4
        ),
        at_most(f"P.808, distance to whole, {voice}", abs(compared.p808_difference), WANTED_P808_DIFFERENCE),
    ]
