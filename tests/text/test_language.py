"""Which language a text is in, and whether it can be spoken at all."""

import pytest

from server.text.language import contains_han, dominant_language, has_letters, has_speakable


@pytest.mark.parametrize("text", ["你好", "Hello 世界", "iPhone 手机", "〇", "𠮷"])
def test_one_han_character_makes_a_text_mandarin(text: str) -> None:
    assert contains_han(text)
    assert dominant_language(text) == "zh"


@pytest.mark.parametrize("text", ["Hello", "2024", "", "。！", "Привет"])
def test_text_without_han_characters_is_english(text: str) -> None:
    assert not contains_han(text)
    assert dominant_language(text) == "en"


@pytest.mark.parametrize("text", ["a", "7", "字", "…ok…", "３", "Ａ", "é", "😀 x", "٣"])
def test_a_letter_a_digit_or_a_han_character_is_speakable(text: str) -> None:
    assert has_speakable(text)


@pytest.mark.parametrize("text", ["", " \n", "😀", "?!…。", "—", "“”", "\u0301\u200b", "\x00", "\ud800", "×÷", "שלום"])
def test_emoji_punctuation_and_unknown_scripts_alone_are_not(text: str) -> None:
    assert not has_speakable(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("שלום", True), ("हूँ", True), ("7", True), ("?!…。", False), ("😀", False)]
)
def test_letters_of_any_script_are_known_from_signs(text: str, expected: bool) -> None:
    assert has_letters(text) is expected
