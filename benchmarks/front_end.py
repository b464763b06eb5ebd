"""Measures the CPU that the front end takes to turn one sentence into phonemes, once its dictionaries are loaded."""

import gc
import time
from collections.abc import Callable
from typing import Final

from benchmarks.measuring import median, percentile
from benchmarks.report import Report, Target, at_most
from benchmarks.texts import latency_texts, quality_sentences
from server.runtime.model_card import load_card
from server.settings import load_settings
from server.text.clause import Clause, Language
from server.text.phonemizer import Phonemizer

_ROUNDS: Final = 15
_WANTED_MS: Final[dict[Language, float]] = {"en": 3.0, "zh": 8.0}


def run() -> Report:
    """Read every sentence several times over."""
    phonemizer = Phonemizer(load_card(load_settings().models_dir / "kokoro").vocabulary)
    phonemizer.warm_up()
    gc.collect()
    gc.freeze()  # as the server does when its dictionaries are loaded
    rows: list[list[str]] = []
    targets: list[Target] = []
    raw: dict[str, list[float]] = {}
    for language, wanted_ms in _WANTED_MS.items():
        for what, texts in (
            ("15 words", [latency_texts()[f"{language}_15w"]]),
            ("quality", quality_sentences("zh" if language == "zh" else "en")),
        ):
            first, again = _costs_ms(phonemizer, language, texts)
            raw[f"{language}, {what}"] = again
            name = f"{len(texts)} {language}, {what}"
            rows.append([name, f"{median(again):.2f} ms", f"{percentile(again, 95):.2f} ms", f"{median(first):.2f} ms"])
            targets.append(at_most(f"{name}: CPU for a sentence, median", median(again), wanted_ms, " ms", digits=2))
    return Report(
        name="front_end",
        title="CPU of the front end, from a sentence to its phonemes",
        columns=("sentences", "median", "p95", "the first time, median"),
        rows=rows,
        targets=targets,
        notes=(
            "CPU time of the process, user and system, dictionaries loaded. Each sentence as one clause; the median of "
            f"{_ROUNDS} times, then the median and the 95th percentile over the sentences.",
            "The first time: this process has never read the sentence before, so it remembers nothing of it.",
        ),
        raw=raw,
    )


def _costs_ms(phonemizer: Phonemizer, language: Language, texts: list[str]) -> tuple[list[float], list[float]]:
    """The first time, and the median of the times after it, for each text, in ms."""
    first, again = [], []
    for text in texts:
        clause = Clause(text=text, start_character=0, language=language, pause_s=0.0, ends_sentence=True)

        def read(clause: Clause = clause) -> None:
            phonemizer.phonemize(clause, british=False)

        first.append(_cpu_ms(read))
        again.append(median([_cpu_ms(read) for _ in range(_ROUNDS)]))
    return first, again


def _cpu_ms(work: Callable[[], None]) -> float:
    before_ns = time.process_time_ns()
    work()
    return (time.process_time_ns() - before_ns) / 1e6
