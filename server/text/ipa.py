"""IPA, as people write it in lexicons and SSML, to the alphabet that Kokoro, hibari and our English reading share."""

import re
from typing import Final

_PAIRS: Final = dict(
    pair.split(":")
    for pair in [
        "eɪ:A",
        "aɪ:I",
        "oʊ:O",
        "aʊ:W",
        "ɔɪ:Y",
        "əʊ:Q",
        "tʃ:ʧ",
        "t͡ʃ:ʧ",
        "dʒ:ʤ",
        "d͡ʒ:ʤ",
        "ɝ:ɜɹ",
        "ɚ:əɹ",
        "r:ɹ",
        "g:ɡ",
        "ɾ:T",
        "e:A",
        "o:O",
    ]
)
_SOUNDS = re.compile("|".join(sorted(map(re.escape, _PAIRS), key=len, reverse=True)))
_SEPARATORS = re.compile(r"[.\s‿͡|]+")


def from_ipa(ipa: str) -> str:
    """The same sounds in our alphabet; what it does not have is left out by who reads it.

    Syllables' dots go, words stay apart by a space; a plain ' counts as the mark of stress.
    """
    words = ipa.strip().strip("/[]").replace("'", "ˈ").replace(",", "ˌ").replace(":", "ː").split()
    return " ".join(_SOUNDS.sub(lambda sound: _PAIRS[sound[0]], _SEPARATORS.sub("", word)) for word in words)
