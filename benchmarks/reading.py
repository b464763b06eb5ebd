"""Scores how figures, signs and ambiguous characters are read, by category: what is said against what people say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from benchmarks.machine import ROOT
from benchmarks.report import Report, Target, at_least
from server.runtime.model_card import load_card
from server.settings import load_settings
from server.text.clause import Clause, Language
from server.text.phonemizer import Phonemizer
from server.text.pinyin import syllable_phonemes

WANTED: Final = 97.0
_TABLES: Final = ROOT / "tests" / "text" / "reading"
_IN_PINYIN: Final = frozenset({"多音字", "儿化", "轻声"})
"""Categories whose cases tell the syllables of one word instead of all that is said."""


@dataclass(frozen=True, slots=True)
class Case:
    """One line of a table."""

    category: str
    written: str
    said: str
    is_right: bool


def scored(phonemizer: Phonemizer, language: Language) -> Iterator[Case]:
    """Every case of a language, and whether it sounds as it should."""
    for line in (_TABLES / f"cases_{language}.tsv").read_text(encoding="utf-8").splitlines():
        category, written, said = line.split("\t")
        heard = _sounds(phonemizer, written, language)
        if category in _IN_PINYIN:
            is_right = "".join(map(syllable_phonemes, said.split())) in heard
        else:
            is_right = heard == _sounds(phonemizer, said, language)
        yield Case(category, written, said, is_right)


def _sounds(phonemizer: Phonemizer, text: str, language: Language) -> str:
    """What is heard: without stress, pauses and the shade of weak vowels, which hang on the words around."""
    heard = phonemizer.phonemize(Clause(text, 0, language, 0.0, ends_sentence=True), british=False).text
    return re.sub(r"[ˈˌ ,.!?;:—…\"“”()]", "", heard).translate(str.maketrans("ᵻᵊ", "əə"))


def run() -> Report:
    """Score both languages."""
    phonemizer = Phonemizer(load_card(load_settings().models_dir / "kokoro").vocabulary)
    rows: list[list[str]] = []
    targets: list[Target] = []
    raw: dict[str, list[str]] = {}
    for language, name in (("en", "English"), ("zh", "Mandarin")):
        cases = list(scored(phonemizer, language))
        for category in dict.fromkeys(case.category for case in cases):
            own = [case for case in cases if case.category == category]
            rows.append([name, category, f"{sum(case.is_right for case in own)} / {len(own)}"])
        right = sum(case.is_right for case in cases)
        rows.append([name, "all", f"{right} / {len(cases)}"])
        targets.append(at_least(f"{name} cases read rightly", 100 * right / len(cases), WANTED, " %"))
        raw[language] = [case.written for case in cases if not case.is_right]
    return Report(
        name="reading",
        title="How what is written is read, against tables of what people say",
        columns=("language", "category", "read rightly"),
        rows=rows,
        targets=targets,
        notes=(
            "A case is right when its phonemes are those of the words that people say, but for stress and pauses; "
            "those of one word with several readings when its syllables are in them.",
            "The rules were written with all but the last 66 English and 82 Mandarin cases in view. These were "
            "committed before they were first measured: 62 of 66 (two of the four are read as acronyms are, only not "
            "as the case spelled them) and 80 of 82; what was wrong is mended since.",
        ),
        raw=raw,
    )
