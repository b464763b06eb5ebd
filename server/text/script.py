"""Script: what is to be said and how, stretch by stretch, as marked-up text becomes; plain text needs none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from server.text.aligned import Aligned, Span
from server.text.clause import Clause, Language
from server.text.clauses import ClauseSplitter
from server.text.manner import Manner


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a clause is said, where that is not plain. Spans and places are of the original."""

    voice: str | None = None
    """Id of a voice; None for that of the request."""
    manner: Manner = field(default_factory=Manner)
    """Of all of it, on top of the request's."""
    variations: tuple[tuple[Span, Manner], ...] = ()
    """Of stretches of it, on top: pitch, energy and loudness; a rate is that of a whole clause."""
    given: Mapping[Span, str] = field(default_factory=dict)
    """Phonemes of stretches that are not to be read otherwise, in the model's alphabet."""
    marks: tuple[tuple[int, str], ...] = ()
    """Names of places that the listener is told of."""

    def within(self, span: Span, marks: tuple[tuple[int, str], ...]) -> "Delivery":
        """What of it concerns one clause, which has these marks."""
        return replace(
            self,
            variations=tuple((where, manner) for where, manner in self.variations if where.overlaps(span)),
            given={where: sounds for where, sounds in self.given.items() if where.overlaps(span)},
            marks=marks,
        )


PLAIN_DELIVERY = Delivery()


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a script in one voice, language and manner."""

    text: Aligned
    """Every character knows its place in the original."""
    delivery: Delivery = PLAIN_DELIVERY
    language: Language | None = None
    """None: found from the text."""
    pause_s: float | None = None
    """Silence after it; None for what its last sentence wants by itself."""


@dataclass(frozen=True, slots=True)
class Line:
    """A clause of a script."""

    clause: Clause
    text: Aligned
    """The clause's text."""
    delivery: Delivery = PLAIN_DELIVERY


Script = tuple[Stretch, ...]


def plain_line(clause: Clause) -> Line:
    """A clause of a text without markup."""
    return Line(clause, Aligned.original(clause.text, clause.start_character))


def script_text(script: Script) -> str:
    """All that is said."""
    return " ".join(stretch.text.text for stretch in script)


def script_lines(script: Script, *, language: Language | None, speed: float, first_target_s: float) -> Iterator[Line]:
    """Yield the clauses of a script in order; no clause reaches over the end of a stretch.

    Marks after the last word come with a line that says nothing.

    Args:
        script: the stretches.
        language: of stretches that name none; None: found from the text.
        speed: of the request.
        first_target_s: about how long the first clause should sound, in seconds.
    """
    marks: tuple[tuple[int, str], ...] = ()
    played_s = 0.0
    end = 0
    for stretch in script:
        marks += stretch.delivery.marks
        splitter = ClauseSplitter(
            language=stretch.language or language,
            speed=stretch.delivery.manner.speed(speed),
            first_target_s=first_target_s,
            played_s=played_s,
        )
        for clause, is_last in _with_last(chain(splitter.feed(stretch.text.text), splitter.finish())):
            text = stretch.text[clause.start_character : clause.start_character + len(clause.text)]
            span = text.span(0, len(text))
            own = tuple(mark for mark in marks if mark[0] < span.end)
            marks = marks[len(own) :]
            pause_s = stretch.pause_s if is_last and stretch.pause_s is not None else clause.pause_s
            whole = replace(clause, start_character=span.start, pause_s=pause_s)
            yield Line(whole, text, stretch.delivery.within(span, own))
            end = span.end
        played_s = splitter.played_s
    if marks:
        nothing = Clause("", end, language or "en", 0.0, ends_sentence=False, begins_sentence=False)
        yield Line(nothing, Aligned.original(""), Delivery(marks=marks))


def _with_last(clauses: Iterator[Clause]) -> Iterator[tuple[Clause, bool]]:
    """Each, and whether it is the last; the next one is made only to know that."""
    current = next(clauses, None)
    while current is not None:
        following = next(clauses, None)
        yield current, following is None
        current = following
