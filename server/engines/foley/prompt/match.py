"""match_prompt: a description in English, Chinese or both -> what it asks for and what it forbids."""

import re
from collections.abc import Callable, Iterable
from typing import Final

from server.engines.foley.classes import CLASS
from server.engines.foley.prompt.chinese import chinese
from server.engines.foley.prompt.describe import described, named_materials, room_of
from server.engines.foley.prompt.english import english
from server.engines.foley.prompt.grammar import Grammar
from server.engines.foley.prompt.normalise import clauses, normalise
from server.engines.foley.prompt.plan import AskedSound, PromptPlan
from server.engines.foley.prompt.reading import Reading, is_within, overlaps, same_clause
from server.engines.foley.prompt.rules import Match, Span, find_matches
from server.text.language import contains_han

Meaning = Callable[[str], tuple[str, float] | None]
"""Words that no rule knows -> the class they are nearest to in meaning, and how near, 0..1; None where to none."""

_NEAR_ENOUGH: Final = 0.45
"""Meaning from which a class is believed, where a description would ask for nothing else."""
_VERY_NEAR: Final = 0.6
"""The same beside other sounds: one too many is worse there than one too few."""


def load_prompts() -> None:
    """Read the dictionaries, less than half a second; afterwards `match_prompt` takes a few milliseconds."""
    english()
    chinese()


def match_prompt(description: str, exclude: str = "", *, meaning: Meaning | None = None) -> PromptPlan:
    """Read what people write.

    Args:
        description: what the video is to sound like; any text, read as far as `MAX_CHARACTERS`.
        exclude: what must not be heard, in the same words.
        meaning: asked about English clauses of the description in which no rule holds and a word is unknown.
    """
    grammars = (english(), chinese())
    reading = _read(normalise(description), grammars)
    asked, hints = _asked(reading)
    sounds = described(reading, asked, grammars)
    unknown = _unknown(reading, grammars)
    if meaning is not None and unknown:
        sounds = _with_meanings(sounds, reading, clauses(description), frozenset(unknown), meaning)
    forbidden = [match for match in reading.matches if is_within(match, reading.forbidden)]
    against = _read(normalise(exclude), grammars)
    excluded = {label for match in [*forbidden, *against.matches] for label in match.rule.labels}
    excluded |= _groups(reading.plain, reading.forbidden, grammars)
    excluded |= _groups(against.plain, [(0, len(against.plain))], grammars)
    return PromptPlan(
        sounds=tuple(sound for sound in sounds if sound.label not in excluded),
        excluded=frozenset(excluded),
        hints=tuple(label for label in hints if label not in excluded),
        materials=named_materials(reading, grammars),
        room=room_of(reading, grammars),
        is_only=any(grammar.only.search(reading.plain) for grammar in grammars),
        has_bed=not any(
            overlaps(found.span(), reading.forbidden)
            for g in grammars
            for found in g.background.finditer(reading.plain)
        )
        and not any(grammar.background.search(against.plain) for grammar in grammars),
        unknown=unknown,
    )


def _read(plain: str, grammars: Iterable[Grammar]) -> Reading:
    rules = [rule for grammar in grammars for rule in grammar.rules]
    matches = find_matches(plain, rules)
    forbidden = [span for grammar in grammars for span in _forbidden(plain, grammar)]
    taken = [span for match in matches for span in match.spans]
    return Reading(plain, tuple(match for match in matches if match.rule.labels), tuple(taken), tuple(forbidden))


def _forbidden(plain: str, grammar: Grammar) -> list[Span]:
    masked = grammar.harmless.sub(lambda found: re.sub("[^ ]", "_", found[0]), plain)
    return [found.span("scope") for negation in grammar.negations for found in negation.finditer(masked)]


def _asked(reading: Reading) -> tuple[list[Match], list[str]]:
    """Matches that ask for a sound, and the beds of places that are only mentioned."""
    wanted = [match for match in reading.matches if not is_within(match, reading.forbidden)]
    strong = [match for match in wanted if not match.rule.is_weak]
    asked = list(strong)
    hints: list[str] = []
    has_bed = any(CLASS[label].kind == "bed" for match in strong for label in match.rule.labels)
    for match in wanted:
        if not match.rule.is_weak:
            continue
        is_bed = any(CLASS[label].kind == "bed" for label in match.rule.labels)
        is_alone = not any(same_clause(reading.plain, match, other) for other in strong)
        if is_alone and not (is_bed and has_bed):
            asked.append(match)
        elif is_bed:
            hints.extend(match.rule.labels)
    return sorted(asked, key=lambda match: match.start), list(dict.fromkeys(hints))


def _with_meanings(
    sounds: list[AskedSound], reading: Reading, said: list[str], unknown: frozenset[str], meaning: Meaning
) -> list[AskedSound]:
    known = {sound.label for sound in sounds}
    found = list(re.finditer(r"[^,;.]*(?:[,;.]|$)", reading.plain))
    for clause, words in zip(found, said, strict=False):
        span = clause.span()
        is_read = any(overlaps((match.start, match.end), [span]) for match in reading.matches)
        is_strange = any(word in unknown for word in clause[0].split())
        if is_read or not is_strange or contains_han(words) or overlaps(span, reading.forbidden):
            continue
        label, nearness = meaning(words) or ("", 0.0)
        if nearness >= (_VERY_NEAR if sounds else _NEAR_ENOUGH) and label not in known:
            known.add(label)
            sounds = [*sounds, AskedSound(label, CLASS[label].kind)]
    return sounds


def _groups(plain: str, spans: Iterable[Span], grammars: Iterable[Grammar]) -> set[str]:
    spans = list(spans)
    return {
        label
        for grammar in grammars
        for labels, pattern in grammar.groups.items()
        if any(overlaps(found.span(), spans) for found in pattern.finditer(plain))
        for label in labels.split()
    }


def _unknown(reading: Reading, grammars: Iterable[Grammar]) -> tuple[str, ...]:
    covered = bytearray(len(reading.plain))
    spans = [span for match in reading.matches for span in match.spans]
    spans += [
        found.span()
        for grammar in grammars
        for pattern in (
            *(pattern for pattern, _ in grammar.degrees),
            *(word.pattern for word in grammar.materials),
            grammar.only,
            grammar.background,
        )
        for found in pattern.finditer(reading.plain)
    ]
    for start, end in [*spans, *reading.forbidden]:
        covered[start:end] = b"\1" * (end - start)
    left = "".join(" " if is_covered else c for c, is_covered in zip(reading.plain, covered, strict=True))
    small = frozenset().union(*(grammar.small_words for grammar in grammars))
    words = [word for word in re.split("[ ,;.]+", left) if word and not word.isdigit() and word not in small]
    return tuple(dict.fromkeys(words))
