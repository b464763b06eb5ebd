"""Which language a stretch of text is read in, and whether anything of it can be read."""

import re
from typing import Final

from server.text.clause import Language

HAN: Final = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
"""Han characters as the inside of a regular expression's class: 〇, the main block, extensions A to H."""

LATIN: Final = "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
"""Latin letters with and without marks, likewise."""

_HAN = re.compile(f"[{HAN}]")
# Greek and Cyrillic are here because the English front end names or guesses them; it knows no other script.
_SPEAKABLE = re.compile(
    f"[{LATIN}{HAN}\\d\u0370-\u0373\u0376-\u037d\u0386\u0388-\u0481\u048a-\u052f\uff21-\uff3a\uff41-\uff5a]"
)


def contains_han(text: str) -> bool:
    """Whether there is a Han character in the text."""
    return _HAN.search(text) is not None


def dominant_language(text: str) -> Language:
    """The language that our own front ends read it in: `zh` as soon as one Han character is in it, else `en`."""
    return "zh" if contains_han(text) else "en"


def has_letters(text: str) -> bool:
    """Whether there is a letter or a digit of any script in it, so that some voice of some language can read it."""
    return any(map(str.isalnum, text))


def has_speakable(text: str) -> bool:
    """Whether our own front ends can read something of it: a letter, a digit or a Han character.

    Emoji and punctuation alone are nothing to say, nor are scripts that no front end here knows.
    """
    return _SPEAKABLE.search(text) is not None
