"""Text as the front ends take it: composed, with plain letters and digits, and without what no voice can read."""

import unicodedata
from typing import Final

_KEPT_SYMBOLS: Final = frozenset("°℃℉㎡")
# Controls, format characters (joiners, direction marks), lone surrogates, private use, unassigned code points.
_UNREADABLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Mc", "Me", "Sk", "So"})
_UNWRITTEN: Final = frozenset({"Cc", "Cs", "Co", "Cn", "So"})
_JOINERS: Final = frozenset("\u200c\u200d")
"""They tell words apart in Persian and shape letters in Indian scripts."""
_SIGNS: Final = str.maketrans("％＋－＝＄．／＆", "%+-=$./&")


def plain_characters(text: str) -> str:
    """The text as the front ends take it. Length and positions are not kept.

    Letters with marks are composed; full-width letters, digits and signs, and the digits of other scripts, become
    ASCII; whitespace of any kind becomes spaces. Emoji, control and format characters, stray combining marks, private
    and unassigned code points and lone surrogates become a space where they stood alone, and vanish inside a word.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_plain_character, unicodedata.normalize("NFC", text).translate(_SIGNS)))


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
