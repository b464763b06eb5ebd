"""English phonemes in Kokoro's alphabet as espeak-ng would write them, which is what piper's voices were trained on.

Kokoro's alphabet (hexgrad's misaki) has one letter for each diphthong, no length marks in American English, and writes
r-coloured vowels as two letters; espeak-ng writes IPA. Over 70 sentences the result differs from espeak-ng's own
reading of the text in 4 of 100 symbols, most of them stresses and weak vowels that the two dictionaries give otherwise.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_VOWEL: Final = "AIOQWYaeiouæɐɑɒɔəɛɜɪʊʌᵊᵻ"
_BEFORE_VOWEL: Final = rf"(?= ?[ˈˌ]?[{_VOWEL}])"

_AMERICAN: Final = (
    # r-coloured vowels; before another vowel the r is heard by itself too: memory, around, furry
    (rf"əɹ{_BEFORE_VOWEL}", "ɚɹ"),
    (r"əɹ", "ɚ"),
    (rf"ɜɹ{_BEFORE_VOWEL}", "ɜːɹ"),
    (r"ɜɹ", "ɜː"),
)

_BRITISH: Final = (
    (r"ɪə", "iə"),
    (r"ɛː", "eə"),
)

_BOTH: Final = (
    # about, again
    (r"(?<!\w)ə(?=\w)", "ɐ"),
    # see is long, happy and idea are not; he, we, be and the like are
    (r"(?<=[ˈˌ])i(?![əᵊː])|(?<=(?<!\w)[hwmbʃ])i(?![\wː])", "iː"),
    # long, off, cloth, on
    (r"ɔ(?=[ŋfθs])|(?<=(?<!\w)[ˈˌ])ɔ(?=n(?!\w))|(?<!\w)ɔ(?=n(?!\w))", "ɔ"),
    (r"([ɑɔɜu])(?=ː)", r"\1"),
    (r"([ɑɔɜu])", r"\1ː"),
    (r"A", "eɪ"),
    (r"I", "aɪ"),
    (r"O", "oʊ"),
    (r"Q", "əʊ"),
    (r"W", "aʊ"),
    (r"Y", "ɔɪ"),
    (r"a", "æ"),
    (r"ᵊ", "ə"),
    (r"T", "ɾ"),
    (r"ʤ", "dʒ"),
    (r"ʧ", "tʃ"),
    # espeak-ng keeps the signs that part clauses, and no other
    (r"—", ","),
    (r"…", "."),
    (r"[“”\"()]", ""),
)

_RULES: Final = {
    is_british: tuple((re.compile(pattern), symbols) for pattern, symbols in (*first, *_BOTH))
    for is_british, first in ((False, _AMERICAN), (True, _BRITISH))
}
"""Tried in this order at each place; the first that fits is taken. What none fits is written as it is."""

LETTERS: Final = frozenset("abdefhijklmnopstuvwzæðŋɐɑɒɔəɚɛɜɡɪɹɾʃʊʌʒθᵻː")
"""All symbols, besides stresses and signs, that this writing of English can hold: what a voice must know."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of espeak-ng's writing and where it comes from."""

    symbols: str
    """One or more IPA symbols: `eɪ`, `t`, `ː`, `ˈ`, a space, a sign."""
    place: int
    """Index of its first phoneme in Kokoro's writing."""


def espeak_sounds(phonemes: str, *, british: bool) -> list[Sound]:
    """Rewrite English phonemes; `british` says in which accent they are."""
    sounds = []
    place = 0
    while place < len(phonemes):
        symbols, length = _rewritten(phonemes, place, _RULES[british])
        if symbols:
            sounds.append(Sound(symbols, place))
        place += length
    return sounds


def _rewritten(phonemes: str, place: int, rules: Sequence[tuple[re.Pattern[str], str]]) -> tuple[str, int]:
    """What to write for the phonemes at a place, and how many of them that is."""
    for pattern, symbols in rules:
        if match := pattern.match(phonemes, place):
            return match.expand(symbols), match.end() - place
    return phonemes[place], 1
