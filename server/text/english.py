"""English text to phonemes in Kokoro's alphabet: hibari's front end, made safe for threads and for any input."""

import re
import threading
import unicodedata
from difflib import SequenceMatcher
from typing import Final

from hibari.g2p import G2P
from hibari.g2p.lexicon import CURRENCIES
from hibari.g2p.normalize import normalize

from server.text.aligned import Aligned
from server.text.normalise_en import normalise_english

_MAX_CHUNK_CHARACTERS: Final = 32
"""hibari's time grows with the cube of the parts (by hyphens, slashes, capitals) of one stretch without spaces."""

_CHUNK = re.compile(rf"\S{{{_MAX_CHUNK_CHARACTERS + 1},}}")
_LETTERS_ONLY = re.compile(r"[^\W\d_]+[^\w]?")
_JOINT = re.compile(r"(?<=[-–—/_.=&+])(?=\w)")
# More digits than a quantity has: hibari counts up to decillions and fails beyond.
_LONG_NUMBER = re.compile(r"\d[\d,.]{24,}\d")
_MARKUP = re.compile(re.escape("]("))
"""Of hibari for given phonemes: [word](/phonemes/)."""
_WORD_OR_GAP = re.compile(r"\s+|\w+|[^\w\s]")
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

    def phonemes(self, text: Aligned, *, british: bool) -> Aligned:
        """The reading of `text`, which has gone through `plain_characters`. Empty where there is nothing to say.

        Dates, times, money, numbers, units and abbreviations are read out. Letters that hibari does not know are read
        without their marks, or not at all. The cost is linear in the length of the text.
        """
        front_end = self._variant(british)
        written = self.spoken(text, british=british)
        spoken = []
        start = sign = 0
        for token in front_end.phonemize_tokens(front_end.tokenize(written.text)):
            start = max(start, written.text.find(token.text, start))
            end = start + len(token.text)
            phonemes = (token.phonemes or "") + (" " if token.whitespace else "")
            if not phonemes and token.text in CURRENCIES:
                sign, start = start, end  # it is said with the number after it
                continue
            # The dots of abbreviations that hibari takes out of a token leave it longer than what is left of the text.
            stretch = written[sign if written.text[sign:start] in CURRENCIES else start : end]
            spoken.append((stretch or written[-1:]).becoming(phonemes))
            start = min(end, len(written))
        return Aligned.joined(spoken).stripped()

    def spoken(self, text: Aligned, *, british: bool) -> Aligned:
        """The text with dates, times, money and other figures in words, as far as words are put for them at all."""
        guarded = _guarded(normalise_english(text.translate(_PUNCTUATION)), self._variant(british).oov.cin)
        return _rewritten(guarded, str(normalize(guarded.text)))

    def letter_name(self, letter: Aligned, *, british: bool) -> Aligned:
        """How a single letter is called: a letter with a stop is an initial, so `A` is not read as the article."""
        return letter.becoming(
            self.phonemes(Aligned.original(f"{letter.text.upper()}."), british=british).text.rstrip(".")
        )

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


def _rewritten(text: Aligned, new: str) -> Aligned:
    """`new`, which a library made of the text without telling from what: words that are in both are taken as kept."""
    if new == text.text:
        return text
    old_words, new_words = (_WORD_OR_GAP.findall(each) for each in (text.text, new))
    parts = []
    start = 0
    for kind, first, last, new_first, new_last in SequenceMatcher(
        None, old_words, new_words, autojunk=False
    ).get_opcodes():
        end = start + sum(map(len, old_words[first:last]))
        stretch = text[start:end]
        if kind != "equal":
            beside = stretch or text[max(0, start - 1) : max(1, start)]
            stretch = beside.becoming("".join(new_words[new_first:new_last]))
        parts.append(stretch)
        start = end
    return Aligned.joined(parts)


def _guarded(text: Aligned, alphabet: dict[str, int]) -> Aligned:
    """The text with all taken out that hibari fails on, or takes too long for, or would take for its own markup."""
    text = text.sub(_LONG_NUMBER, lambda number: " ".join(re.findall(r"\d", number[0])))
    text = text.sub(_MARKUP, "] (")
    text = text.sub(_CHUNK, _loosened)
    return text if text.text.isascii() else text.mapped(lambda character: _known(character, alphabet))


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
