"""Text as the front ends take it: composed, with plain letters and digits, and without what no voice can read."""

import unicodedata
from typing import Final

from server.text.aligned import Aligned

_KEPT_SYMBOLS: Final = frozenset("°℃℉㎡★")
# Controls, format characters (joiners, direction marks), lone surrogates, private use, unassigned code points.
_UNREADABLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Mc", "Me", "Sk", "So"})
_UNWRITTEN: Final = frozenset({"Cc", "Cs", "Co", "Cn", "So"})
_JOINERS: Final = frozenset("\u200c\u200d")
"""They tell words apart in Persian and shape letters in Indian scripts."""
_SIGNS: Final = str.maketrans("％＋－＝＄．／＆", "%+-=$./&")


def plain_characters(text: Aligned) -> Aligned:
    """The text as the front ends take it. Its length may change.

    Letters with marks are composed; full-width letters, digits and signs, and the digits of other scripts, become
    ASCII; whitespace of any kind becomes spaces. Emoji, control and format characters, stray combining marks, private
    and unassigned code points and lone surrogates become a space where they stood alone, and vanish inside a word.
    """
    if text.text.isascii() and text.text.isprintable():
        return text
    return _composed(text).translate(_SIGNS).mapped(_plain_character)


def _composed(text: Aligned) -> Aligned:
    """In normal form C; each stretch that it changes is taken as one."""
    if unicodedata.is_normalized("NFC", text.text):
        return text
    parts = []
    start = 0
    for end in range(1, len(text) + 1):
        # A mark, or a part of a Hangul syllable, may join what stands before it; nothing else does.
        if end == len(text) or not (
            unicodedata.category(text.text[end])[0] == "M" or "\u1160" <= text.text[end] <= "\u11ff"
        ):
            stretch = text[start:end]
            composed = unicodedata.normalize("NFC", stretch.text)
            parts.append(stretch if composed == stretch.text else stretch.becoming(composed))
            start = end
    return Aligned.joined(parts)


def readable_characters(text: str) -> str:
    """The text for a front end that knows all scripts: composed, every mark and joiner of a word kept.

    Whitespace of any kind becomes spaces; control characters, emoji, private and unassigned code points and lone
    surrogates part words, direction marks vanish.
    """
    return "".join(map(_readable_character, unicodedata.normalize("NFC", text)))


def _readable_character(character: str) -> str:
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category == "Cf":
        return character if character in _JOINERS else ""
    return " " if category in _UNWRITTEN and character not in _KEPT_SYMBOLS else character


def _plain_character(character: str) -> str:
    if character.isascii() and character.isprintable():
        return character
    if character.isspace():
        return " "
    if "\uff21" <= character <= "\uff3a" or "\uff41" <= character <= "\uff5a":
        return chr(ord(character) - 0xFEE0)
    if character.isdigit():
        return _plain_digit(character)
    category = unicodedata.category(character)
    if category not in _UNREADABLE or character in _KEPT_SYMBOLS:
        return character
    # A zero-width joiner or a stray mark stands inside a word; a control character or an emoji parts two.
    return "" if category in {"Cf", "Mn", "Mc", "Me"} else " "


def _plain_digit(character: str) -> str:
    digit = str(unicodedata.digit(character))
    form = unicodedata.decomposition(character).split(" ", 1)[0]
    if form in {"<super>", "<circle>", "<compat>"}:
        # Squares and cubes are read; other exponents would be glued to their base (10⁶ as 106). ① stands by itself.
        return character if character in "²³" else f" {digit} "
    return digit
