"""Measures how near Kokoro, streamed with predicted norms, is to Kokoro whole: at all speeds, and with changed prosody.

The yardstick for both streamed and whole int8 is the decoder in float32, run whole over the clause.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.kokoro_models import NO_NOISE, KokoroModels, WholeKokoro
from benchmarks.log_mel import log_mel_distance_db
from benchmarks.report import Report, Target, at_most, progress
from server.audio.prosody import Prosody
from server.audio.silence import trim_silence
from server.engines.tts.acoustic import Utterance
from server.engines.tts.kokoro_streaming import Encoded, acted, windows
from server.engines.tts.voices import Voice
from server.text.clause import Language

Floats = npt.NDArray[np.float32]

SPEEDS: Final = (0.5, 0.8, 1.25, 2.0)
_SENTENCES_A_CASE: Final = 8
"""Four English and four Mandarin ones."""
_ALSO_AS_SERVED: Final = 8
"""Every so many sentences are also made without the silence around them."""
_ONE_WORD: Final[tuple[tuple[str, Language], ...]] = (
    *(("Yes.", "en"), ("Stop!", "en"), ("Wonderful.", "en")),
    *(("好。", "zh"), ("不。", "zh"), ("谢谢。", "zh")),
)
_WANTED_DB: Final = 0.2


PROSODIES: Final = {
    "F0 x .85": Prosody(pitch=0.85),
    "F0 x 1.2": Prosody(pitch=1.2),
    "pitch range x .4": Prosody(pitch_range=0.4),
    "pitch range x 1.5": Prosody(pitch_range=1.5),
    "energy x .9": Prosody(energy=0.9),
    "F0 x 1.2, range x 1.5, energy x 1.1": Prosody(1.2, 1.5, 1.1),
    "F0 x .85, range x .4, energy x .9": Prosody(0.85, 0.4, 0.9),
}
"""The corners of what emotions are to use."""


@dataclass(frozen=True, slots=True)
class _Compared:
    """One clause, each way against whole float32."""

    case: str
    whole_db: float
    streamed_db: float
    seam: tuple[float, float]
    """Roughness where windows meet: streamed, and whole float32 at the same places."""
    keeps_all: bool | None
    """Whether the sound, trimmed, is the same where the silence around it was not made; None where not looked at."""


class _Scales:
    """Compares."""

    def __init__(self, models: KokoroModels) -> None:
        self._models = models
        self._int8: WholeKokoro = models.whole_int8()
        self._float32: WholeKokoro = models.whole_float32()

    def compare(self, case: str, voice: Voice, clause: Encoded, served: Utterance | None = None) -> _Compared:
        rate_hz, hop = self._models.card.sample_rate_hz, self._models.card.hop_samples
        reference, whole = self._float32.decode(clause), self._int8.decode(clause)
        streamed = np.concatenate(list(self._models.streamed.decode(clause, keep_silence=True).blocks))
        borders = [hop * end for _, end in windows(0, len(streamed) // hop)][:-1]
        return _Compared(
            case=case,
            whole_db=log_mel_distance_db(reference, whole, rate_hz),
            streamed_db=log_mel_distance_db(reference, streamed, rate_hz),
            seam=(_roughness(streamed, borders), _roughness(reference, borders)),
            keeps_all=None if served is None else self._keeps_all(voice, streamed, served),
        )

    def _keeps_all(self, voice: Voice, streamed: Floats, utterance: Utterance) -> bool:
        gain = np.float32(10 ** (voice.gain_db / 20))
        served = [block * gain for block in self._models.streamed.render(utterance, NO_NOISE).blocks]
        long, short = (
            np.concatenate(list(trim_silence(blocks, self._models.card.sample_rate_hz)))
            for blocks in ([streamed * gain], served)
        )
        return long.shape == short.shape and bool(np.abs(long - short).max() < 1e-4)


def run() -> Report:
    """All sentences, then a few at other speeds, with other prosody, and very short or long."""
    models = KokoroModels()
    scales = _Scales(models)
    sentences = list(models.sentences())
    compared: list[_Compared] = []
    for number, (text, voice, language) in enumerate(sentences):
        if number % 10 == 0:
            progress(f"{number} of {len(sentences)} sentences")
        utterance = models.utterance(text, voice, language)
        served = None if number % _ALSO_AS_SERVED else utterance
        compared.append(scales.compare(language, voice, models.streamed.encode(utterance), served))
    few = sentences[2 :: len(sentences) // _SENTENCES_A_CASE]
    for speed in SPEEDS:
        progress(f"speed {speed:g}")
        for text, voice, language in few:
            utterance = models.utterance(text, voice, language, speed)
            compared.append(scales.compare(f"speed {speed:g}", voice, models.streamed.encode(utterance), utterance))
    for case, prosody in PROSODIES.items():
        progress(case)
        for text, voice, language in few:
            clause = models.streamed.encode(models.utterance(text, voice, language))
            compared.append(scales.compare(case, voice, acted(clause, prosody)))
    progress("one word; three sentences in one clause")
    for index, (text, language) in enumerate(_ONE_WORD):
        voice = [voice for voice in models.voices if voice.language == language][index % 3]
        utterance = models.utterance(text, voice, language)
        compared.append(scales.compare("one word", voice, models.streamed.encode(utterance), utterance))
    for language in ("en", "zh"):
        own = [sentence for sentence in sentences if sentence[2] == language][-3:]
        voice, joined = own[0][1], " ".join(text for text, _, _ in own)
        utterance = models.utterance(joined, voice, language)
        compared.append(scales.compare("three sentences", voice, models.streamed.encode(utterance), utterance))
    rows, targets = _figures(compared)
    return Report(
        name="kokoro_nearness",
        title="How near Kokoro streamed inside the clause is to the same model run whole over it in float32",
        columns=("figure", "case", "whole int8", "streamed", "difference or ratio"),
        rows=rows,
        targets=targets,
        notes=(
            "Nearness: mean log-mel L1 to whole float32 (the decoder's int8 weights, activations not rounded), in dB, "
            "frames over -50 dB. 40 English and 40 Mandarin sentences, every listed voice in turn; other cases: "
            f"{_SENTENCES_A_CASE} sentences in both languages.",
            "Changed prosody: F0 and energy multiplied between encoder and decoder, for all three alike; the range "
            "of F0 around its mean, in octaves.",
            "Seams: mean over all window borders of the largest second difference within 3 samples, over that of "
            "whole float32 at the same places.",
        ),
        raw={"clauses": [_raw(each) for each in compared]},
    )


def _figures(compared: Sequence[_Compared]) -> tuple[list[list[str]], list[Target]]:
    rows: list[list[str]] = []
    targets: list[Target] = []
    for case in dict.fromkeys(each.case for each in compared):
        own = [each for each in compared if each.case == case]
        whole_db, streamed_db = fmean(each.whole_db for each in own), fmean(each.streamed_db for each in own)
        rows.append(
            [
                "log-mel L1 to whole float32, dB",
                f"{case}, {len(own)} clauses",
                f"{whole_db:.2f}",
                f"{streamed_db:.2f}",
                f"{streamed_db - whole_db:+.2f} dB",
            ]
        )
        wanted = round(whole_db + _WANTED_DB, 3)
        targets.append(at_most(f"log-mel L1 of Kokoro streamed to whole float32, {case}", streamed_db, wanted, " dB"))
    seam = fmean(each.seam[0] for each in compared) / fmean(each.seam[1] for each in compared)
    rows.append(["second difference at seams", "all of these", "", "", f"{seam:.2f}x"])
    targets.append(at_most("second difference where windows meet, streamed over whole float32", seam, 1.15, "x"))
    kept = [each.keeps_all for each in compared if each.keeps_all is not None]
    rows.append(
        ["same sound with the silence not made", f"{len(kept)} of these", "", f"{sum(kept)} of {len(kept)}", ""]
    )
    return rows, targets


def _raw(each: _Compared) -> dict[str, Any]:
    return {"case": each.case, "whole_db": each.whole_db, "streamed_db": each.streamed_db, "seam": each.seam}


def _roughness(sound: Floats, places: list[int]) -> float:
    """The largest second difference within 3 samples of each place, averaged; 0 where there are no places."""
    bends = np.abs(np.diff(sound.astype(np.float64), 2))
    return fmean(float(bends[place - 4 : place + 3].max()) for place in places) if places else 0.0
