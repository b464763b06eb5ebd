"""What each emotion is claimed to do to a voice, and who says that people's voices do it.

Juslin and Laukka 2003 (doi:10.1037/0033-2909.129.5.770, table 7: anger, fear, happiness, sadness, tenderness) and
Scherer 2003 (doi:10.1016/S0167-6393(02)00084-5, table 1: the same but tenderness; elation apart from happiness). For
surprise, calm and seriousness neither has a row: those are ours, high and lively where much is going on in somebody,
low and even where little is.
"""

from dataclasses import dataclass
from typing import Final, Literal

Correlate = Literal["f0_hz", "f0_range_semitones", "rate_hz", "level_db", "voiced_share"]
Direction = Literal[-1, 1]

CORRELATES: Final[tuple[Correlate, ...]] = ("f0_hz", "f0_range_semitones", "rate_hz", "level_db", "voiced_share")


@dataclass(frozen=True, slots=True)
class Claim:
    """One emotion."""

    directions: dict[Correlate, Direction]
    """Where each correlate goes as the intensity grows; of those left out nothing is claimed."""
    source: str


def _claim(f0: int, f0_range: int, rate: int, level: int, source: str) -> Claim:
    all_of_them = zip(CORRELATES, (f0, f0_range, rate, level), strict=False)
    return Claim({name: 1 if way > 0 else -1 for name, way in all_of_them if way}, source)


CLAIMS: Final = {
    "happy": _claim(1, 1, 1, 1, "Juslin and Laukka, happiness; Scherer, joy"),
    "sad": _claim(-1, -1, -1, -1, "both, sadness"),
    "angry": _claim(1, 1, 1, 1, "both, anger"),
    "fearful": _claim(1, -1, 1, -1, "Juslin and Laukka, fear short of panic, in which the voice is loud"),
    "surprised": _claim(1, 1, 0, 0, "ours"),
    "calm": _claim(-1, -1, -1, -1, "ours"),
    "gentle": _claim(-1, -1, -1, -1, "Juslin and Laukka, tenderness"),
    "serious": _claim(-1, -1, -1, 0, "ours"),
    "excited": _claim(1, 1, 1, 1, "Scherer, elation"),
    "whisper": Claim({"level_db": -1, "rate_hz": -1}, "ours; at any intensity nothing is voiced"),
}
"""By the emotion's id; neutral is what all others are measured against."""
