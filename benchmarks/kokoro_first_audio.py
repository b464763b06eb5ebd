"""Measures how soon Kokoro is heard: streamed from this server over HTTP, against the same model run whole."""

import os
import time
from functools import partial

from benchmarks.measuring import median, percentile, take_turns
from benchmarks.report import Report, Target, at_least, progress
from benchmarks.servers import wildtrack
from benchmarks.speech_client import ask_wildtrack
from benchmarks.texts import latency_texts
from benchmarks.whole import WholeSpeech

ROUNDS = 7
_CASES = (
    ("en_15w", "af_heart", 2.0),
    ("en_60w", "af_heart", 5.0),
    ("zh_15w", "zf_xiaoxiao", 2.0),
    ("zh_60w", "zf_xiaoxiao", 5.0),
)
"""Text, voice, and how many times sooner it is to be heard."""
_REST_S = 0.1


def run() -> Report:
    """Start the server, load the model beside it, and let them take turns on each text."""
    texts = latency_texts()
    cores = os.cpu_count() or 1
    rows: list[list[str]] = []
    targets: list[Target] = []
    raw: dict[str, object] = {}
    whole_alone = WholeSpeech()
    whole_all_cores = WholeSpeech(threads=cores)
    with wildtrack() as server:
        for key, voice, wanted in _CASES:
            progress(f"{key}, {voice}")
            contestants = {
                "streamed": partial(_streamed_ms, server.port, texts[key], voice),
                "whole": partial(_whole_ms, whole_alone, texts[key], voice),
                "whole_all_cores": partial(_whole_ms, whole_all_cores, texts[key], voice),
            }
            first_ms = take_turns(contestants, ROUNDS, warm_ups=1)
            middle = {name: median(each) for name, each in first_ms.items()}
            ratio = middle["whole"] / middle["streamed"]
            rows.append(
                [
                    key,
                    voice,
                    f"{middle['streamed']:.0f} ({percentile(first_ms['streamed'], 95):.0f})",
                    f"{middle['whole']:.0f}",
                    f"{ratio:.1f}x",
                    f"{middle['whole_all_cores']:.0f}",
                    f"{middle['whole_all_cores'] / middle['streamed']:.1f}x",
                ]
            )
            targets.append(at_least(f"first audio of Kokoro, {key}, {voice}, sooner than whole", ratio, wanted))
            raw[key] = {"first_ms": first_ms, "ratio": ratio}
    return Report(
        name="kokoro_first_audio",
        title="First sound of Kokoro: streamed over HTTP, against the same model run over the whole text",
        columns=(
            "text",
            "voice",
            "streamed, ms: median (p95)",
            "whole, 1 thread, ms",
            "sooner",
            f"whole, {cores} threads, ms",
            "sooner",
        ),
        rows=rows,
        targets=targets,
        notes=(
            f"{ROUNDS} rounds, taking turns in one run, after 1 uncounted.",
            "Whole: the same exported graphs, phonemes and onnxruntime settings (1 thread, as each of the server's "
            "sessions has) in this program, from text to sound, no HTTP. The target is held against it; beside it "
            "stands the same with all cores given to one utterance, which the server does not do.",
        ),
        raw=raw,
    )


def _streamed_ms(port: int, text: str, voice: str) -> float:
    time.sleep(_REST_S)
    return 1000 * ask_wildtrack(port, text, voice).first_byte_s


def _whole_ms(whole: WholeSpeech, text: str, voice: str) -> float:
    time.sleep(_REST_S)
    started_s = time.perf_counter()
    whole.raw(whole.phonemes(text, "kokoro"), "kokoro", voice)
    return 1000 * (time.perf_counter() - started_s)
