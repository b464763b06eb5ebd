"""How long a text takes to say, estimated from its characters: good enough to cut clauses by, without any model."""

from functools import lru_cache
from itertools import accumulate
from typing import Final

from server.text.language import contains_han

_LETTER_S: Final = 1 / 18
"""English runs at 18 characters a second, spaces included, without the silence around clauses (Kokoro, speed 1)."""
_CAPITAL_S: Final = 0.15
"""Capitals are rare in words, and in acronyms each is a syllable or more."""
_HANZI_S: Final = 1 / 4.5
_KANA_S: Final = 1 / 8
_HANGUL_S: Final = 1 / 5
_DIGIT_S: Final = 0.24
"""Digits are spelled out: 2024 is five syllables, 8:45 four."""
_STOP_S: Final = 0.2
_COMMA_S: Final = 0.1


@lru_cache(maxsize=4096)
def _character_s(character: str) -> float:
    if character.isspace():
        return _LETTER_S
    if character.isdigit():
        return _DIGIT_S
    if contains_han(character):
        return _HANZI_S
    if "\u3040" <= character <= "\u30ff":
        return _KANA_S
    if "\uac00" <= character <= "\ud7a3":
        return _HANGUL_S
    if character.isalpha():
        return _CAPITAL_S if character.isupper() else _LETTER_S
    if character in ".!?…。！？؟۔।":
        return _STOP_S
    return _COMMA_S if character in ",;:—，；：、،؛" else 0.0


_SAMPLE_CHARACTERS: Final = 2000


def about_s(text: str) -> float:
    """How many seconds a text takes at speed 1, judged by its beginning: quick however long it is."""
    sample = text[:_SAMPLE_CHARACTERS]
    return sum(map(_character_s, sample)) * len(text) / max(1, len(sample))


def seconds_before(text: str) -> list[float]:
    """For each position in the text, its end included, how many seconds what stands before it takes at speed 1."""
    return list(accumulate(map(_character_s, text), initial=0.0))
