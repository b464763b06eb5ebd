"""Bring what was written and what was heard to one spelling, so that only real differences count as errors.

Runs in both environments: the judges' own, and the project's, where the tests are.
"""

import re
from collections.abc import Callable

import cn2an
from pypinyin import Style, lazy_pinyin

_NOT_SPOKEN = re.compile(r"[^\u4e00-\u9fff0-9a-z]")
_TOKEN = re.compile(r"[\u4e00-\u9fff]|[0-9a-z]+")


def english_figures(text: str) -> str:
    """Times and dates in one spelling, which Whisper's own normalisation leaves alone: 8.45 is 8:45, 14th is 14."""
    return re.sub(r"\b(\d+)(?:st|nd|rd|th)\b", r"\1", re.sub(r"\b(\d{1,2})\.(\d\d)\b", r"\1:\2", text))


def mandarin_tokens(text: str, simplify: Callable[[str], str]) -> list[str]:
    """The Han characters of a text, one token each, simplified and with digits read out: 3月14日 -> 三月十四日.

    A time that Whisper writes as 8.45分 is 八点四十五分. A run of Latin letters is one token; punctuation and spaces
    are none. `simplify` turns traditional characters into simplified ones.
    """
    text = re.sub(r"(\d{1,2})[.:](\d\d)分", r"\1点\2分", simplify(text).lower())
    if re.search(r"\d", text):
        text = cn2an.transform(text, "an2cn")
    return _TOKEN.findall(_NOT_SPOKEN.sub(" ", text))


def toneless_pinyin(tokens: list[str]) -> list[str]:
    """The syllables of `mandarin_tokens`, without tones: homophones count as the same here.

    Whisper often writes another character of the same sound, which is its mistake and not the voice's; wrong tones,
    on the other hand, are invisible to this measure. That is why both are reported.
    """
    return lazy_pinyin("".join(tokens), style=Style.NORMAL)
