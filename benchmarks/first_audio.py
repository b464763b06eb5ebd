"""Measures how soon the first byte of sound arrives over HTTP: hibari here against piper's own server, taking turns."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from benchmarks.measuring import median, percentile, take_turns
from benchmarks.report import Report, at_least, progress
from benchmarks.servers import piper, wildtrack
from benchmarks.speech_client import Spoken, ask_piper, ask_wildtrack
from benchmarks.texts import latency_texts

ROUNDS = 15
WANTED_RATIO = 4.0
_TEXTS = {"5 words": "en_5w", "15 words": "en_15w", "63 words, 5 sentences": "en_63w_5s"}
_REST_S = 0.05
"""Between requests, so that neither server still tidies up when the other is asked."""

COLUMNS = ("text", "ours, ms: median (p95)", "piper, ms", "sooner", "silence first, ms: ours / piper", "sound, s")
NOTES = (
    f"{ROUNDS} rounds of ours, piper, ours, piper ... in one run after 2 uncounted; a new connection each.",
    "Silence first: how much of the sound that then arrives is below -50 dBFS; it is not part of the times.",
)


def run() -> Report:
    """Start both servers and let them take turns on each text."""
    texts = latency_texts()
    with wildtrack() as ours, piper() as peer:
        races = {key: race(label, texts[key], "heart", ours.port, peer.port) for label, key in _TEXTS.items()}
    return Report(
        name="first_audio",
        title="First byte of sound over HTTP: hibari `heart` here, against piper 1.8.0 `en_US-joe-medium`",
        columns=COLUMNS,
        rows=[each.row() for each in races.values()],
        targets=[at_least("first byte, 15 words, sooner than piper", races["en_15w"].ratio, WANTED_RATIO)],
        notes=NOTES,
        raw={key: each.raw() for key, each in races.items()},
    )


@dataclass(frozen=True, slots=True)
class Race:
    """What came of one text."""

    label: str
    ours: list[Spoken]
    piper: list[Spoken]

    @property
    def ratio(self) -> float:
        """How many times sooner our first sound comes: of the medians."""
        return median(_first_ms(self.piper)) / median(_first_ms(self.ours))

    def row(self) -> list[str]:
        """For a table with `COLUMNS`."""
        return [
            self.label,
            *(f"{median(first_ms):.1f} ({percentile(first_ms, 95):.1f})" for first_ms in self._first()),
            f"{self.ratio:.1f}x",
            f"{_silence_ms(self.ours):.0f} / {_silence_ms(self.piper):.0f}",
            f"{self.ours[0].duration_s:.1f} / {self.piper[0].duration_s:.1f}",
        ]

    def raw(self) -> dict[str, object]:
        """Every measurement."""
        ours, piper = self._first()
        return {"first_byte_ms": {"wildtrack": ours, "piper": piper}, "ratio": self.ratio}

    def _first(self) -> tuple[list[float], list[float]]:
        return _first_ms(self.ours), _first_ms(self.piper)


def race(label: str, text: str, voice: str, our_port: int, piper_port: int) -> Race:
    """Let both servers say the text by turns; piper's answers with its own voice."""
    progress(label)
    contestants = {
        "wildtrack": partial(_after_a_rest, ask_wildtrack, our_port, text, voice),
        "piper": partial(_after_a_rest, ask_piper, piper_port, text),
    }
    spoken = take_turns(contestants, ROUNDS)
    return Race(label, spoken["wildtrack"], spoken["piper"])


def _first_ms(spoken: list[Spoken]) -> list[float]:
    return [1000 * one.first_byte_s for one in spoken]


def _after_a_rest(ask: Callable[..., Spoken], *arguments: object) -> Spoken:
    time.sleep(_REST_S)
    return ask(*arguments)


def _silence_ms(spoken: list[Spoken]) -> float:
    return median([1000 * one.silence_before_s for one in spoken])
