"""What is said to calibrate the norms' statistics: every voice speaks clauses of all lengths, at several speeds."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.audio.prosody import Prosody
from server.text.clause import Clause, Language

_FOLDER: Final = Path(__file__).resolve().parent
_AT_SPEED_1: Final = 16
_FAST: Final = (1.15, 1.4, 2.0, 3.0, 4.0)
_SLOW: Final = (0.85, 0.7, 0.5, 0.25)
_SHORT: Final = 12
"""So many sentences at the top of each list are short: what is said slowly is chosen from them, to save time."""
_PROSODIES: Final = (
    *(Prosody(pitch=0.8), Prosody(pitch_range=0.3), Prosody(1.25, 1.7, 1.15), Prosody(energy=0.85)),
    *(Prosody(pitch=1.25), Prosody(pitch_range=1.7), Prosody(0.8, 0.3, 0.85), Prosody(pitch_range=0.6)),
    Prosody(energy=1.15),
)
"""Somewhat beyond what emotions are to use: between what was seen, predictions are safe."""
_PROSODIES_A_VOICE: Final = 4
_WORDS: Final[dict[Language, tuple[str, ...]]] = {
    "en": ("Perhaps.", "No!", "Thunder.", "Tomorrow?", "Five.", "Understood."),
    "zh": ("我。", "可以。", "下雨了。", "走！", "明天？", "不行。"),
}
_WORDS_A_VOICE: Final = 3
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
    words = _WORDS[language]
    for index in range(_WORDS_A_VOICE):
        yield Case(_clause(words[(_WORDS_A_VOICE * number + index) % len(words)], language), voice)
    for index in range(_PROSODIES_A_VOICE):
        # As above: voices next to each other go on where the last one stopped.
        prosody = _PROSODIES[(_PROSODIES_A_VOICE * number + index) % len(_PROSODIES)]
        yield Case(own[(9 * (number + index) + 2) % len(own)], voice, prosody=prosody)
    for index in range(_FOREIGN):
        yield Case(foreign[(8 * index + number) % len(foreign)], voice)


def _sentences(language: Language) -> list[Clause]:
    lines = (_FOLDER / f"calibration_{language}.txt").read_text(encoding="utf-8").splitlines()
    return [_clause(line, language) for line in lines]


def _clause(text: str, language: Language) -> Clause:
    return Clause(text=text, start_character=0, language=language, pause_s=0.0, ends_sentence=True)
