"""Clause: the piece of text that is spoken in one breath, and rendered in one go."""

from dataclasses import dataclass

Language = str
"""A primary language subtag (BCP 47): `en`, `zh`, `de`."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of the original text with what a reader does after it."""

    text: str
    """The clause as written, its closing punctuation included, outer whitespace not."""
    start_character: int
    """Index of its first character in the whole text (code points)."""
    language: Language
    """The language it is read in: `zh` as soon as it holds a Han character, so mixed clauses are `zh`. What a voice of
    another language reads is in that language whatever stands here."""
    pause_s: float
    """Silence a reader leaves after it; 0 where it was cut inside a phrase."""
    ends_sentence: bool
    """True where the sentence ends with it."""
    begins_sentence: bool = True
    """True where a sentence begins with it."""
