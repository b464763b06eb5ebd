"""Clause to phonemes: each stretch goes to the front end of its script, and signs become the model's punctuation."""

import re
from collections.abc import Collection
from typing import Final

from server.text.aligned import Aligned
from server.text.characters import plain_characters
from server.text.clause import Clause
from server.text.english import EnglishFrontEnd
from server.text.english_signs import MARKUP_RULES
from server.text.language import HAN, LATIN
from server.text.mandarin import han_phonemes
from server.text.normalise_zh import BEFORE_ENGLISH, MANDARIN_UNIT, NUMBER, PLACEHOLDER, normalise_mandarin
from server.text.words import load_words

# In a Mandarin clause English goes from a Latin letter to the last one that no Han character parts from it, whatever
# digits and signs are between (iPhone 15 Pro, GPT-4o); digits at its ends are Mandarin (A4, 5G). A number with a unit
# (5 km) is Mandarin too, unless it stands inside.
_ENGLISH = re.compile(
    rf"(?P<quantity>{NUMBER}\s?(?:{MANDARIN_UNIT})(?![{LATIN}]))"
    rf"|[{LATIN}](?:[{LATIN}0-9 .,:;!?='’&/@_+#%$()–-]*[{LATIN}])?(?:\+\+|#)?"
)
_STRETCH = re.compile(rf"[{HAN}]+|[^{HAN}]")

_SIGNS: Final = {
    **dict.fromkeys("，、,､", ", "),
    **dict.fromkeys("。．.｡", ". "),
    **dict.fromkeys("！!", "! "),
    **dict.fromkeys("？?", "? "),
    **dict.fromkeys("：:", ": "),
    **dict.fromkeys("；;", "; "),
    **dict.fromkeys("—–―", "—"),
    "…": "…",
    "⋯": "…",
    '"': '"',
    **dict.fromkeys("“「『《〈【〖«", " “"),
    **dict.fromkeys("”」』》〉】〗»", "” "),
    **dict.fromkeys("（(", " ("),
    **dict.fromkeys("）)", ") "),
}
"""What the model's alphabet has for a sign in Mandarin text. All others are silent, and part words."""

_FLOOD = re.compile(r"([^\w\s])\1{2,}")
_SPACES = re.compile(r"\s+")
_SPACE_BEFORE_SIGN = re.compile(r"\s+(?=[,.!?:;…”)])")
_SPACE_AFTER_OPENING = re.compile(r"(?<=[“(])\s+")


class Phonemizer:
    """Both front ends, and the alphabet of the model they write for. Safe to call from several threads."""

    def __init__(self, vocabulary: Collection[str]) -> None:
        """`vocabulary`: the symbols that the model knows; no other ever comes out."""
        self._vocabulary = frozenset(vocabulary)
        self._english = EnglishFrontEnd()

    def warm_up(self) -> None:
        """Load every dictionary, so that no request has to: about 1.5 s of CPU and 250 MB."""
        load_words()
        self._english.load(british=False)
        self._english.load(british=True)
        han_phonemes(Aligned.original("预备"))

    def phonemize(self, clause: Clause, text: Aligned | None = None, *, british: bool) -> Aligned:
        """The clause in the model's alphabet, and what of the whole text each phoneme was made from.

        Empty where it holds nothing that can be said.

        Args:
            clause: read as its `language` says; in a Mandarin clause digits are Mandarin, stretches in Latin letters
                are English, and single letters are called by their English names.
            text: the clause's, where that was not written in one piece.
            british: whether English is read as in Britain.
        """
        text = plain_characters(text or Aligned.original(clause.text, clause.start_character))
        phonemes = (
            self._mixed(text, british) if clause.language == "zh" else self._english.phonemes(text, british=british)
        )
        phonemes = phonemes.mapped(lambda symbol: symbol if symbol in self._vocabulary else "")
        if not any(map(str.isalpha, phonemes.text)):
            return phonemes[:0]
        phonemes = phonemes.sub(_SPACES, " ").sub(_SPACE_BEFORE_SIGN, "")
        return phonemes.sub(_SPACE_AFTER_OPENING, "").sub(_FLOOD, r"\1\1").stripped()

    def spoken(self, clause: Clause, text: Aligned | None = None, *, british: bool) -> Aligned:
        """The words that are said: the clause with its figures and signs spelled out. Arguments as above."""
        text = plain_characters(text or Aligned.original(clause.text, clause.start_character))
        if clause.language != "zh":
            return self._english.spoken(text, british=british).stripped()
        spelled, english = _parted(text)
        words = iter(english)
        parts = (
            self._english.spoken(next(words), british=british)
            if spelled.text[place] == PLACEHOLDER
            else spelled[place : place + 1]
            for place in range(len(spelled))
        )
        return Aligned.joined(parts).stripped()

    def _mixed(self, text: Aligned, british: bool) -> Aligned:
        spelled, english = _parted(text)
        readings = (self._english_stretch(words, british) for words in english)
        spoken = []
        for found in _STRETCH.finditer(spelled.text):
            stretch = spelled[found.start() : found.end()]
            if stretch.text == PLACEHOLDER:
                spoken += [stretch.becoming(" "), next(readings), stretch.becoming(" ")]
            elif len(stretch) > 1 or stretch.text.isalpha() or stretch.text == "〇":
                spoken.append(han_phonemes(stretch))
            else:
                spoken.append(stretch.becoming(_SIGNS.get(stretch.text, " ")))
        return Aligned.joined(spoken)

    def _english_stretch(self, words: Aligned, british: bool) -> Aligned:
        if len(words) == 1:
            return self._english.letter_name(words, british=british)
        return self._english.phonemes(words, british=british)


def _parted(text: Aligned) -> tuple[Aligned, list[Aligned]]:
    """A Mandarin text spelled in Han characters, with a placeholder for each stretch of English; and these."""
    english: list[Aligned] = []

    def take_out(match: re.Match[str]) -> str:
        if match["quantity"]:
            return match[0]
        english.append(text[match.start() : match.end()])
        return PLACEHOLDER

    for pattern, spell in (*MARKUP_RULES, *BEFORE_ENGLISH):
        text = text.sub(pattern, spell)
    # English words are out of the way while numbers are spelled, and come back at their places.
    return normalise_mandarin(text.sub(_ENGLISH, take_out)), english


def split_phonemes(phonemes: Aligned, limit: int) -> list[Aligned]:
    """Pieces of at most `limit` symbols that together are the phonemes, but for spaces where it was cut.

    Cut after the last sign that parts clauses, else at the last space; inside a word only where a piece has neither.
    Punctuation in the first half of a piece is passed over, lest pieces become many and short.

    Raises:
        ValueError: when `limit` is less than 1.
    """
    if limit < 1:
        raise ValueError("A piece holds at least one symbol.")
    pieces = []
    rest = phonemes.stripped()
    while len(rest) > limit:
        window = rest.text[: limit + 1]
        sign = max(window.rfind(f"{sign} ") for sign in ",.!?:;—…”)")
        space = window.rfind(" ")
        cut = sign + 1 if sign >= limit // 2 else space if space > 0 else limit
        pieces.append(rest[:cut].stripped())
        rest = rest[cut:].stripped()
    return [*pieces, rest] if rest else pieces
