"""PhonemeTime: when a phoneme is heard, the base for words and the shapes of a mouth."""

from dataclasses import dataclass
from typing import Final

KOKORO_LAG_SAMPLES: Final = 900
"""Kokoro's durations, and hibari's, which learned from it, have a sound begin a frame and a half (37.5 ms) after it is
heard: they were learned from an aligner that attends to a sound once it is under way, and the decoder learned to be as
much ahead. Measured where a stop bursts, in frames of 25 ms: 1.8 in English, 1.2 in Mandarin, the same at rates of .86
to 1.1. What makes the sound is left as it is; only what is told comes earlier."""


@dataclass(frozen=True, slots=True)
class PhonemeTime:
    """One phoneme on the clock of its utterance. Together they cover it without gap, silence before the first aside."""

    phoneme: str
    """In Kokoro's alphabet; a space or a sign is the pause that it stands for."""
    start_sample: int
    n_samples: int
    place: int
    """Which symbol of the utterance it is; symbols that the voice does not know have no time."""
