"""English text to phonemes in Kokoro's alphabet: hibari's front end, made safe for threads and for any input."""

import re
import threading
import unicodedata
from typing import Final

from hibari.g2p import G2P

_MAX_CHUNK_CHARACTERS: Final = 32
"""hibari's time grows with the cube of the parts (by hyphens, slashes, capitals) of one stretch without spaces."""

_CHUNK = re.compile(rf"\S{{{_MAX_CHUNK_CHARACTERS + 1},}}")
_LETTERS_ONLY = re.compile(r"[^\W\d_]+[^\w]?")
_JOINT = re.compile(r"(?<=[-–—/_.=&+])(?=\w)")
# More digits than a quantity has: hibari counts up to decillions and fails beyond.
_LONG_NUMBER = re.compile(r"\d[\d,.]{24,}\d")
_PUNCTUATION: Final = str.maketrans(
    {
        **dict.fromkeys("，、､", ", "),
        **dict.fromkeys("。｡", ". "),
        "！": "! ",
        "？": "? ",
        "：": ": ",
        "；": "; ",
        "（": " (",
        "）": ") ",
        **dict.fromkeys("「『《〈【〖", " “"),
        **dict.fromkeys("」』》〉】〗", "” "),
    }
)


class EnglishFrontEnd:
    """American and British readings over one tokenizer and tagger.

    After loading, hibari's objects only read their tables (and an onnxruntime session, which threads may share), so all
    worker threads use the same two; the lock is for loading alone.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._variants: dict[bool, G2P] = {}

    def load(self, *, british: bool) -> None:
        """Read one accent's dictionaries and its net for unknown words: about 0.25 s and 60 to 110 MB. Idempotent."""
        self._variant(british)

    def phonemes(self, text: str, *, british: bool) -> str:
        """The reading of `text`, which has gone through `plain_characters`. Empty where there is nothing to say.

        Dates, times, money, numbers, units and abbreviations are read out. Letters that hibari does not know are read
        without their marks, or not at all. The cost is linear in the length of the text.
        """
        front_end = self._variant(british)
        return str(front_end(_guarded(text.translate(_PUNCTUATION), front_end.oov.cin)))

    def letter_name(self, letter: str, *, british: bool) -> str:
        """How a single letter is called: a letter with a stop is an initial, so `A` is not read as the article."""
        return self.phonemes(f"{letter.upper()}.", british=british).rstrip(".")

    def _variant(self, british: bool) -> G2P:
        variant = self._variants.get(british)
        if variant is None:
            with self._lock:
                variant = self._variants.get(british)
                if variant is None:
                    variant = G2P(british=british)
                    for other in self._variants.values():
                        variant.tokenizer, variant.tagger = other.tokenizer, other.tagger
                    variant("Wildtracks")  # loads the net for unknown words, which hibari leaves to the first of them
                    self._variants[british] = variant
        return variant


def _guarded(text: str, alphabet: dict[str, int]) -> str:
    """The text with all taken out that hibari fails on, or takes too long for, or would take for its own markup."""
    text = _LONG_NUMBER.sub(lambda number: " ".join(re.findall(r"\d", number[0])), text)
    text = text.replace("](", "] (")  # its markup for given phonemes: [word](/phonemes/)
    text = _CHUNK.sub(_loosened, text)
    return text if text.isascii() else "".join(_known(character, alphabet) for character in text)


def _loosened(chunk: re.Match[str]) -> str:
    if _LETTERS_ONLY.fullmatch(chunk[0]) and chunk[0][1:].islower():
        return chunk[0]
    parts = _JOINT.sub(" ", chunk[0]).split(" ")
    return " ".join(
        part[start : start + _MAX_CHUNK_CHARACTERS]
        for part in parts
        for start in range(0, len(part), _MAX_CHUNK_CHARACTERS)
    )


def _known(character: str, alphabet: dict[str, int]) -> str:
    if character.isascii() or not character.isalpha() or character in alphabet:
        return character
    return "".join(part for part in unicodedata.normalize("NFKD", character) if part.isascii() or part in alphabet)
