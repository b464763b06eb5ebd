"""What is written in signs, spelled in English words: markup, addresses, then figures, each rule leaving what it does
not know to later ones and, at the end, to hibari's own normaliser, which knows dates, times, numbers and titles.
"""

import re
from typing import Final

from server.text.aligned import Aligned
from server.text.english_figures import FIGURE_RULES
from server.text.english_signs import ADDRESS_RULES, MARKUP_RULES, SIGN_RULES, WORD_RULES
from server.text.rules import Rule

_RULES: Final[tuple[Rule, ...]] = (*MARKUP_RULES, *ADDRESS_RULES, *WORD_RULES, *FIGURE_RULES, *SIGN_RULES)
_PLAIN = re.compile(r"[A-Za-z ,.;:!?'’\"“”—-]*")
_MAYBE_SHORT = re.compile(r"[A-Za-z]\.|[A-Z][A-Z]|--")
"""What plain letters and stops may still hide: abbreviations and acronyms."""


def normalise_english(text: Aligned) -> Aligned:
    """Spell what is no plain words; `text` has gone through `plain_characters`. Never fails."""
    if _PLAIN.fullmatch(text.text) and not _MAYBE_SHORT.search(text.text):
        return text
    for pattern, spell in _RULES:
        text = text.sub(pattern, spell)
    return text
