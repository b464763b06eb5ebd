"""VitsAlphabet: phonemes to the ids that a VITS voice reads, and from the ids back to their places."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from server.errors import ModelUnavailableError
from server.text.espeak_alphabet import LETTERS, Sound, espeak_sounds

_BEGIN: Final = "^"
_END: Final = "$"
_BETWEEN: Final = "_"

_STAND_INS: Final = {"ᵻ": "ɪ", "ɚ": "əɹ", "ɐ": "ə", "ɾ": "t", "ɡ": "g"}
"""What is read for a symbol that a voice does not have, in older sets of ids."""


@dataclass(frozen=True, slots=True)
class Ids:
    """An utterance as a voice reads it."""

    ids: tuple[int, ...]
    places: tuple[int, ...]
    """For each id, the index of its phoneme; -1 before the first. What parts two phonemes belongs to the former."""


class VitsAlphabet:
    """The ids of one voice whose phonemes are espeak-ng's, or letters."""

    def __init__(self, phoneme_ids: Mapping[str, Sequence[int]], rewrite: Callable[[str], list[Sound]]) -> None:
        """`rewrite` turns the phonemes that come in into those of the voice."""
        self._ids = {symbol: tuple(ids) for symbol, ids in phoneme_ids.items()}
        self._rewrite = rewrite

    def lacks(self, symbols: Iterable[str]) -> list[str]:
        """Those of the symbols, and of the signs that frame an utterance, that the voice has no id for."""
        signs = [sign for sign in (_BEGIN, _END, _BETWEEN) if sign not in self._ids]
        return sorted(symbol for symbol in symbols if not self._ids_of(symbol)) + signs

    def read(self, phonemes: str) -> Ids:
        """The ids of an utterance; symbols that the voice does not have are passed over."""
        between = self._ids[_BETWEEN]
        ids = [*self._ids[_BEGIN], *between]
        places = [-1] * len(ids)
        for sound in self._rewrite(phonemes):
            for of_symbol in self._ids_of(sound.symbols):
                ids += [*of_symbol, *between]
                places += [sound.place] * (len(of_symbol) + len(between))
        end = self._ids[_END]
        last = places[-1]
        return Ids((*ids, *end), (*places, *[last] * len(end)))

    def _ids_of(self, symbols: str) -> list[tuple[int, ...]]:
        """The ids of each part of a sound: of all its symbols as one where the voice has that, else of each."""
        if symbols in self._ids:
            return [self._ids[symbols]]
        if len(symbols) > 1:
            return [ids for symbol in symbols for ids in self._ids_of(symbol)]
        stand_in = _STAND_INS.get(symbols, "") or symbols.lower()
        # A capital of a script that a voice of letters knows only in small; nothing of what has no lower form.
        return [] if stand_in == symbols else [ids for symbol in stand_in for ids in self._ids_of(symbol)]


def english_alphabet(name: str, phoneme_ids: Mapping[str, Sequence[int]], *, british: bool) -> VitsAlphabet:
    """The ids of an English voice, for phonemes in Kokoro's alphabet; `name` is the voice's, for the error.

    Raises:
        ModelUnavailableError: when the voice lacks a sound of English.
    """
    alphabet = VitsAlphabet(phoneme_ids, partial(espeak_sounds, british=british))
    if missing := alphabet.lacks(LETTERS):
        raise ModelUnavailableError(
            f"The voice {name} has no id for {' '.join(missing)}, so it cannot read English from our phonemes; "
            "remove its folder from onnx_models/."
        )
    return alphabet


def own_alphabet(phoneme_ids: Mapping[str, Sequence[int]]) -> VitsAlphabet:
    """The ids of any voice, for phonemes that are its own already, a character each."""
    return VitsAlphabet(phoneme_ids, lambda phonemes: [Sound(symbol, place) for place, symbol in enumerate(phonemes)])
