"""Lexicons: words that are read as somebody says they are."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import ConfigurationError, InvalidRequestError
from server.text.aligned import Aligned, Span
from server.text.lexicon import NO_LEXICON, Lexicon, load_lexicon

WORDS = st.dictionaries(st.text("ab.*+(重", min_size=1, max_size=4), st.text("ab1/ ", min_size=1, max_size=6))


def applied(words: dict[str, str], text: str) -> tuple[str, dict[Span, str]]:
    aligned, phonemes = Lexicon(words).apply(Aligned.original(text))
    return aligned.text, phonemes


def test_words_are_said_instead_of_others() -> None:
    words = {"W3C": "World Wide Web Consortium", "gif": "jif"}
    assert applied(words, "The W3C likes a GIF, gifs not.")[0] == "The World Wide Web Consortium likes a jif, gifs not."


def test_a_word_with_a_capital_stands_for_itself_alone() -> None:
    assert applied({"Polish": "Poe lish"}, "Polish polish")[0] == "Poe lish polish"


def test_chinese_words_are_found_wherever_they_are() -> None:
    text, phonemes = applied({"重庆": "chong2 qing4"}, "我在重庆市")
    assert text == "我在重庆市"
    assert phonemes == {Span(2, 4): "ꭧʰʊ↗ŋʨʰi↘ŋ"}


def test_phonemes_in_ipa_are_given_for_their_word() -> None:
    text, phonemes = applied({"tomato": "/təˈmeɪtoʊ/"}, "A tomato.")
    assert (text, phonemes) == ("A tomato.", {Span(2, 8): "təˈmAtO"})


def test_a_requests_readings_go_before_the_servers() -> None:
    both = Lexicon({"a b": "server", "c": "server"}) | Lexicon({"a b": "request"})
    assert both.apply(Aligned.original("a b c"))[0].text == "request server"
    assert (NO_LEXICON | both) is both
    assert (both | NO_LEXICON) is both


@pytest.mark.parametrize(
    "words",
    [{"": "x"}, {"x": " "}, {"x" * 101: "x"}, {"!": "x"}, {"x": "y" * 101}, {f"w{n}": "x" for n in range(501)}],
    ids=["no word", "no reading", "long", "sign", "long reading", "many"],
)
def test_what_is_too_much_or_nothing_is_refused(words: dict[str, str]) -> None:
    with pytest.raises(InvalidRequestError):
        Lexicon(words)


@given(WORDS)
def test_any_lexicon_is_refused_or_leaves_every_text_readable(words: dict[str, str]) -> None:
    try:
        lexicon = Lexicon(words)
    except InvalidRequestError:
        return
    text, _ = lexicon.apply(Aligned.original("ab (a* 重b. +a"))
    assert len(text.spans) == len(text.text)


def test_a_servers_lexicon_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.json"
    path.write_text(json.dumps({"GIF": "jif"}), encoding="utf-8")
    assert load_lexicon(path).apply(Aligned.original("GIF"))[0].text == "jif"
    for broken in ("[]", "{", '{"a": 1}', '{"": "x"}'):
        path.write_text(broken, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=r"reading\.md"):
            load_lexicon(path)
    with pytest.raises(ConfigurationError):
        load_lexicon(tmp_path / "nothing")
    assert load_lexicon(None) is NO_LEXICON
