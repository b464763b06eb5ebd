"""The shape of the mouth for each phoneme."""

import pytest
from humming import KOKORO_SYMBOLS

from server.text.pinyin import syllable_phonemes
from server.text.visemes import SILENCE, Viseme, viseme_of

OCULUS = {"sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "ih", "oh", "ou"}


@pytest.mark.parametrize(
    ("phoneme", "viseme"),
    [("m", Viseme("PP", 21)), ("uː", Viseme("ou", 7)), ("a→", Viseme("aa", 1)), ("ʧ", Viseme("CH", 16))],
)
def test_phonemes_have_their_shapes(phoneme: str, viseme: Viseme) -> None:
    assert viseme_of(phoneme) == viseme


def test_every_letter_of_the_alphabet_has_one() -> None:
    marks = set("ˈˌːʲᵝ̃")
    shapeless = [symbol for symbol in KOKORO_SYMBOLS if symbol.isalpha() and viseme_of(symbol) == SILENCE]
    assert set(shapeless) <= marks
    assert {viseme_of(symbol).oculus for symbol in KOKORO_SYMBOLS} == OCULUS
    assert viseme_of(",") == SILENCE


def test_every_syllable_of_mandarin_moves_the_mouth() -> None:
    for syllable in ("zhong1", "guo2", "lv4", "si4", "er2", "yuan2", "xue2"):
        assert all(viseme_of(symbol) != SILENCE for symbol in syllable_phonemes(syllable) if symbol.isalpha())
