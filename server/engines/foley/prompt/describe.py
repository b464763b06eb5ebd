"""What a description says of its sounds: how strong, of what, how often; and of the room."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from server.engines.foley.classes import CLASS
from server.engines.foley.prompt.grammar import Grammar
from server.engines.foley.prompt.plan import AskedSound
from server.engines.foley.prompt.reading import Reading, overlaps
from server.engines.foley.prompt.rules import Match, Span

_NEAR_WORDS: Final = 9.0
"""Farther away, a degree or a material is of something else."""
_ACROSS_A_PAUSE_WORDS: Final = 3.0
_MOST_TIMES: Final = 20


def described(reading: Reading, asked: list[Match], grammars: Iterable[Grammar]) -> list[AskedSound]:
    """The sounds that the matches ask for, each class once, with all that the words say of them."""
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


def _degrees(reading: Reading, asked: list[Match], grammar: Grammar) -> dict[Match, float]:
    """How strong each is, where the words say so: a degree is of the sound nearest to it."""
    degrees: dict[Match, float] = {}
    used = bytearray(len(reading.plain))
    for pattern, degree in grammar.degrees:
        for found in pattern.finditer(reading.plain):
            start, end = found.span()
            # "At full blast" is no blast; but a calm sea is one thing, and a big dog.
            blocked = reading.forbidden if " " in found[0].strip() else (*reading.forbidden, *reading.taken)
            if any(used[start:end]) or overlaps((start, end), blocked):
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


def _counts(reading: Reading, asked: list[Match], grammar: Grammar) -> dict[Match, int]:
    counted = [match for match in asked if any(CLASS[label].kind != "bed" for label in match.rule.labels)]
    counts: dict[Match, int] = {}
    for pattern, count in grammar.counts:
        for found in pattern.finditer(reading.plain):
            nearest = _nearest(reading.plain, found.span(), counted, grammar)
            if nearest is not None:
                counts.setdefault(nearest, count)
    return counts


def _materials(reading: Reading, asked: list[Match], grammar: Grammar) -> dict[Match, str]:
    """Of what each is; a name of a material comes before a thing made of it, and near before far."""
    best: dict[Match, tuple[float, str]] = {}
    for word in grammar.materials:
        for found in word.pattern.finditer(reading.plain):
            if overlaps(found.span(), reading.forbidden):
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


def named_materials(reading: Reading, grammars: Iterable[Grammar]) -> tuple[str, ...]:
    """All materials by name, as both those who hit and those who walk would call them."""
    found = [
        (word.is_thing, match.start(), word.materials)
        for grammar in grammars
        for word in grammar.materials
        for match in word.pattern.finditer(reading.plain)
        if not overlaps(match.span(), reading.forbidden)
    ]
    return tuple(dict.fromkeys(material for _, _, materials in sorted(found) for material in materials))


def room_of(reading: Reading, grammars: Iterable[Grammar]) -> str | None:
    """What the words say it sounds like inside, as `Bed.room` has it."""
    return next(
        (
            room
            for grammar in grammars
            for pattern, room in grammar.rooms
            for found in pattern.finditer(reading.plain)
            if not overlaps(found.span(), reading.forbidden)
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
