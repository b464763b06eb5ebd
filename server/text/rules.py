"""Rules that spell what is written in signs: where they hold, and what stands there then."""

import re
from collections.abc import Callable

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]
"""A pattern, and the words for a match of it."""


def rule(pattern: str, spell: str | Callable[[re.Match[str]], str], flags: int = 0) -> Rule:
    """A rule; `spell` is a template as `re.sub` takes it, or gives the words for a match."""
    compiled = re.compile(pattern, flags)
    return compiled, (lambda match: match.expand(spell)) if isinstance(spell, str) else spell
