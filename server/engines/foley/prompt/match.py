"""match_prompt: a description in English, Chinese or both -> what it asks for and what it forbids."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from server.engines.foley.classes import CLASS
from server.engines.foley.prompt.chinese import chinese
from server.engines.foley.prompt.english import english
from server.engines.foley.prompt.grammar import Grammar
from server.engines.foley.prompt.normalise import clauses, normalise
from server.engines.foley.prompt.plan import AskedSound, PromptPlan
from server.engines.foley.prompt.rules import Match, Span, find_matches
from server.text.language import contains_han

Meaning = Callable[[str], tuple[str, float] | None]
"""Words that no rule knows -> the class they are nearest to in meaning, and how near, 0..1; None where to none."""

_NEAR_WORDS: Final = 9.0
"""Farther away, a degree or a material is of something else."""
_ACROSS_A_PAUSE_WORDS: Final = 3.0
_MOST_TIMES: Final = 20
_NEAR_ENOUGH: Final = 0.45
"""Meaning from which a class is believed, where a description would ask for nothing else."""
_VERY_NEAR: Final = 0.6
"""The same beside other sounds: one too many is worse there than one too few."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """A description and what was found in it."""

    plain: str
    matches: tuple[Match, ...]
    """Of rules that mean a sound, by position."""
    taken: tuple[Span, ...]
    """Words of all rules, those that mean no sound among them."""
    forbidden: tuple[Span, ...]


def load_prompts() -> None:
    """Read the dictionaries, a tenth of a second; afterwards `match_prompt` takes a few milliseconds."""
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
    sounds = _described(reading, asked, grammars)
    unknown = _unknown(reading, grammars)
    if meaning is not None and unknown:
        sounds = _with_meanings(sounds, reading, clauses(description), frozenset(unknown), meaning)
    forbidden = [match for match in reading.matches if _is_within(match, reading.forbidden)]
    against = _read(normalise(exclude), grammars)
    excluded = {label for match in [*forbidden, *against.matches] for label in match.rule.labels}
    excluded |= _groups(reading.plain, reading.forbidden, grammars)
    excluded |= _groups(against.plain, [(0, len(against.plain))], grammars)
    return PromptPlan(
        sounds=tuple(sound for sound in sounds if sound.label not in excluded),
        excluded=frozenset(excluded),
        hints=tuple(label for label in hints if label not in excluded),
        materials=_named_materials(reading, grammars),
        room=_room(reading, grammars),
        is_only=any(grammar.only.search(reading.plain) for grammar in grammars),
        has_bed=not any(
            _overlaps(found.span(), reading.forbidden)
            for g in grammars
            for found in g.background.finditer(reading.plain)
        )
        and not any(grammar.background.search(against.plain) for grammar in grammars),
        unknown=unknown,
    )


def _read(plain: str, grammars: Iterable[Grammar]) -> _Reading:
    rules = [rule for grammar in grammars for rule in grammar.rules]
    matches = find_matches(plain, rules)
    forbidden = [span for grammar in grammars for span in _forbidden(plain, grammar)]
    taken = [span for match in matches for span in match.spans]
    return _Reading(plain, tuple(match for match in matches if match.rule.labels), tuple(taken), tuple(forbidden))


def _forbidden(plain: str, grammar: Grammar) -> list[Span]:
    masked = grammar.harmless.sub(lambda found: re.sub("[^ ]", "_", found[0]), plain)
    return [found.span("scope") for negation in grammar.negations for found in negation.finditer(masked)]


def _asked(reading: _Reading) -> tuple[list[Match], list[str]]:
    """Matches that ask for a sound, and the beds of places that are only mentioned."""
    wanted = [match for match in reading.matches if not _is_within(match, reading.forbidden)]
    strong = [match for match in wanted if not match.rule.is_weak]
    asked = list(strong)
    hints: list[str] = []
    has_bed = any(CLASS[label].kind == "bed" for match in strong for label in match.rule.labels)
    for match in wanted:
        if not match.rule.is_weak:
            continue
        is_bed = any(CLASS[label].kind == "bed" for label in match.rule.labels)
        is_alone = not any(_same_clause(reading.plain, match, other) for other in strong)
        if is_alone and not (is_bed and has_bed):
            asked.append(match)
        elif is_bed:
            hints.extend(match.rule.labels)
    return sorted(asked, key=lambda match: match.start), list(dict.fromkeys(hints))


def _described(reading: _Reading, asked: list[Match], grammars: Iterable[Grammar]) -> list[AskedSound]:
    intensities: dict[Match, float] = {}
    times: dict[Match, int] = {}
    materials: dict[Match, str] = {}
    for grammar in grammars:
        intensities |= _degrees(reading, asked, grammar)
        times |= _counts(reading, asked, grammar)
        materials |= _materials(reading, asked, grammar)
    sounds: dict[str, AskedSound] = {}
    for match in asked:
        for label in match.rule.labels:
            intensity = intensities.get(match, match.intensity)
            sound = AskedSound(
                label=label,
                kind=CLASS[label].kind,
                material=_material_of(label, match, materials),
                intensity=0.5 if intensity is None else intensity,
                times=min(times[match], _MOST_TIMES) if match in times else None,
            )
            before = sounds.setdefault(label, sound)
            # Said twice, "rain, heavy rain": what either says holds.
            sounds[label] = replace(
                before,
                material=before.material or sound.material,
                intensity=before.intensity if before.intensity != 0.5 else sound.intensity,
                times=before.times or sound.times,
            )
    return list(sounds.values())


def _material_of(label: str, match: Match, found: dict[Match, str]) -> str | None:
    material = match.rule.material or found.get(match)
    return material if material in CLASS[label].materials else None


def _degrees(reading: _Reading, asked: list[Match], grammar: Grammar) -> dict[Match, float]:
    """How strong each is, where the words say so: a degree is of the sound nearest to it."""
    degrees: dict[Match, float] = {}
    used = bytearray(len(reading.plain))
    for pattern, degree in grammar.degrees:
        for found in pattern.finditer(reading.plain):
            start, end = found.span()
            # "At full blast" is no blast; but a calm sea is one thing, and a big dog.
            blocked = reading.forbidden if " " in found[0].strip() else (*reading.forbidden, *reading.taken)
            if any(used[start:end]) or _overlaps((start, end), blocked):
                continue
            used[start:end] = b"\1" * (end - start)
            before = reading.plain[:start]
            value = degree
            if grammar.less.search(before):
                value = 0.42 if degree > 0.5 else 0.55
            elif grammar.more.search(before):
                value = min(1.0, max(0.05, 0.5 + (degree - 0.5) * 1.3))
            nearest = _nearest(reading.plain, (start, end), asked, grammar)
            if nearest is not None:
                degrees.setdefault(nearest, value)
    return degrees


def _counts(reading: _Reading, asked: list[Match], grammar: Grammar) -> dict[Match, int]:
    counted = [match for match in asked if any(CLASS[label].kind != "bed" for label in match.rule.labels)]
    counts: dict[Match, int] = {}
    for pattern, count in grammar.counts:
        for found in pattern.finditer(reading.plain):
            nearest = _nearest(reading.plain, found.span(), counted, grammar)
            if nearest is not None:
                counts.setdefault(nearest, count)
    return counts


def _materials(reading: _Reading, asked: list[Match], grammar: Grammar) -> dict[Match, str]:
    """Of what each is; a name of a material comes before a thing made of it, and near before far."""
    best: dict[Match, tuple[float, str]] = {}
    for word in grammar.materials:
        for found in word.pattern.finditer(reading.plain):
            if _overlaps(found.span(), reading.forbidden):
                continue
            is_surface = grammar.surface.search(reading.plain[: found.start()]) is not None
            for match in asked:
                kinds = {CLASS[label].kind for label in match.rule.labels}
                known = {material for label in match.rule.labels for material in CLASS[label].materials}
                material = next((material for material in word.materials if material in known), None)
                if material is None:
                    continue
                cost = _distance_words(reading.plain, found.span(), match, grammar)
                if cost > _NEAR_WORDS + _ACROSS_A_PAUSE_WORDS:
                    continue
                # What falls sounds more than what it falls on; what is walked on sounds more than shoes.
                is_beside_it = ("hit" in kinds and is_surface) or ("step" in kinds and not is_surface)
                cost += 4 * word.is_thing + 5 * is_beside_it
                if match not in best or cost < best[match][0]:
                    best[match] = (cost, material)
    return {match: material for match, (_, material) in best.items()}


def _named_materials(reading: _Reading, grammars: Iterable[Grammar]) -> tuple[str, ...]:
    """All materials by name, as both those who hit and those who walk would call them."""
    found = [
        (word.is_thing, match.start(), word.materials)
        for grammar in grammars
        for word in grammar.materials
        for match in word.pattern.finditer(reading.plain)
        if not _overlaps(match.span(), reading.forbidden)
    ]
    return tuple(dict.fromkeys(material for _, _, materials in sorted(found) for material in materials))


def _room(reading: _Reading, grammars: Iterable[Grammar]) -> str | None:
    return next(
        (
            room
            for grammar in grammars
            for pattern, room in grammar.rooms
            for found in pattern.finditer(reading.plain)
            if not _overlaps(found.span(), reading.forbidden)
        ),
        None,
    )


def _nearest(plain: str, span: Span, asked: list[Match], grammar: Grammar) -> Match | None:
    def cost(match: Match) -> float:
        # An adjective stands before its noun: what comes after is nearer.
        return _distance_words(plain, span, match, grammar) + (0.6 if match.start < span[0] else 0.0)

    nearest = min(asked, key=cost, default=None)
    return nearest if nearest is not None and cost(nearest) <= _NEAR_WORDS else None


def _distance_words(plain: str, span: Span, match: Match, grammar: Grammar) -> float:
    """From some words to the nearest word of a match; pauses between them count as words."""
    distances = []
    for start, end in match.spans:
        first, last = min(end, span[1]), max(start, span[0])
        between = plain[first:last]
        pauses = sum(map(between.count, ",;."))
        distances.append(max(0, last - first) / grammar.characters_per_word + _ACROSS_A_PAUSE_WORDS * pauses)
    return min(distances)


def _with_meanings(
    sounds: list[AskedSound], reading: _Reading, said: list[str], unknown: frozenset[str], meaning: Meaning
) -> list[AskedSound]:
    known = {sound.label for sound in sounds}
    found = list(re.finditer(r"[^,;.]*(?:[,;.]|$)", reading.plain))
    for clause, words in zip(found, said, strict=False):
        span = clause.span()
        is_read = any(_overlaps((match.start, match.end), [span]) for match in reading.matches)
        is_strange = any(word in unknown for word in clause[0].split())
        if is_read or not is_strange or contains_han(words) or _overlaps(span, reading.forbidden):
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
        if any(_overlaps(found.span(), spans) for found in pattern.finditer(plain))
        for label in labels.split()
    }


def _unknown(reading: _Reading, grammars: Iterable[Grammar]) -> tuple[str, ...]:
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


def _same_clause(plain: str, one: Match, other: Match) -> bool:
    first, last = min(one.end, other.end), max(one.start, other.start)
    return not any(pause in plain[first:last] for pause in ",;.")


def _is_within(match: Match, spans: Iterable[Span]) -> bool:
    return any(_overlaps(words, spans) for words in match.spans)


def _overlaps(span: Span, spans: Iterable[Span]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in spans)
