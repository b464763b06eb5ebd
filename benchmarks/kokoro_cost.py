"""Measures what Kokoro costs, streamed inside the clause against whole over it, and what comes before its first sound.

All in this program, one thread, no HTTP. "Whole" is the exported int8 graph over the clause.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.kokoro_models import NO_NOISE, KokoroModels, WholeKokoro
from benchmarks.measuring import median, take_turns
from benchmarks.report import Report, Target, at_most
from benchmarks.texts import latency_texts
from server.engines.base import SpeechRequest
from server.engines.tts.acoustic import Utterance
from server.engines.tts.speech import SpeechEngine
from server.engines.tts.voices import VoiceCatalogue

COST_ROUNDS = 3
FIRST_ROUNDS = 7
_WHOLE_FIRST_CLAUSE_S = 1.6
"""What is decoded whole is heard sooner when its first clause is cut short."""
_FIRST_S = 0.3
_CHUNK_MS = 20
_FIRST_CASES = (("en_5w", 110.0), ("en_15w", 160.0), ("en_60w", 300.0), ("zh_15w", 160.0), ("zh_60w", 300.0))
"""Text, and the milliseconds of CPU that its first 300 ms of sound may take."""


def run() -> Report:
    """Cost, then first sound."""
    models = KokoroModels()
    whole = models.whole_int8(_WHOLE_FIRST_CLAUSE_S)
    rows: list[list[str]] = []
    targets: list[Target] = []
    raw: dict[str, Any] = {}
    for part in (_cost, _first_sound):
        part(models, whole, rows, targets, raw)
    return Report(
        name="kokoro_cost",
        title="What Kokoro costs: streamed inside the clause, against the same model run whole over it",
        columns=("figure", "case", "whole int8", "streamed", "ratio"),
        rows=rows,
        targets=targets,
        notes=(
            "One intra-op thread; CPU time of this process; whole and streamed take turns in one run, over the same "
            "encoder.",
            f"Cost: {COST_ROUNDS} rounds over 8 sentences and voices, encoder and all. 'all frames' makes the silence "
            "around the clause too, as whole does; 'as served' does not.",
            "First sound: CPU from text to 300 ms of trimmed sound, through the speech engine, phonemes included.",
        ),
        raw=raw,
    )


def _cost(
    models: KokoroModels, whole: WholeKokoro, rows: list[list[str]], targets: list[Target], raw: dict[str, Any]
) -> None:
    utterances = [models.utterance(*sentence) for sentence in list(models.sentences())[4::10]]
    contestants: dict[str, Callable[[], float]] = {
        "whole": partial(_cpu_s, lambda each: list(whole.render(each, NO_NOISE).blocks), utterances),
        "all_frames": partial(
            _cpu_s, lambda each: list(models.streamed.render(each, keep_silence=True).blocks), utterances
        ),
        "as_served": partial(_cpu_s, lambda each: list(models.streamed.render(each, NO_NOISE).blocks), utterances),
    }
    n_frames = sum(models.streamed.encode(each).f0.shape[1] // 2 for each in utterances)
    sound_s = n_frames * models.card.hop_samples / models.card.sample_rate_hz
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


def _first_sound(
    models: KokoroModels, whole: WholeKokoro, rows: list[list[str]], targets: list[Target], raw: dict[str, Any]
) -> None:
    texts = latency_texts()
    raw["first_cpu_s"] = {}
    engines = {
        name: SpeechEngine(
            models={"kokoro": model},
            catalogue=VoiceCatalogue(models.voices),
            phonemizer=models.phonemizer,
            chunk_ms=_CHUNK_MS,
        )
        for name, model in (("whole", whole), ("streamed", models.streamed))
    }
    for key, wanted_ms in _FIRST_CASES:
        voice = "zf_xiaoxiao" if key.startswith("zh") else "af_heart"
        contestants = {name: partial(first_cpu_s, engine, texts[key], voice) for name, engine in engines.items()}
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


def first_cpu_s(engine: SpeechEngine, text: str, voice: str) -> float:
    """CPU seconds from the text to the first 300 ms of sound."""
    started_s = time.process_time()
    job = engine.open(SpeechRequest(text=text, voice_id=voice))
    for _ in range(round(1000 * _FIRST_S / _CHUNK_MS)):
        engine.step(job)
    took_s = time.process_time() - started_s
    engine.close(job)
    return took_s


def _cpu_s(speak: Callable[[Utterance], object], utterances: list[Utterance]) -> float:
    started_s = time.process_time()
    for utterance in utterances:
        speak(utterance)
    return time.process_time() - started_s
