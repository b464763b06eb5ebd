"""Plain characters: what the front ends are given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.text.aligned import Aligned
from server.text.characters import plain_characters, readable_characters


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ｉＰｈｏｎｅ １５", "iPhone 15"),
        ("２０％", "20%"),
        ("٣", "3"),
        ("①", " 1 "),
        ("m²", "m²"),
        ("10⁶", "10 6 "),
        ("H₂O", "H2O"),
        ("e\u0301te\u0301", "été"),
        ("zero\u200bwidth", "zerowidth"),
        ("soft\u00adhyphen", "softhyphen"),
        ("a😀b", "a b"),
        ("a\u0000b", "a b"),
        ("a\u3000b\tc", "a b c"),
        ("\ud800a", " a"),
        ("25℃", "25℃"),
        ("，。", "，。"),
    ],
)
def test_letters_and_digits_become_plain_and_the_unreadable_goes(text: str, plain: str) -> None:
    assert plain_characters(Aligned.original(text)).text == plain


@given(st.text())
def test_making_characters_plain_twice_changes_nothing_more(text: str) -> None:
    once = plain_characters(Aligned.original(text)).text
    assert plain_characters(Aligned.original(once)).text == once


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("मैं ठीक हूँ", "मैं ठीक हूँ"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("e\u0301te\u0301", "été"),
        ("a\u0000b😀c\ud800d\u3000e", "a b c d e"),
        ("\u202aword\u202c", "word"),
        ("25℃", "25℃"),
    ],
)
def test_all_scripts_keep_their_marks_and_the_unreadable_parts_words(text: str, readable: str) -> None:
    assert readable_characters(text) == readable
