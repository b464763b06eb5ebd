"""What is made of the machines' judgements."""

import pytest

from benchmarks.quality.normalise import english_figures, mandarin_tokens, toneless_pinyin
from benchmarks.quality.scoring import compare, summarise


def judged(edits: int, length: int = 10, p808: float = 4.0, **more: float) -> dict[str, float]:
    return {"edits": edits, "length": length, "p808": p808, "ovrl": 3.0, **more}


def test_the_difference_is_streamed_minus_whole() -> None:
    comparison = compare([judged(1), judged(0, p808=3.8)], [judged(0), judged(0)])
    assert comparison.error_difference == pytest.approx(0.05)
    assert comparison.p808_difference == pytest.approx(-0.1)
    assert comparison.pinyin_error is None
    low, high = comparison.error_interval
    assert low <= comparison.error_difference <= high


def test_equal_judgements_differ_by_nothing() -> None:
    same = [judged(1), judged(3), judged(0)]
    assert compare(same, same).error_interval == (0.0, 0.0)


def test_mandarin_has_a_pinyin_error_too() -> None:
    figures = summarise([judged(2, pinyin_edits=0, pinyin_length=10), judged(0, pinyin_edits=1, pinyin_length=10)])
    assert figures.error == pytest.approx(0.1)
    assert figures.pinyin_error == pytest.approx(0.05)


def test_unequal_numbers_of_recordings_are_refused() -> None:
    with pytest.raises(ValueError, match="the whole one of the same sentence"):
        compare([judged(0)], [])


def test_mandarin_is_compared_in_characters_without_punctuation() -> None:
    assert mandarin_tokens("请问，Kokoro 怎么走？", str) == ["请", "问", "kokoro", "怎", "么", "走"]


def test_digits_count_as_the_characters_they_are_read_as() -> None:
    assert mandarin_tokens("3月14日", str) == list("三月十四日")
    assert mandarin_tokens("百分之12", str) == list("百分之十二")


def test_a_time_counts_as_the_same_however_it_is_punctuated() -> None:
    assert mandarin_tokens("8.45分", str) == mandarin_tokens("八点四十五分", str)
    assert english_figures("leaves at 8.45 on March 14th") == "leaves at 8:45 on March 14"


def test_traditional_characters_are_simplified_first() -> None:
    assert mandarin_tokens("請問", lambda text: text.replace("請問", "请问")) == ["请", "问"]


def test_homophones_have_the_same_toneless_pinyin() -> None:
    assert toneless_pinyin(["他", "在"]) == toneless_pinyin(["她", "再"]) == ["ta", "zai"]
