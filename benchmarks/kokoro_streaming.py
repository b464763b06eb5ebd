"""Measures Kokoro streamed inside the clause against Kokoro whole: its cost, its nearness, its first sound.

All in this program, one thread, no HTTP. "Whole" is the exported int8 graph over the clause; "whole float32" is the
same with its decoder's activations unrounded, the yardstick for both.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx

from benchmarks.log_mel import log_mel_distance_db
from benchmarks.measuring import median, take_turns
from benchmarks.report import Report, Target, at_most
from benchmarks.texts import latency_texts, quality_sentences
from export.dequantise import dequantised
from server.audio.silence import trim_silence
from server.engines.base import SpeechRequest
from server.engines.tts.acoustic import Utterance, phoneme_ids
from server.engines.tts.kokoro import Kokoro
from server.engines.tts.kokoro_streaming import KokoroStreaming, windows
from server.engines.tts.speech import SpeechEngine
from server.engines.tts.voices import VOICES, Voice, VoiceCatalogue
from server.runtime.model_card import ModelCard, load_card
from server.runtime.sessions import GraphSession, open_session
from server.settings import load_settings
from server.text.clause import Clause, Language
from server.text.phonemizer import Phonemizer

Floats = npt.NDArray[np.float32]

COST_ROUNDS = 5
FIRST_ROUNDS = 9
SPEEDS = (0.5, 0.8, 1.25, 2.0)
_SENTENCES_A_SPEED = 8
_FIRST_S = 0.3
_CHUNK_MS = 20
_FIRST_CASES = (("en_5w", 110.0), ("en_15w", 160.0), ("en_60w", 300.0), ("zh_15w", 160.0), ("zh_60w", 300.0))
"""Text, and the milliseconds of CPU that its first 300 ms of sound may take."""
_NO_NOISE = np.random.default_rng(0)


@dataclass(frozen=True, slots=True)
class _Compared:
    """One sentence, each way against whole float32."""

    language: Language
    whole_db: float
    streamed_db: float
    seam: tuple[float, float]
    """Roughness where windows meet: streamed, and whole float32 at the same places."""
    keeps_all: bool
    """Whether the sound, trimmed, is the same where the silence around it was not made."""


class _Bench:
    """The models and the phonemes."""

    def __init__(self) -> None:
        self.card: ModelCard = load_card(load_settings().models_dir / "kokoro")
        self.streamed = KokoroStreaming.open(self.card, _opened)
        self.encoder, self.decoder = (_opened(self.card.graph_path(name)) for name in ("encoder", "decoder"))
        self.whole = Kokoro(self.card, self.encoder, self.decoder)
        self.phonemizer = Phonemizer(self.card.vocabulary)
        self.phonemizer.warm_up()
        self.voices = tuple(voice for voice in VOICES if voice.model == "kokoro")

    def utterance(self, text: str, voice: Voice, language: Language, speed: float = 1.0) -> Utterance:
        clause = Clause(text=text, start_character=0, language=language, pause_s=0.0, ends_sentence=True)
        return Utterance(self.phonemizer.phonemize(clause, british=voice.is_british), voice.model_voice, speed)

    def sentences(self) -> Iterator[tuple[str, Voice, Language]]:
        """The 80 sentences of the quality benchmark, the listed voices of the language taking turns."""
        languages: tuple[Language, Language] = ("en", "zh")
        for language in languages:
            voices = [voice for voice in self.voices if voice.language == language]
            for number, text in enumerate(quality_sentences(language)):
                yield text, voices[number % len(voices)], language


def run() -> Report:
    """Cost, then nearness, then first sound."""
    bench = _Bench()
    rows: list[list[str]] = []
    targets: list[Target] = []
    raw: dict[str, Any] = {}
    for part in (_cost, _nearness, _first_sound):
        part(bench, rows, targets, raw)
    return Report(
        name="kokoro_streaming",
        title="Kokoro streamed inside the clause, against the same model run whole over it",
        columns=("figure", "case", "whole int8", "streamed", "ratio or difference"),
        rows=rows,
        targets=targets,
        notes=(
            "One intra-op thread; CPU seconds of this process; whole and streamed take turns in one run.",
            f"Cost: {COST_ROUNDS} rounds over 8 sentences and voices, encoder and all. 'all frames' makes the silence "
            "around the clause too, as whole does; 'as served' does not.",
            "Nearness: mean log-mel L1 to whole float32 (the decoder's int8 weights, activations not rounded), in dB, "
            "over 40 English and 40 Mandarin sentences, every listed voice in turn; frames over -50 dB.",
            "Seams: mean over all window borders of the largest second difference within 3 samples, over that of "
            "whole float32 at the same places.",
            "First sound: CPU from text to 300 ms of trimmed sound, through the speech engine, phonemes included.",
        ),
        raw=raw,
    )


def _cost(bench: _Bench, rows: list[list[str]], targets: list[Target], raw: dict[str, Any]) -> None:
    sentences = list(bench.sentences())[4::10]
    utterances = [bench.utterance(text, voice, language) for text, voice, language in sentences]
    contestants: dict[str, Callable[[], float]] = {
        "whole": partial(_cpu_s, lambda each: list(bench.whole.stream(each, _NO_NOISE)), utterances),
        "all_frames": partial(
            _cpu_s, lambda each: list(bench.streamed.render(each, keep_silence=True).blocks), utterances
        ),
        "as_served": partial(_cpu_s, lambda each: list(bench.streamed.stream(each, _NO_NOISE)), utterances),
    }
    sound_s = sum(
        len(block) / bench.card.sample_rate_hz for each in utterances for block in bench.whole.stream(each, _NO_NOISE)
    )
    cpu = take_turns(contestants, COST_ROUNDS, warm_ups=1)
    ratio = {name: median([a / b for a, b in zip(cpu[name], cpu["whole"], strict=True)]) for name in cpu}
    for name in ("all_frames", "as_served"):
        rows.append(
            [
                "CPU ms per second of whole sound",
                name.replace("_", " "),
                f"{1000 * median(cpu['whole']) / sound_s:.0f}",
                f"{1000 * median(cpu[name]) / sound_s:.0f}",
                f"{ratio[name]:.2f}x",
            ]
        )
    targets.append(at_most("CPU of Kokoro streamed over whole int8, all frames", ratio["all_frames"], 1.2, "x"))
    raw["cost"] = {"cpu_s": cpu, "sound_s": sound_s}


def _nearness(bench: _Bench, rows: list[list[str]], targets: list[Target], raw: dict[str, Any]) -> None:
    yardstick = open_session(dequantised(onnx.load(bench.card.graph_path("decoder"))).SerializeToString()).session
    sentences = list(bench.sentences())
    compared = [
        _compare(bench, yardstick, voice, bench.utterance(text, voice, lang)) for text, voice, lang in sentences
    ]
    for language in ("en", "zh"):
        own = [each for each in compared if each.language == language]
        whole_db, streamed_db = fmean(each.whole_db for each in own), fmean(each.streamed_db for each in own)
        rows.append(_distance_row(f"{language}, {len(own)} sentences", whole_db, streamed_db))
        wanted = round(whole_db + 0.2, 3)
        targets.append(
            at_most(f"log-mel L1 of Kokoro streamed to whole float32, {language}", streamed_db, wanted, " dB")
        )
    for speed in SPEEDS:
        chosen = sentences[2 :: len(sentences) // _SENTENCES_A_SPEED]
        at_speed = [
            _compare(bench, yardstick, voice, bench.utterance(text, voice, lang, speed)) for text, voice, lang in chosen
        ]
        distances = fmean(each.whole_db for each in at_speed), fmean(each.streamed_db for each in at_speed)
        rows.append(_distance_row(f"speed {speed:g}, {len(at_speed)} sentences", *distances))
        compared += at_speed
    seam = fmean(each.seam[0] for each in compared) / fmean(each.seam[1] for each in compared)
    rows.append(["second difference at seams", "all of these", "", "", f"{seam:.2f}x"])
    targets.append(at_most("second difference where windows meet, streamed over whole float32", seam, 1.15, "x"))
    kept = sum(each.keeps_all for each in compared)
    rows.append(["same sound with the silence not made", "all of these", "", f"{kept} of {len(compared)}", ""])
    raw["nearness"] = [
        {"language": each.language, "whole_db": each.whole_db, "streamed_db": each.streamed_db, "seam": each.seam}
        for each in compared
    ]


def _first_sound(bench: _Bench, rows: list[list[str]], targets: list[Target], raw: dict[str, Any]) -> None:
    texts = latency_texts()
    raw["first_cpu_s"] = {}
    engines = {
        name: SpeechEngine(
            models={"kokoro": model},
            catalogue=VoiceCatalogue(bench.voices),
            phonemizer=bench.phonemizer,
            chunk_ms=_CHUNK_MS,
        )
        for name, model in (("whole", bench.whole), ("streamed", bench.streamed))
    }
    for key, wanted_ms in _FIRST_CASES:
        voice = "zf_xiaoxiao" if key.startswith("zh") else "af_heart"
        contestants = {name: partial(_first_cpu_s, engine, texts[key], voice) for name, engine in engines.items()}
        cpu = take_turns(contestants, FIRST_ROUNDS, warm_ups=1)
        whole_ms, streamed_ms = 1000 * median(cpu["whole"]), 1000 * median(cpu["streamed"])
        rows.append(
            [
                "CPU ms before the first 300 ms",
                key,
                f"{whole_ms:.0f}",
                f"{streamed_ms:.0f}",
                f"{streamed_ms / whole_ms:.2f}x",
            ]
        )
        targets.append(
            at_most(f"CPU before the first 300 ms of Kokoro, {key}", streamed_ms, wanted_ms, " ms", digits=0)
        )
        raw["first_cpu_s"][key] = cpu


def _compare(bench: _Bench, yardstick: GraphSession, voice: Voice, utterance: Utterance) -> _Compared:
    card, rate_hz = bench.card, bench.card.sample_rate_hz
    assert card.voice_shape is not None
    styles = np.memmap(card.voice_path(voice.model_voice), "<f4", "r", shape=card.voice_shape)
    feeds: dict[str, npt.NDArray[Any]] = {
        "tokens": phoneme_ids(utterance.phonemes, card),
        "style": np.asarray(styles[len(utterance.phonemes)]),
        "speed": np.array([utterance.speed], np.float32),
    }
    asr, f0, energy = bench.encoder.run(["asr", "f0", "energy"], feeds)
    feeds = {"asr": asr, "f0": f0, "energy": energy, "style": feeds["style"]}
    (reference,), (whole,) = yardstick.run(["audio"], feeds), bench.decoder.run(["audio"], feeds)
    streamed = np.concatenate(list(bench.streamed.render(utterance, keep_silence=True).blocks))
    gain = np.float32(10 ** (voice.gain_db / 20))
    served = [block * gain for block in bench.streamed.stream(utterance, _NO_NOISE)]
    trimmed = [np.concatenate(list(trim_silence(blocks, rate_hz))) for blocks in ([streamed * gain], served)]
    borders = [card.hop_samples * end for _, end in windows(0, len(streamed) // card.hop_samples)][:-1]
    return _Compared(
        language=voice.language,
        whole_db=log_mel_distance_db(reference, whole, rate_hz),
        streamed_db=log_mel_distance_db(reference, streamed, rate_hz),
        seam=(_roughness(streamed, borders), _roughness(reference, borders)),
        keeps_all=trimmed[0].shape == trimmed[1].shape and bool(np.abs(trimmed[0] - trimmed[1]).max() < 1e-4),
    )


def _roughness(sound: Floats, places: list[int]) -> float:
    """The largest second difference within 3 samples of each place, averaged; 0 where there are no places."""
    bends = np.abs(np.diff(sound.astype(np.float64), 2))
    return fmean(float(bends[place - 4 : place + 3].max()) for place in places) if places else 0.0


def _distance_row(case: str, whole_db: float, streamed_db: float) -> list[str]:
    difference = f"{streamed_db - whole_db:+.2f} dB"
    return ["log-mel L1 to whole float32, dB", case, f"{whole_db:.2f}", f"{streamed_db:.2f}", difference]


def _cpu_s(speak: Callable[[Utterance], object], utterances: list[Utterance]) -> float:
    started_s = time.process_time()
    for utterance in utterances:
        speak(utterance)
    return time.process_time() - started_s


def _first_cpu_s(engine: SpeechEngine, text: str, voice: str) -> float:
    started_s = time.process_time()
    job = engine.open(SpeechRequest(text=text, voice_id=voice))
    for _ in range(round(1000 * _FIRST_S / _CHUNK_MS)):
        engine.step(job)
    took_s = time.process_time() - started_s
    engine.close(job)
    return took_s


def _opened(path: Path) -> GraphSession:
    return open_session(path).session
