"""Tables of what is written and how it is said, by category: what the normalisers have to know."""

import re
from pathlib import Path

import pytest
from humming import KOKORO_SYMBOLS

from server.text.clause import Clause
from server.text.phonemizer import Phonemizer
from server.text.pinyin import syllable_phonemes

TABLES = Path(__file__).with_name("reading")
WANTED = 0.97
"""Of all cases of a table; none of the categories may fall behind by much."""
WANTED_OF_A_CATEGORY = 0.85
IN_PINYIN = {"多音字", "儿化", "轻声"}
"""Categories whose cases tell the syllables of one word instead of all that is said."""


def cases(language: str) -> list[tuple[str, str, str]]:
    lines = (TABLES / f"cases_{language}.tsv").read_text(encoding="utf-8").splitlines()
    return [(category, written, said) for category, written, said in (line.split("\t") for line in lines)]


def sounds(phonemizer: Phonemizer, text: str, language: str) -> str:
    """What is heard: without stress, pauses and the shade of weak vowels, which hang on the words around."""
    heard = phonemizer.phonemize(Clause(text, 0, language, 0.0, ends_sentence=True), british=False).text
    return re.sub(r"[ˈˌ ,.!?;:—…\"“”()]", "", heard).translate(str.maketrans("ᵻᵊ", "əə"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_written_is_said_as_people_say_it(language: str) -> None:
    phonemizer = Phonemizer(KOKORO_SYMBOLS)
    table = cases(language)
    wrong: dict[str, list[str]] = {category: [] for category, _, _ in table}
    for category, written, said in table:
        heard = sounds(phonemizer, written, language)
        if category in IN_PINYIN:
            is_right = "".join(map(syllable_phonemes, said.split())) in heard
        else:
            is_right = heard == sounds(phonemizer, said, language)
        if not is_right:
            wrong[category].append(written)
    assert len(table) >= 300
    assert sum(map(len, wrong.values())) <= (1 - WANTED) * len(table), wrong
    for category, missed in wrong.items():
        size = sum(each[0] == category for each in table)
        assert len(missed) <= max(1, (1 - WANTED_OF_A_CATEGORY) * size), (category, missed)
