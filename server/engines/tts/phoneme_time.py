"""PhonemeTime: when a phoneme is heard, the base for words and the shapes of a mouth."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PhonemeTime:
    """One phoneme on the clock of its utterance. Together they cover it without gap, silence before the first aside."""

    phoneme: str
    """In Kokoro's alphabet; a space or a sign is the pause that it stands for."""
    start_sample: int
    n_samples: int
    place: int
    """Which symbol of the utterance it is; symbols that the voice does not know have no time."""
