"""The fixed texts that are spoken in the benchmarks, committed before anything was measured."""

import json
from typing import Literal

from benchmarks.machine import ROOT

_FOLDER = ROOT / "benchmarks"


def latency_texts() -> dict[str, str]:
    """The texts of sentences.json: `en_5w`, `en_15w`, `en_60w`, `en_63w_5s`, `zh_15w`, `zh_60w`."""
    texts: dict[str, str] = json.loads((_FOLDER / "sentences.json").read_text(encoding="utf-8"))
    return texts


def quality_sentences(language: Literal["en", "zh"]) -> list[str]:
    """The 40 sentences of a language that quality is judged on."""
    lines = (_FOLDER / "quality" / f"sentences_{language}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip()]


def emotion_sentences(language: str) -> list[str]:
    """The 12 sentences of a language that emotions are measured on: they say nothing of how they are said."""
    return (_FOLDER / "quality" / f"emotion_sentences_{language}.txt").read_text(encoding="utf-8").splitlines()
