"""When what is heard: words and phonemes of one stretch of speech, on the sample clock of its stream."""

from dataclasses import dataclass, replace
from typing import TypeVar


@dataclass(frozen=True, slots=True)
class TimedPhoneme:
    """One sound of the alphabet that the voice reads, signs left out."""

    phoneme: str
    start_sample: int
    n_samples: int


@dataclass(frozen=True, slots=True)
class TimedWord:
    """One word as it was written: 24 is one, though two are heard."""

    start_character: int
    """Into the whole text, in code points..."""
    end_character: int
    """...and one past its last."""
    start_sample: int
    n_samples: int


Heard = TypeVar("Heard", TimedPhoneme, TimedWord)


@dataclass(frozen=True, slots=True)
class TimedMark:
    """A place that somebody named."""

    name: str
    start_sample: int


@dataclass(frozen=True, slots=True)
class SpeechTiming:
    """A clause, or a part of one that was too long to be said in one go. Told before any of its sound is."""

    start_character: int
    end_character: int
    begins_sentence: bool
    start_sample: int
    """Where its first phoneme is heard."""
    words: tuple[TimedWord, ...]
    phonemes: tuple[TimedPhoneme, ...]
    marks: tuple[TimedMark, ...] = ()

    def earlier(self, n_samples: int, first_sample: int) -> "SpeechTiming":
        """The same where so many samples were left out before its sound, which begins at `first_sample`: nothing is
        heard before that."""

        def moved(sample: int) -> int:
            return max(first_sample, sample - n_samples)

        def moved_span(heard: Heard) -> Heard:
            start = moved(heard.start_sample)
            return replace(heard, start_sample=start, n_samples=moved(heard.start_sample + heard.n_samples) - start)

        return replace(
            self,
            start_sample=moved(self.start_sample),
            words=tuple(map(moved_span, self.words)),
            phonemes=tuple(map(moved_span, self.phonemes)),
            marks=tuple(replace(mark, start_sample=moved(mark.start_sample)) for mark in self.marks),
        )
