"""Measures whether a voice acts as people do: how high, lively, fast and loud it is the more of an emotion it has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Any, Final

import soundfile

from benchmarks.machine import ROOT
from benchmarks.quality.emotion_claims import CLAIMS, CORRELATES, Correlate
from benchmarks.quality.run import judged, measured, require_judges
from benchmarks.quality.scoring import Figures, summarise
from benchmarks.quality.speaking import Speaker
from benchmarks.report import Report, Target, at_least, at_most, progress
from benchmarks.texts import emotion_sentences
from server.engines.tts.emotions import EMOTIONS
from server.text.clause import Language

VOICES: Final[dict[str, Language]] = {"af_heart": "en", "zf_xiaoxiao": "zh", "heart": "en"}
INTENSITIES: Final = (0, 50, 100)
WANTED_ERROR_DIFFERENCE: Final = 0.02
WANTED_P808_DIFFERENCE: Final = 0.15
_FOLDER: Final = ROOT / "build" / "benchmarks" / "emotions"
_NAMES: Final = {
    "f0_hz": "F0, Hz",
    "f0_range_semitones": "F0 range, semitones",
    "rate_hz": "phonemes a second",
    "level_db": "level, dB",
    "voiced_share": "voiced",
}


@dataclass(frozen=True, slots=True)
class Acted:
    """One voice with one emotion."""

    voice: str
    emotion: str
    correlates: Mapping[Correlate, tuple[float, ...]]
    """Means over the sentences, at the three intensities; F0 is 0 where nothing is voiced."""
    neutral: Figures
    full: Figures

    @property
    def kept(self) -> dict[Correlate, bool]:
        """Of each that is claimed, whether it moves that way from each intensity to the next."""
        return {
            name: all((after - before) * way > 0 for before, after in pairwise(means))
            for name, way in CLAIMS[self.emotion].directions.items()
            for means in (self.correlates[name],)
        }

    @property
    def error_difference(self) -> float:
        """Above 0 where it is understood worse than the plain voice."""
        return self.full.error - self.neutral.error

    @property
    def p808_difference(self) -> float:
        """Below 0 where it is graded worse than the plain voice."""
        return self.full.p808 - self.neutral.p808


def run() -> Report:
    """Record, measure, judge."""
    require_judges()
    recordings = record()
    measures = measured(recordings, _FOLDER)
    judgements = judged([one for one in recordings if one["intensity"] != 50], _FOLDER)
    acted = [_acted(voice, emotion, recordings, measures, judgements) for voice in VOICES for emotion in CLAIMS]
    return Report(
        name="emotions",
        title="Emotions, measured from the sound at 0 / 50 / 100 % (bold: claimed, and not so)",
        columns=("voice", "emotion", *_NAMES.values(), "error, 0 / 100 %", "P.808, 0 / 100 %"),
        rows=[_row(one) for one in acted],
        targets=[target for voice in VOICES for target in _targets(voice, acted)],
        notes=(
            "Nobody has listened. 12 sentences a language (benchmarks/quality/emotion_sentences_*.txt), committed "
            "before the first measurement; means over the sentences.",
            "F0: probabilistic YIN (librosa), every 10 ms, 65 to 650 Hz; geometric mean and standard deviation of what "
            "is voiced. Phonemes a second: without pauses of 100 ms and more. Level: RMS of what is within 35 dB of "
            "the 95th percentile, re full scale. Voiced: share of those frames.",
            "What is claimed of which emotion, and after whom: benchmarks/quality/emotion_claims.py.",
            "Error: WER for English, CER for Mandarin, by Whisper base; P.808: DNSMOS. On 12 sentences one word is "
            "about .01 of English and one character about .005 of Mandarin.",
            "Mandarin is not whispered but softly spoken (docs/emotions.md).",
        ),
        raw={"recordings": [_kept(one, measures, judgements) for one in recordings]},
    )


def record() -> list[dict[str, Any]]:
    """Speak every sentence with every emotion at every intensity; what the children need to know of each."""
    speaker = Speaker()
    recordings: list[dict[str, Any]] = []
    _FOLDER.mkdir(parents=True, exist_ok=True)
    for voice, language in VOICES.items():
        for emotion in EMOTIONS:
            progress(f"{voice}, {emotion.id}")
            for intensity in INTENSITIES:
                if (emotion.id == "neutral") != (intensity == 0):
                    continue
                for number, text in enumerate(emotion_sentences(language)):
                    spoken = speaker.speak(text, voice, emotion.manner.toward(intensity / 100))
                    name = f"{voice}-{emotion.id}-{intensity}-{number:02}"
                    path = _FOLDER / f"{name}.wav"
                    soundfile.write(path, spoken.samples, spoken.sample_rate_hz, subtype="PCM_16")
                    recordings.append(
                        {
                            "id": name,
                            "voice": voice,
                            "emotion": emotion.id,
                            "intensity": intensity,
                            "path": str(path),
                            "language": language,
                            "written": text,
                            "n_phonemes": spoken.n_phonemes,
                        }
                    )
    return recordings


def _acted(
    voice: str,
    emotion: str,
    recordings: Sequence[dict[str, Any]],
    measures: Mapping[str, Mapping[str, Any]],
    judgements: Mapping[str, Mapping[str, Any]],
) -> Acted:
    def ids(intensity: int) -> list[str]:
        wanted = (voice, emotion if intensity else "neutral", intensity)
        return [one["id"] for one in recordings if (one["voice"], one["emotion"], one["intensity"]) == wanted]

    def mean(name: str, intensity: int) -> float:
        return fmean(measures[one][name] or 0.0 for one in ids(intensity))

    return Acted(
        voice=voice,
        emotion=emotion,
        correlates={name: tuple(mean(name, intensity) for intensity in INTENSITIES) for name in CORRELATES},
        neutral=summarise([judgements[one] for one in ids(0)]),
        full=summarise([judgements[one] for one in ids(100)]),
    )


def _row(acted: Acted) -> list[str]:
    def cell(name: Correlate) -> str:
        digits = 0 if name == "f0_hz" else 1 if name == "level_db" else 2
        text = " / ".join(f"{value:.{digits}f}" for value in acted.correlates[name])
        return text if acted.kept.get(name, True) else f"**{text}**"

    return [
        acted.voice,
        acted.emotion,
        *map(cell, CORRELATES),
        f"{acted.neutral.error:.3f} / {acted.full.error:.3f}",
        f"{acted.neutral.p808:.2f} / {acted.full.p808:.2f}",
    ]


def _targets(voice: str, acted: Sequence[Acted]) -> list[Target]:
    mine = [one for one in acted if one.voice == voice]
    kept = [is_kept for one in mine for is_kept in one.kept.values()]
    found = [
        Target(
            f"{voice}: correlates that move as claimed",
            f"{len(kept)} of {len(kept)}",
            f"{sum(kept)} of {len(kept)}",
            all(kept),
        )
    ]
    spoken, whispered = [one for one in mine if one.emotion != "whisper"], [o for o in mine if o.emotion == "whisper"]
    for what, those in (("worst but whisper", spoken), ("whisper", whispered)):
        error = max(those, key=lambda one: one.error_difference)
        grade = min(those, key=lambda one: one.p808_difference)
        found += [
            at_most(
                f"{voice}: error over neutral, {what} ({error.emotion})",
                error.error_difference,
                WANTED_ERROR_DIFFERENCE,
            ),
            at_least(
                f"{voice}: P.808 over neutral, {what} ({grade.emotion})",
                grade.p808_difference,
                -WANTED_P808_DIFFERENCE,
                "",
            ),
        ]
    return found


def _kept(
    one: Mapping[str, Any], measures: Mapping[str, Mapping[str, Any]], judgements: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """What the result's JSON keeps of a recording."""
    named = {key: one[key] for key in ("id", "written", "n_phonemes")}
    return named | dict(measures[one["id"]]) | dict(judgements.get(one["id"], {}))
