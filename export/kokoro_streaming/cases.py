"""What is said to calibrate the norms' statistics: every voice speaks clauses of all lengths, at several speeds."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from export.kokoro_streaming.prosody import Prosody
from server.text.clause import Clause, Language

_FOLDER: Final = Path(__file__).resolve().parent
_AT_SPEED_1: Final = 16
_FAST: Final = (1.15, 1.4, 2.0, 3.0, 4.0)
_SLOW: Final = (0.85, 0.7, 0.5, 0.25)
_SHORT: Final = 12
"""So many sentences at the top of each list are short: what is said slowly is chosen from them, to save time."""
_PROSODIES: Final = (Prosody(pitch=0.8), Prosody(pitch=1.25))
_FOREIGN: Final = 2


@dataclass(frozen=True, slots=True)
class Case:
    """One clause, and how it is said."""

    clause: Clause
    voice: str
    speed: float = 1.0
    prosody: Prosody | None = None
    """What is changed on purpose must not surprise the generator."""


def cases_for(voice: str, number: int) -> Iterator[Case]:
    """All that one voice says: most sentences of its language, and a few in unusual ways.

    Args:
        voice: Kokoro's name; the first letter tells its language.
        number: of the voice in the list. Voices next to each other say different things: what one voice has not shown
            is learnt from the others.
    """
    language: Language = "zh" if voice.startswith("z") else "en"
    own, foreign = _sentences(language), _sentences("en" if language == "zh" else "zh")
    for index in range(_AT_SPEED_1):
        # Five has no factor in common with the number of sentences, so all of them get their turn.
        yield Case(own[5 * (index + number) % len(own)], voice)
    for index, speeds in enumerate((_FAST, _SLOW, _FAST, _SLOW, _FAST)):
        choice = (7 * index + 3 * number) % (_SHORT if speeds is _SLOW else len(own))
        yield Case(own[choice], voice, speed=speeds[(number + index) % len(speeds)])
    yield Case(own[(9 * number + 2) % len(own)], voice, prosody=_PROSODIES[number % len(_PROSODIES)])
    for index in range(_FOREIGN):
        yield Case(foreign[(8 * index + number) % len(foreign)], voice)


def _sentences(language: Language) -> list[Clause]:
    lines = (_FOLDER / f"calibration_{language}.txt").read_text(encoding="utf-8").splitlines()
    return [Clause(text=line, start_character=0, language=language, pause_s=0.0, ends_sentence=True) for line in lines]
