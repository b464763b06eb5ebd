"""Cuts English into the pieces of words that BERT's vocabulary knows.

After Wu and others, "Google's Neural Machine Translation System", 2016, section 4.1, as BERT uses it: lower case,
accents off, words and punctuation apart, then from the left the longest piece that the vocabulary has.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

MOST_PIECES: Final = 64
"""Of a text; the rest is cut off."""
_WORDS: Final = re.compile(r"\w+|[^\w\s]")
_LONGEST_WORD: Final = 100


def read_vocabulary(lines: Iterable[str]) -> dict[str, int]:
    """Piece -> id, from lines with one piece each."""
    return {line.rstrip("\n"): index for index, line in enumerate(lines)}


def pieces(text: str, vocabulary: Mapping[str, int]) -> list[int]:
    """The ids of a text's pieces between `[CLS]` and `[SEP]`; a word that cannot be put together is `[UNK]`."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
    ids = [each for word in _WORDS.findall(plain) for each in _of_word(word, vocabulary)]
    return [vocabulary["[CLS]"], *ids[: MOST_PIECES - 2], vocabulary["[SEP]"]]


def _of_word(word: str, vocabulary: Mapping[str, int]) -> list[int]:
    ids, start = [], 0
    while start < len(word) <= _LONGEST_WORD:
        prefix = "##" if start else ""
        end = next((end for end in range(len(word), start, -1) if prefix + word[start:end] in vocabulary), start)
        if end == start:
            return [vocabulary["[UNK]"]]
        ids.append(vocabulary[prefix + word[start:end]])
        start = end
    return ids or [vocabulary["[UNK]"]]
