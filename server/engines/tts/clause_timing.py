"""From the phonemes of a clause, and what they were made from, to when its words are heard."""

from collections.abc import Iterator, Sequence
from typing import Final

from server.audio.timing import SpeechTiming, TimedPhoneme, TimedWord
from server.engines.tts.phoneme_time import PhonemeTime
from server.text.aligned import Aligned, Span
from server.text.clause import Clause

_BEFORE: Final = frozenset("ˈˌ")
"""Stress: a mark with a time of its own, which is that of the sound after it..."""
_AFTER: Final = frozenset("ːˑʰʲ̩̃→↗↓↘")
"""...and what lengthens, aspirates or gives its tone to the sound before."""


def clause_timing(
    clause: Clause, phonemes: Aligned, times: Sequence[PhonemeTime], *, is_first: bool, start_sample: int
) -> SpeechTiming:
    """The timing of a clause, or of a part of it.

    Args:
        clause: the clause.
        phonemes: what is said of it in one go.
        times: when, counted from the first sample of the sound.
        is_first: whether nothing of the clause was said before.
        start_sample: of that first sample, on the clock of the stream.
    """
    by_place = {time.place: time for time in times}
    words = []
    for start, end, span in phonemes.words():
        heard = [by_place[place] for place in range(start, end) if place in by_place]
        if heard:
            first, last = heard[0], heard[-1]
            n_samples = last.start_sample + last.n_samples - first.start_sample
            words.append(TimedWord(span.start, span.end, start_sample + first.start_sample, n_samples))
    sounds = tuple(_sounds(times, start_sample))
    whole = Span(clause.start_character, clause.start_character + len(clause.text))
    if not is_first and words:
        whole = Span(words[0].start_character, whole.end)
    return SpeechTiming(
        start_character=whole.start,
        end_character=whole.end,
        begins_sentence=is_first and clause.begins_sentence,
        start_sample=sounds[0].start_sample if sounds else start_sample,
        words=tuple(words),
        phonemes=sounds,
    )


def _sounds(times: Sequence[PhonemeTime], origin: int) -> Iterator[TimedPhoneme]:
    """One for each sound: signs are left out, and marks on a sound are part of it."""
    start: int | None = None
    sound: TimedPhoneme | None = None
    for time in times:
        if time.phoneme in _BEFORE:
            start = time.start_sample if start is None else start
        elif time.phoneme in _AFTER and sound is not None:
            end = origin + time.start_sample + time.n_samples
            sound = TimedPhoneme(sound.phoneme + time.phoneme, sound.start_sample, end - sound.start_sample)
        else:
            if sound is not None:
                yield sound
            begin = time.start_sample if start is None else start
            n_samples = time.start_sample + time.n_samples - begin
            sound = TimedPhoneme(time.phoneme, origin + begin, n_samples) if time.phoneme.isalpha() else None
            start = None
    if sound is not None:
        yield sound
