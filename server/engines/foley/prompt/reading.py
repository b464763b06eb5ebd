"""A description and what rules found in it, and where things lie in its plain form."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.engines.foley.prompt.rules import Match, Span


@dataclass(frozen=True, slots=True)
class Reading:
    """A description and what was found in it."""

    plain: str
    matches: tuple[Match, ...]
    """Of rules that mean a sound, by position."""
    taken: tuple[Span, ...]
    """Words of all rules, those that mean no sound among them."""
    forbidden: tuple[Span, ...]


def same_clause(plain: str, one: Match, other: Match) -> bool:
    """Whether no pause lies between two matches."""
    first, last = min(one.end, other.end), max(one.start, other.start)
    return not any(pause in plain[first:last] for pause in ",;.")


def is_within(match: Match, spans: Iterable[Span]) -> bool:
    """Whether any word of a match lies in one of the spans."""
    return any(overlaps(words, spans) for words in match.spans)


def overlaps(span: Span, spans: Iterable[Span]) -> bool:
    """Whether it shares a character with one of them."""
    return any(start < span[1] and span[0] < end for start, end in spans)
