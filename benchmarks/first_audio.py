"""Measures how soon the first byte of sound arrives over HTTP: hibari here against piper's own server, taking turns."""

import time
from collections.abc import Callable
from functools import partial

from benchmarks.measuring import median, percentile, take_turns
from benchmarks.report import Report, Target, at_least, progress
from benchmarks.servers import piper, wildtrack
from benchmarks.speech_client import Spoken, ask_piper, ask_wildtrack
from benchmarks.texts import latency_texts

ROUNDS = 15
WANTED_RATIO = 4.0
_TEXTS = {"5 words": "en_5w", "15 words": "en_15w", "63 words, 5 sentences": "en_63w_5s"}
_REST_S = 0.05
"""Between requests, so that neither server still tidies up when the other is asked."""


def run() -> Report:
    """Start both servers and let them take turns on each text."""
    texts = latency_texts()
    rows: list[list[str]] = []
    targets: list[Target] = []
    raw: dict[str, object] = {}
    with wildtrack() as ours, piper() as peer:
        for label, key in _TEXTS.items():
            progress(label)
            contestants = {
                "wildtrack": partial(_after_a_rest, ask_wildtrack, ours.port, texts[key], "heart"),
                "piper": partial(_after_a_rest, ask_piper, peer.port, texts[key]),
            }
            spoken = take_turns(contestants, ROUNDS)
            first_ms = {name: [1000 * one.first_byte_s for one in each] for name, each in spoken.items()}
            ratio = median(first_ms["piper"]) / median(first_ms["wildtrack"])
            rows.append(
                [
                    label,
                    f"{median(first_ms['wildtrack']):.1f} ({percentile(first_ms['wildtrack'], 95):.1f})",
                    f"{median(first_ms['piper']):.1f} ({percentile(first_ms['piper'], 95):.1f})",
                    f"{ratio:.1f}x",
                    f"{_silence_ms(spoken['wildtrack']):.0f} / {_silence_ms(spoken['piper']):.0f}",
                    f"{spoken['wildtrack'][0].duration_s:.1f} / {spoken['piper'][0].duration_s:.1f}",
                ]
            )
            raw[key] = {"first_byte_ms": first_ms, "ratio": ratio}
            if key == "en_15w":
                targets.append(at_least("first byte, 15 words, sooner than piper", ratio, WANTED_RATIO))
    return Report(
        name="first_audio",
        title="First byte of sound over HTTP: hibari `heart` here, against piper 1.8.0 `en_US-joe-medium`",
        columns=(
            "text",
            "ours, ms: median (p95)",
            "piper, ms",
            "sooner",
            "silence first, ms: ours / piper",
            "sound, s",
        ),
        rows=rows,
        targets=targets,
        notes=(
            f"{ROUNDS} rounds of ours, piper, ours, piper ... in one run after 2 uncounted; a new connection each.",
            "Silence first: how much of the sound that then arrives is below -50 dBFS; it is not part of the times.",
        ),
        raw=raw,
    )


def _after_a_rest(ask: Callable[..., Spoken], *arguments: object) -> Spoken:
    time.sleep(_REST_S)
    return ask(*arguments)


def _silence_ms(spoken: list[Spoken]) -> float:
    return median([1000 * one.silence_before_s for one in spoken])
