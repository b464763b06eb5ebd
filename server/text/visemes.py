"""The shape of the mouth for each phoneme: the 15 visemes of Oculus's lip sync, and the ids that Azure's speech has.

After the Oculus LipSync reference ("Viseme Reference", 15 visemes) and Azure's "Get facial position with viseme" (ids 0
to 21, by IPA). Phonemes are in Kokoro's alphabet, whose capitals are diphthongs, or in espeak-ng's IPA.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Viseme:
    """One shape."""

    oculus: str
    """`sil`, `PP`, `FF`, `TH`, `DD`, `kk`, `CH`, `SS`, `nn`, `RR`, `aa`, `E`, `ih`, `oh` or `ou`."""
    azure: int
    """0 to 21."""


SILENCE: Final = Viseme("sil", 0)

_SHAPES: Final[tuple[tuple[str, str, int], ...]] = (
    ("pbmɱʙ", "PP", 21),
    ("fvʋɸβ", "FF", 18),
    ("θ", "TH", 19),
    ("ð", "TH", 17),
    ("tdTɾʈɖɗʔ", "DD", 19),
    ("kgɡŋxɣqχʁɟcçɢɴ", "kk", 20),
    ("ʧʤʃʒʨʥɕʑꭧʂʐɻʝS", "CH", 16),
    ("szʦʣ", "SS", 15),
    ("nɲɳ", "nn", 19),
    ("lɫɭʎɬɽ", "nn", 14),
    ("ɹr", "RR", 13),
    ("ɚɝɜ", "RR", 5),
    ("hɦʰ", "sil", 12),
    ("aɐæ", "aa", 1),
    ("ɑ", "aa", 2),
    ("I", "aa", 11),
    ("W", "aa", 9),
    ("əʌᵊɤɵ", "E", 1),
    ("ɛeAœøE", "E", 4),
    ("iɪjɨᵻyɥʏ", "ih", 6),
    ("ɔɒ", "oh", 3),
    ("Y", "oh", 10),
    ("oOQ", "oh", 8),
    ("ʊ", "ou", 4),
    ("uwʉɯɰʍ", "ou", 7),
)
_VISEMES: Final = {symbol: Viseme(oculus, azure) for symbols, oculus, azure in _SHAPES for symbol in symbols}


def viseme_of(phoneme: str) -> Viseme:
    """The shape of a phoneme, whatever marks are on it; silence where it is none that is known."""
    return next((_VISEMES[symbol] for symbol in phoneme if symbol in _VISEMES), SILENCE)
