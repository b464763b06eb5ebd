"""Judges Kokoro streamed, as one clause and as served, and whole in int8, against whole float32: every listed voice."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile

from benchmarks.kokoro_models import NO_NOISE, Floats, KokoroModels
from benchmarks.machine import ROOT
from benchmarks.quality.run import judged, require_judges
from benchmarks.quality.scoring import Comparison, compare
from benchmarks.report import Report, Target, at_least, at_most, progress
from server.audio.limiter import LimiterStream
from server.audio.silence import trim_silence
from server.engines.base import SpeechRequest
from server.engines.tts.acoustic import AcousticModel, Utterance
from server.engines.tts.speech import SpeechEngine
from server.engines.tts.voices import Voice, VoiceCatalogue
from server.text.clause import Language

WANTED_ERROR_DIFFERENCE: Final = 0.01
WANTED_P808_DIFFERENCE: Final = -0.05
_FOLDER: Final = ROOT / "build" / "benchmarks" / "kokoro-quality"
_CHUNK_MS: Final = 20
_YARDSTICK: Final = "whole float32"
_LANGUAGES: Final[tuple[Language, Language]] = ("en", "zh")


def run() -> Report:
    """Record, judge, compare."""
    require_judges()
    recordings = record(_FOLDER)
    judgements = judged(recordings, _FOLDER)
    comparisons = {
        (language, manner): compare(*(_of(language, each, recordings, judgements) for each in (manner, _YARDSTICK)))
        for language in _LANGUAGES
        for manner in dict.fromkeys(one["manner"] for one in recordings)
    }
    return Report(
        name="kokoro_quality",
        title="Kokoro streamed and whole, judged by machines (Whisper base, DNSMOS)",
        columns=("sentences", "manner", "error", "to whole float32 [95 %]", "pinyin error", "P.808", "OVRL"),
        rows=[_row(*case, comparison) for case, comparison in comparisons.items()],
        targets=[target for case, each in comparisons.items() for target in _targets(*case, each)],
        notes=(
            "40 sentences a language, every listed voice of it in turn; the same phonemes in every manner. Streamed: "
            "the sentence as one clause, its norms predicted. As served: cut into clauses by the speech engine.",
            "Whole float32: the decoder's int8 weights, activations not rounded; all else is the same for all.",
            "Error: WER for English, CER for Mandarin, all edits over all tokens; pinyin error by syllable without "
            "tone. P.808 and OVRL: DNSMOS, mean. [95 %]: paired bootstrap over the sentences.",
            "Nobody has listened: read the differences, not the figures.",
        ),
        raw={
            "comparisons": {
                f"{language}, {manner}": each.as_dict() for (language, manner), each in comparisons.items()
            },
            "judgements": judgements,
        },
    )


def record(folder: Path) -> list[dict[str, str]]:
    """Write every sentence in every manner as WAV; return what the judges need to know of each."""
    models = KokoroModels()
    whole: dict[str, AcousticModel] = {
        _YARDSTICK: models.whole_float32(),
        "whole int8": models.whole_int8(),
        "streamed": models.streamed,
    }
    engine = SpeechEngine(
        models={"kokoro": models.streamed},
        catalogue=VoiceCatalogue(models.voices),
        phonemizer=models.phonemizer,
        chunk_ms=_CHUNK_MS,
    )
    folder.mkdir(parents=True, exist_ok=True)
    recordings: list[dict[str, str]] = []
    for number, (text, voice, language) in enumerate(models.sentences()):
        if number % 10 == 0:
            progress(f"speaking sentence {number} of 80")
        utterance = models.utterance(text, voice, language)
        sounds = {manner: _in_one_clause(model, utterance, voice) for manner, model in whole.items()}
        sounds["as served"] = np.concatenate(list(_served(engine, text, voice)))
        for manner, samples in sounds.items():
            path = folder / f"{number:02}-{manner.replace(' ', '-')}.wav"
            soundfile.write(path, samples, models.card.sample_rate_hz, subtype="PCM_16")
            recordings.append(
                {
                    "id": path.stem,
                    "voice": voice.id,
                    "manner": manner,
                    "path": str(path),
                    "language": language,
                    "written": text,
                }
            )
    return recordings


def _in_one_clause(model: AcousticModel, utterance: Utterance, voice: Voice) -> Floats:
    """As the speech engine would send it, were it not cut: silence trimmed, at one loudness, limited."""
    gain = np.float32(10 ** (voice.gain_db / 20))
    blocks = (block * gain for block in model.render(utterance, NO_NOISE).blocks)
    trimmed = np.concatenate(list(trim_silence(blocks, model.sample_rate_hz)))
    limiter = LimiterStream(model.sample_rate_hz, channels=1)
    return np.concatenate([limiter.process(trimmed[:, np.newaxis]), limiter.flush()])[:, 0]


def _served(engine: SpeechEngine, text: str, voice: Voice) -> Iterator[Floats]:
    job = engine.open(SpeechRequest(text=text, voice_id=voice.id))
    for chunk in job.chunks:
        yield chunk.samples[:, 0]


def _of(
    language: str, manner: str, recordings: Sequence[dict[str, str]], judgements: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    return [judgements[one["id"]] for one in recordings if one["language"] == language and one["manner"] == manner]


def _row(language: Language, manner: str, compared: Comparison) -> list[str]:
    low, high = compared.error_interval
    pinyin = compared.pinyin_error
    is_yardstick = manner == _YARDSTICK
    return [
        f"{compared.n_sentences} {language}",
        manner,
        f"{compared.streamed.error:.4f}",
        "" if is_yardstick else f"{compared.error_difference:+.4f} [{low:+.4f}, {high:+.4f}]",
        "-" if pinyin is None else f"{pinyin[0]:.4f}",
        f"{compared.streamed.p808:.3f}" + ("" if is_yardstick else f" ({compared.p808_difference:+.3f})"),
        f"{compared.streamed.ovrl:.3f}",
    ]


def _targets(language: Language, manner: str, compared: Comparison) -> list[Target]:
    if manner not in ("streamed", "as served"):
        return []
    error, case = "CER" if language == "zh" else "WER", f"Kokoro {manner} minus whole float32, {language}"
    return [
        at_most(f"{error}, {case}", compared.error_difference, WANTED_ERROR_DIFFERENCE, digits=4),
        at_least(f"P.808, {case}", compared.p808_difference, WANTED_P808_DIFFERENCE, ""),
    ]
