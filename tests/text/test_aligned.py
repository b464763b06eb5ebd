"""Text that remembers what it was made from."""

import re

from hypothesis import given
from hypothesis import strategies as st

from server.text.aligned import Aligned, Span

TEXTS = st.text("ab1 .,", max_size=30)


def words(text: Aligned) -> list[tuple[str, Span]]:
    return [(text.text[start:end], span) for start, end, span in text.words()]


def test_what_stands_for_a_match_was_made_from_all_of_it() -> None:
    spoken = Aligned.original("at 24 km").sub(re.compile(r"\d+"), "twenty four")
    assert spoken.text == "at twenty four km"
    assert words(spoken) == [("at", Span(0, 2)), ("twenty four", Span(3, 5)), ("km", Span(6, 8))]


def test_a_change_of_a_change_still_knows_the_original() -> None:
    first = Aligned.original("x $5 y").sub(re.compile(r"\$(\d)"), r"\1 dollars")
    second = first.sub(re.compile("5"), lambda match: "five")
    assert second.text == "x five dollars y"
    assert words(second)[1] == ("five dollars", Span(2, 4))


def test_a_replacement_that_changes_nothing_keeps_every_character_apart() -> None:
    text = Aligned.original("ab ab")
    assert text.sub(re.compile("ab"), "ab") is text


def test_what_is_put_between_belongs_to_the_character_before() -> None:
    assert Aligned.original("ab").sub(re.compile("(?<=a)(?=b)"), "-").spans == (Span(0, 1), Span(0, 1), Span(1, 2))


def test_characters_may_become_many_or_none() -> None:
    mapped = Aligned.original("a1b").mapped(lambda character: {"a": "", "1": "o "}.get(character, character))
    assert (mapped.text, mapped.spans) == ("o b", (Span(1, 2), Span(1, 2), Span(2, 3)))


def test_a_sign_by_itself_is_no_word() -> None:
    assert words(Aligned.original("a — b!", start=7)) == [("a", Span(7, 8)), ("b", Span(11, 12))]


@given(TEXTS, st.sampled_from(["a", r"\d", r"[ab]+", r"\s+", r"\b", "(?=1)"]), st.sampled_from(["", "x", "two words"]))
def test_changes_are_those_of_the_library_and_starts_never_go_down(text: str, pattern: str, new: str) -> None:
    changed = Aligned.original(text).sub(re.compile(pattern), lambda match: new)
    assert changed.text == re.sub(pattern, lambda match: new, text) if text else changed.text == ""
    assert len(changed.spans) == len(changed.text)
    starts = [span.start for span in changed.spans]
    assert starts == sorted(starts)
    assert all(0 <= span.start < span.end <= len(text) for span in changed.spans)


@given(TEXTS)
def test_stripping_is_that_of_strings(text: str) -> None:
    assert Aligned.original(text).stripped().text == text.strip()
