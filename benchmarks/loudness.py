"""Measures how loud each voice is by nature, and so the fixed gain that brings it to -18 LUFS."""

import re
import subprocess
from typing import Literal

import numpy as np

from benchmarks.machine import ROOT
from benchmarks.report import Report, progress
from benchmarks.texts import quality_sentences
from benchmarks.whole import Floats, WholeSpeech
from server.audio.silence import trim_silence

TARGET_LUFS = -18.0
_EVERY = slice(4, None, 6)
"""Six of the 40 sentences of a language."""


def run() -> Report:
    """Speak six sentences with each exported voice and let ffmpeg say how loud they are."""
    whole = WholeSpeech()
    rows: list[list[str]] = []
    measured: dict[str, dict[str, float]] = {}
    voices = [("hibari", "heart"), *(("kokoro", voice) for voice in whole.kokoro_voices)]
    for model, voice in voices:
        progress(voice)
        language: Literal["en", "zh"] = "zh" if voice.startswith("z") else "en"
        sound = np.concatenate(
            [_spoken(whole, sentence, model, voice) for sentence in quality_sentences(language)[_EVERY]]
        )
        lufs, peak_db = loudness_and_true_peak(sound, whole.sample_rate_hz)
        gain_db = round(TARGET_LUFS - lufs, 1)
        measured[voice] = {
            "lufs": lufs,
            "gain_db": gain_db,
            "true_peak_db_after_gain": round(peak_db + gain_db, 1),
            "sound_s": round(len(sound) / whole.sample_rate_hz, 1),
        }
        rows.append([voice, f"{lufs:.1f}", f"{gain_db:+.1f}", f"{peak_db + gain_db:+.1f}"])
    return Report(
        name="loudness",
        title=f"Loudness of each voice as its model makes it, and the gain that brings it to {TARGET_LUFS:g} LUFS",
        columns=("voice", "integrated, LUFS", "gain, dB", "true peak after gain, dBTP (before the limiter)"),
        rows=rows,
        notes=(
            "Six sentences in the voice's language, spoken whole, silence trimmed, joined; measured by ffmpeg's "
            "ebur128 (EBU R 128, ITU-R BS.1770), mono counted once.",
        ),
        raw={"voices": measured},
    )


def loudness_and_true_peak(samples: Floats, sample_rate_hz: int) -> tuple[float, float]:
    """Integrated loudness (LUFS) and true peak (dBTP) of a mono sound, float32 [n_samples], as ffmpeg measures them."""
    command = ["ffmpeg", "-hide_banner", "-nostats", "-f", "f32le", "-ar", str(sample_rate_hz), "-ac", "1", "-i", "-"]
    command += ["-af", "ebur128=peak=true", "-f", "null", "-"]
    done = subprocess.run(command, cwd=ROOT, input=samples.astype("<f4").tobytes(), capture_output=True, check=True)
    printed = done.stderr.decode(errors="replace")
    summary = printed[printed.rindex("Summary:") :]
    return _number(r"I:\s+(-?[\d.]+) LUFS", summary), _number(r"Peak:\s+(-?[\d.]+) dBFS", summary)


def _spoken(whole: WholeSpeech, sentence: str, model: str, voice: str) -> Floats:
    raw = whole.raw(whole.phonemes(sentence, model, british=voice.startswith("b")), model, voice)
    return np.concatenate(list(trim_silence([raw], whole.sample_rate_hz)))


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError("ffmpeg printed no loudness; is this a version without the filter ebur128?")
    return float(found[1])
