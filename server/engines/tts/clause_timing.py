"""From the phonemes of a clause, and what they were made from, to when its words are heard."""

from collections.abc import Iterator, Sequence
from typing import Final

from server.audio.timing import SpeechTiming, TimedMark, TimedPhoneme, TimedWord
from server.engines.tts.phoneme_time import PhonemeTime
from server.text.aligned import Aligned, Span
from server.text.script import Line

_BEFORE: Final = frozenset("ˈˌ")
"""Stress: a mark with a time of its own, which is that of the sound after it..."""
_AFTER: Final = frozenset("ːˑʰʲ̩̃→↗↓↘")
"""...and what lengthens, aspirates or gives its tone to the sound before."""


def clause_timing(
    line: Line, phonemes: Aligned, times: Sequence[PhonemeTime], *, part: int, start_sample: int
) -> SpeechTiming:
    """The timing of a clause, or of a part of it.

    Args:
        line: the clause.
        phonemes: what is said of it in one go.
        times: when, counted from the first sample of the sound.
        part: how many parts of the clause came before.
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
    whole = line.text.span(0, len(line.text))
    if part and words:
        whole = Span(words[0].start_character, whole.end)
    return SpeechTiming(
        start_character=whole.start,
        end_character=whole.end,
        begins_sentence=not part and line.clause.begins_sentence,
        start_sample=sounds[0].start_sample if sounds else start_sample,
        words=tuple(words),
        phonemes=sounds,
        marks=tuple(_marks(line, words, whole)),
    )


def marks_alone(line: Line, start_sample: int) -> SpeechTiming:
    """The timing of a line with marks that says nothing."""
    marks = tuple(TimedMark(name, start_sample) for _, name in line.delivery.marks)
    start = line.clause.start_character
    return SpeechTiming(start, start, False, start_sample, (), (), marks)


def _marks(line: Line, words: Sequence[TimedWord], part: Span) -> Iterator[TimedMark]:
    """Each where the next word is heard; after the last word, where that has ended."""
    if not words:
        return
    for place, name in line.delivery.marks:
        if place >= part.end or (place < part.start and part.start > line.text.spans[0].start):
            continue  # another part of the clause has it
        after = next((word.start_sample for word in words if word.start_character >= place), None)
        yield TimedMark(name, words[-1].start_sample + words[-1].n_samples if after is None else after)


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
