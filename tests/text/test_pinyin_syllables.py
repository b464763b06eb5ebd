"""Pinyin syllables in Kokoro's alphabet."""

import pytest
from pypinyin.constants import PINYIN_DICT
from pypinyin.contrib.tone_convert import to_tone3

from server.text.pinyin import syllable_phonemes


@pytest.mark.parametrize(
    ("syllable", "phonemes"),
    [
        ("ma1", "ma→"),
        ("ma2", "ma↗"),
        ("ma3", "ma↓"),
        ("ma4", "ma↘"),
        ("ma5", "ma"),
        ("zhong1", "ꭧʊ→ŋ"),
        ("guo2", "kwo↗"),
        ("xing2", "ɕi↗ŋ"),
        ("hang2", "xa↗ŋ"),
        ("chang2", "ꭧʰa↗ŋ"),
        ("yi1", "i→"),
        ("you3", "jou↓"),
        ("yue4", "ɥe↘"),
        ("yuan2", "ɥɛ↗n"),
        ("jun1", "ʨy→n"),
        ("quan2", "ʨʰɥɛ↗n"),
        ("lv4", "ly↘"),
        ("nve4", "nɥe↘"),
        ("wen4", "wə↘n"),
        ("dun4", "twə↘n"),
        ("wu3", "u↓"),
        ("shi4", "ʂɨ↘"),
        ("zi5", "ʦɨ"),
        ("ji1", "ʨi→"),
        ("er2", "ɚ↗"),
        ("o1", "ɔ→"),
        ("bo1", "pwo→"),
        ("ng3", "ŋ↓"),
    ],
)
def test_a_syllable_is_its_initial_its_final_and_its_tone(syllable: str, phonemes: str) -> None:
    assert syllable_phonemes(syllable) == phonemes


def test_every_syllable_that_pypinyin_knows_has_phonemes_of_the_alphabet(vocabulary: frozenset[str]) -> None:
    readings = {reading for readings in PINYIN_DICT.values() for reading in readings.split(",")}
    syllables = {to_tone3(reading, neutral_tone_with_five=True) for reading in readings}
    assert len(syllables) > 1300
    for syllable in syllables:
        assert syllable_phonemes(syllable), syllable
        assert vocabulary.issuperset(syllable_phonemes(syllable)), syllable


@pytest.mark.parametrize("text", ["", "1", "ma", "ma6", "xyz1", "q1", "字", "zh1"])
def test_what_is_no_syllable_has_no_phonemes(text: str) -> None:
    assert syllable_phonemes(text) == ""
