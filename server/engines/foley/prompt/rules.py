"""Rules that find things in a description's plain form, and how they share its words among themselves.

How rules are written, one a line, in English or Chinese alike:
    glass breaks        these words in this order, small words like "the" between them
    door & slam         both in either order, up to five words (six characters) between them
    pipe|tube           one or the other
    ? street            weak: a place, or a word that means this only where nothing plainer stands by it
    drizzle !0.3        and so strong
    coin =metal         and of this
A rule whose class is `-` takes its words away from all others and means no sound: "hot dog".
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

Span = tuple[int, int]
"""Of a plain form, in characters: from, to."""

NO_SOUND: Final = "-"


@dataclass(frozen=True, slots=True)
class Writing:
    """How the words of a language stand beside each other in a plain form."""

    item: Callable[[str], str]
    """The expression of one word of a rule."""
    beside: str
    """Between words that belong together, as an expression."""
    apart: str
    """Between words that stand near each other."""
    word_weight: int
    """How many characters one more word of a rule outweighs when rules want the same words."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a lexicon."""

    pattern: re.Pattern[str]
    """A group for each of its words."""
    labels: tuple[str, ...]
    """What it means; empty where it only takes words away."""
    weight: int
    """What its words count for besides their length."""
    is_weak: bool = False
    intensity: float | None = None
    material: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """Where a rule holds."""

    rule: Rule
    spans: tuple[Span, ...]
    """Of its words."""
    intensity: float | None = None
    """That of its rule, or of another for the same that wants some of its words: a breeze in the trees is a breeze."""

    @property
    def start(self) -> int:
        """Where its first word begins."""
        return min(start for start, _ in self.spans)

    @property
    def end(self) -> int:
        """Where its last word ends."""
        return max(end for _, end in self.spans)

    @property
    def n_characters(self) -> int:
        """Of its words, without what lies between them."""
        return sum(end - start for start, end in self.spans)


def read_rules(lexicon: Path, writing: Writing) -> tuple[Rule, ...]:
    """The rules of a lexicon.

    Raises:
        ValueError: when a line cannot be read.
        OSError: when the file cannot.
    """
    labels, rules = NO_SOUND, []
    for line in map(str.strip, lexicon.read_text(encoding="utf-8").splitlines()):
        if line.startswith("["):
            labels = line.strip("[]")
        elif line and not line.startswith("#"):
            rules.append(_read_rule(line, labels, writing))
    return tuple(rules)


def find_matches(plain: str, rules: Iterable[Rule]) -> list[Match]:
    """Where rules hold, by position; no word serves two, and the rule that says more comes first.

    More: not weak before weak, then more and longer words, then words closer together.
    """
    found = [match for rule in rules for match in _matches(plain, rule)]
    found.sort(
        key=lambda match: (
            match.rule.is_weak,
            -match.rule.weight - match.n_characters,
            match.end - match.start,
            match.start,
        )
    )
    taken = bytearray(len(plain))
    kept = []
    for match in found:
        if not any(any(taken[start:end]) for start, end in match.spans):
            kept.append(replace(match, intensity=_intensity(match, found)))
            for start, end in match.spans:
                taken[start:end] = b"\1" * (end - start)
    return sorted(kept, key=lambda match: match.start)


def _matches(plain: str, rule: Rule) -> Iterator[Match]:
    for found in rule.pattern.finditer(plain):
        spans = tuple(
            found.span(group) for group in range(1, rule.pattern.groups + 1) if found.group(group) is not None
        )
        yield Match(rule, spans)


def _intensity(match: Match, found: Iterable[Match]) -> float | None:
    if match.rule.intensity is not None:
        return match.rule.intensity
    return next(
        (
            other.rule.intensity
            for other in found
            if other.rule.intensity is not None
            and other.rule.labels == match.rule.labels
            and other.start < match.end
            and match.start < other.end
        ),
        None,
    )


_SETTING: Final = re.compile(r"\s+([!=])(\S+)$")


def _read_rule(line: str, labels: str, writing: Writing) -> Rule:
    whole, intensity, material = line, None, None
    while (setting := _SETTING.search(line)) is not None:
        line = line[: setting.start()]
        if setting[1] == "!":
            intensity = float(setting[2])
        else:
            material = setting[2]
    is_weak = line.startswith("?")
    near = [part.split() for part in line.removeprefix("?").split("&")]
    if not all(near):
        raise ValueError(f"{whole!r} is no rule.")
    orders = [near] if len(near) == 1 else [near, near[::-1]]
    expression = "|".join(
        writing.apart.join(writing.beside.join(f"({writing.item(word)})" for word in part) for part in order)
        for order in orders
    )
    return Rule(
        pattern=re.compile(expression),
        labels=() if labels == NO_SOUND else tuple(labels.split()),
        weight=writing.word_weight * sum(len(part) for part in near),
        is_weak=is_weak,
        intensity=intensity,
        material=material,
    )
