"""How a VITS voice is read to: from our own English phonemes, from espeak-ng's, or from the letters of the text."""

import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Literal

from server.engines.tts.vits_ids import VitsAlphabet, english_alphabet, own_alphabet
from server.engines.tts.vits_spec import VitsSpec
from server.errors import ModelUnavailableError
from server.text.characters import readable_characters
from server.text.espeak import LICENCE, Espeak

Reading = Literal["ours", "espeak", "letters"]
"""Whose symbols `Utterance.phonemes` holds: Kokoro's alphabet, espeak-ng's IPA, or the text's own letters."""

ClauseReader = Callable[[str], str]
"""A clause as written -> the phonemes of one voice, each a character."""


def choose_reading(name: str, spec: VitsSpec, espeak: Espeak | None) -> Reading:
    """How the voice `name` is to be read to; `espeak` is None where espeak-ng is not installed.

    Raises:
        ModelUnavailableError: when it cannot be, with what to do.
    """
    if spec.alphabet == "text":
        _require_signs(name, spec)
        return "letters"
    if spec.reads_english:
        try:
            english_alphabet(name, spec.phoneme_ids, british=spec.locale == "en-GB")
        except ModelUnavailableError:
            if espeak is None:
                raise
        else:
            return "ours"
    _require_signs(name, spec)
    if espeak is None:
        raise ModelUnavailableError(
            f"The voice {name} speaks {spec.locale or 'an unknown language'}, whose phonemes espeak-ng makes: install "
            f"it with `make espeak` ({LICENCE}), or remove the voice's folder from onnx_models/."
        )
    if not espeak.has_voice(spec.espeak_voice):
        raise ModelUnavailableError(
            f"The voice {name} is of a language that espeak-ng does not have; remove its folder from onnx_models/."
        )
    return "espeak"


def alphabet_for(name: str, spec: VitsSpec, reading: Reading) -> VitsAlphabet:
    """What turns the phonemes of that reading into the voice's ids.

    Raises:
        ModelUnavailableError: when it is read to in our phonemes and lacks a sound of English.
    """
    if reading == "ours":
        return english_alphabet(name, spec.phoneme_ids, british=spec.locale == "en-GB")
    return own_alphabet(spec.phoneme_ids)


def clause_reader(spec: VitsSpec, reading: Reading, espeak: Espeak | None) -> ClauseReader | None:
    """What reads clauses for the voice; None where all voices' own front ends do."""
    if reading == "letters":
        return letters
    if reading == "espeak" and espeak is not None:
        return partial(espeak.phonemes, voice=spec.espeak_voice)
    return None


def letters(text: str) -> str:
    """The text itself, decomposed (NFD) as voices know it that were trained on letters; empty where it holds none."""
    plain = " ".join(readable_characters(text).split())
    return unicodedata.normalize("NFD", plain) if any(map(str.isalnum, plain)) else ""


def _require_signs(name: str, spec: VitsSpec) -> None:
    if own_alphabet(spec.phoneme_ids).lacks(()):
        raise ModelUnavailableError(
            f"The voice {name} has no signs that begin, part and end its phonemes; remove its folder from onnx_models/."
        )
