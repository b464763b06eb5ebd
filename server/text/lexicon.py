"""Lexicon: how words are to be read that the front ends would read otherwise."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from server.errors import ConfigurationError, InvalidRequestError
from server.text.aligned import Aligned, Span
from server.text.ipa import from_ipa
from server.text.language import contains_han
from server.text.pinyin import syllable_phonemes

MOST_WORDS: Final = 500
_MOST_CHARACTERS: Final = 100
_PINYIN = re.compile(r"(?:[a-zêüv]{1,6}[1-5]\s*)+")


class Lexicon:
    """Words and their readings. Immutable, so that threads may share it.

    A reading is IPA between slashes (`/təˈmɑːtəʊ/`), pinyin with tones (`chong2 qing4`), or other words to say instead
    (`World Wide Web`).
    """

    def __init__(self, words: Mapping[str, str] | None = None) -> None:
        """`words` to readings. A word in small letters stands for any case; one with a capital for itself.

        Raises:
            InvalidRequestError: when there are too many, or one is empty or too long.
        """
        words = words or {}
        if len(words) > MOST_WORDS:
            raise InvalidRequestError(f"`lexicon` may have {MOST_WORDS} words at most.")
        for word, reading in words.items():
            if not (any(map(str.isalnum, word)) and reading.strip()) or max(len(word), len(reading)) > _MOST_CHARACTERS:
                raise InvalidRequestError(
                    f"`lexicon` has words and readings of 1 to {_MOST_CHARACTERS} characters; one of them is not so."
                )
        self._readings = {word.strip(): reading.strip() for word, reading in words.items()}
        self._pattern = _pattern(self._readings)

    def __or__(self, other: "Lexicon") -> "Lexicon":
        """Both; where both know a word, the other's reading."""
        if not other._readings or not self._readings:
            return other if other._readings else self
        together = Lexicon()
        together._readings = {**self._readings, **other._readings}
        together._pattern = _pattern(together._readings)
        return together

    def apply(self, text: Aligned) -> tuple[Aligned, dict[Span, str]]:
        """The text with words in place of others, and the phonemes of the stretches that have phonemes."""
        if self._pattern is None:
            return text, {}
        given: dict[Span, str] = {}

        def replaced(match: re.Match[str]) -> str:
            reading = self._readings.get(match[0]) or self._readings[match[0].lower()]
            phonemes = _phonemes(reading)
            if phonemes is None:
                return reading
            given[text.span(*match.span())] = phonemes
            return match[0]

        return text.sub(self._pattern, replaced), given


def _phonemes(reading: str) -> str | None:
    """Of a reading that is not simply other words."""
    if len(reading) > 2 and reading[0] == reading[-1] == "/":
        return from_ipa(reading)
    if _PINYIN.fullmatch(reading):
        return "".join(map(syllable_phonemes, re.findall(r"[a-zêüv]+[1-5]", reading))) or None
    return None


def _pattern(readings: Mapping[str, str]) -> re.Pattern[str] | None:
    """Any of the words, the longest first. Latin words stand by themselves; Chinese has no spaces to part them."""
    if not readings:
        return None
    alternatives = []
    for word in sorted(readings, key=len, reverse=True):
        escaped = re.escape(word)
        if word == word.lower() and not contains_han(word):
            escaped = f"(?i:{escaped})"
        before = r"(?<![^\W_])" if word[0].isalnum() and not contains_han(word[0]) else ""
        after = r"(?![^\W_])" if word[-1].isalnum() and not contains_han(word[-1]) else ""
        alternatives.append(f"{before}{escaped}{after}")
    return re.compile("|".join(alternatives))


NO_LEXICON: Final = Lexicon()


def load_lexicon(path: Path | None) -> Lexicon:
    """The lexicon in a file: a JSON object of words and readings.

    Raises:
        ConfigurationError: when it cannot be read, or is something else.
    """
    if path is None:
        return NO_LEXICON
    try:
        words = json.loads(path.read_text(encoding="utf-8"))
        if not (isinstance(words, dict) and all(isinstance(reading, str) for reading in words.values())):
            raise ValueError("no object of strings")
        return Lexicon(words)
    except (OSError, ValueError, InvalidRequestError):
        raise ConfigurationError(
            f"The lexicon {path} cannot be used: it has to be a JSON object of words and readings (docs/reading.md)."
        ) from None
