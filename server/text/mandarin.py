"""Mandarin text to phonemes in Kokoro's alphabet: words by jieba, readings by pypinyin, and our own syllable table.

For ordinary text the phonemes are those of misaki's Mandarin front end (its first version), which the voices were
trained on; where `readings.py` knows better than the phrase dictionary, they are the right ones instead.
"""

from collections.abc import Iterator
from typing import Final

from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PHRASES_DICT

from server.text.aligned import Aligned
from server.text.pinyin import syllable_phonemes
from server.text.readings import PHRASES, RULES, corrected_reading
from server.text.words import cut_words

_AMBIGUOUS: Final = frozenset(RULES)


def mandarin_syllables(run: str) -> Iterator[list[str]]:
    """The syllables of each word of a run of Han characters, as pypinyin's TONE3 spells them (neutral tone 5).

    A character without a known reading gives itself, which `syllable_phonemes` then drops.
    """
    for _, syllables in _read_words(run):
        yield syllables


def _read_words(run: str) -> Iterator[tuple[str, list[str]]]:
    start = 0
    for word in cut_words(run):
        phrase = PHRASES.get(word)
        if phrase is not None:
            syllables = list(phrase)
        else:
            syllables = lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True)
            if len(syllables) == len(word) and not _AMBIGUOUS.isdisjoint(word):
                syllables = _corrected(run, start, word, syllables)
        yield word, syllables
        start += len(word)


def _corrected(run: str, start: int, word: str, syllables: list[str]) -> list[str]:
    corrected = list(syllables)
    for offset, character in enumerate(word):
        if character in _AMBIGUOUS:
            reading = corrected_reading(
                run, start + offset, is_in_phrase=_is_in_phrase(word, offset), starts_word=offset == 0
            )
            corrected[offset] = reading or syllables[offset]
    return corrected


def _is_in_phrase(word: str, offset: int) -> bool:
    """Whether a phrase that pypinyin knows, of two characters or more, covers this character of the word."""
    return any(
        word[first:last] in PHRASES_DICT
        for first in range(offset + 1)
        for last in range(max(offset + 1, first + 2), len(word) + 1)
    )


def han_phonemes(run: Aligned) -> Aligned:
    """The phonemes of a run of Han characters, a space between words; empty where no character has a reading."""
    spoken: list[Aligned] = []
    start = 0
    for word, syllables in _read_words(run.text):
        phonemes = "".join(map(syllable_phonemes, syllables))
        if phonemes:
            spoken.append(run[start : start + len(word)].becoming(f" {phonemes}" if spoken else phonemes))
        start += len(word)
    return Aligned.joined(spoken)
