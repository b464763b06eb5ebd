"""ReadSentence: what is said for what is written."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.text.clause import Language


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """One sentence."""

    text: str
    """As it is written."""
    spoken: str
    """In words, as far as words are put for figures and signs."""
    phonemes: str
    """In the alphabet that the voice reads."""
    language: Language


def joined(clauses: Sequence[ReadSentence]) -> ReadSentence:
    """The sentence of these clauses; it is Mandarin where one of them is."""
    languages = {clause.language for clause in clauses}
    return ReadSentence(
        text=" ".join(clause.text for clause in clauses),
        spoken=" ".join(clause.spoken for clause in clauses),
        phonemes=" ".join(clause.phonemes for clause in clauses if clause.phonemes),
        language="zh" if "zh" in languages else clauses[0].language,
    )
