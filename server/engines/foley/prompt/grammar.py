"""What the matcher must know of a language besides its lexicon of sounds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from server.engines.foley.prompt.rules import Rule


@dataclass(frozen=True, slots=True)
class MaterialWord:
    """Words that say what something is made of."""

    pattern: re.Pattern[str]
    materials: tuple[str, ...]
    """The same in each class's own words: stone to hit, concrete to walk on."""
    is_thing: bool
    """A thing that is mostly made of it (a coin), not the material's name."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """A language. Expressions are laid against the plain form of `normalise`."""

    rules: tuple[Rule, ...]
    """Which words mean which sounds."""
    harmless: re.Pattern[str]
    """What looks like a negation and is none: "not only", 不停."""
    negations: tuple[re.Pattern[str], ...]
    """The group `scope` is what they forbid."""
    only: re.Pattern[str]
    """Nothing else is wanted."""
    background: re.Pattern[str]
    """Any bed: where it is forbidden."""
    groups: Mapping[str, re.Pattern[str]]
    """Classes, separated by spaces -> a word for all of them, which can be forbidden but is no sound by itself."""
    degrees: tuple[tuple[re.Pattern[str], float], ...]
    """How strong, 0..1."""
    more: re.Pattern[str]
    """Just before a degree: more of it."""
    less: re.Pattern[str]
    """Just before a degree: not so much of it."""
    materials: tuple[MaterialWord, ...]
    surface: re.Pattern[str]
    """Just before a material: what is walked, rolled or fallen on."""
    rooms: tuple[tuple[re.Pattern[str], str], ...]
    """What a place sounds like inside, as `Bed.room` has it; those that say more come first."""
    counts: tuple[tuple[re.Pattern[str], int], ...]
    """How often."""
    small_words: frozenset[str]
    """That say nothing of sound; not reported as unknown."""
    characters_per_word: float
    """So that distances in both languages compare."""
