"""Subtitles of speech: lines short enough to be read, timed by the words in them, as WebVTT or SubRip.

Source: WebVTT, W3C Candidate Recommendation, 4 April 2019. Line lengths after the BBC's subtitle guidelines.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from server.audio.timing import SpeechTiming, TimedWord

_LINE_CHARACTERS: Final = 42
_WIDE_CHARACTERS: Final = 18
"""Han characters are as wide as two others, and take longer to read."""
_LONGEST_S: Final = 7.0
_LINGERS_S: Final = 0.4
"""How long a line stays after its last word, where nothing follows."""
_TAG = re.compile(r"<[^>]*>")
_GAP = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Cue:
    """One line on the screen."""

    start_s: float
    end_s: float
    text: str


def cues(timings: Iterable[SpeechTiming], text: str, sample_rate_hz: int, *, is_ssml: bool = False) -> list[Cue]:
    """The lines of a text that was spoken.

    Args:
        timings: of all its clauses, in order.
        text: the whole, that the timings count characters of.
        sample_rate_hz: of the clock they count samples of.
        is_ssml: whether there are tags in it, which are not shown.
    """
    lines: list[Cue] = []
    for timing in timings:
        for first, last, end_character in _lines(timing, text, sample_rate_hz):
            shown = text[first.start_character : end_character]
            if is_ssml:
                shown = html.unescape(_TAG.sub(" ", shown))
            start_s = first.start_sample / sample_rate_hz
            end_s = (last.start_sample + last.n_samples) / sample_rate_hz
            lines.append(Cue(start_s, end_s, _GAP.sub(" ", shown).strip()))
    ended = [Cue(a.start_s, min(a.end_s + _LINGERS_S, b.start_s), a.text) for a, b in pairwise(lines)]
    return [*ended, *lines[-1:]]


def _lines(timing: SpeechTiming, text: str, sample_rate_hz: int) -> Iterator[tuple[TimedWord, TimedWord, int]]:
    """(first word, last word, where the line ends in the text), the signs after the last word included."""
    words = timing.words
    start = 0
    for index, word in enumerate(words):
        end_character = words[index + 1].start_character if index + 1 < len(words) else timing.end_character
        is_full = index + 1 < len(words) and _is_full(words, start, index + 1, text, sample_rate_hz)
        if is_full or index + 1 == len(words):
            yield words[start], word, end_character
            start = index + 1


def _is_full(words: Sequence[TimedWord], first: int, last: int, text: str, sample_rate_hz: int) -> bool:
    """Whether a line from `first` would be too long with the word `last` in it."""
    shown = text[words[first].start_character : words[last].end_character]
    width = sum(_LINE_CHARACTERS / _WIDE_CHARACTERS if ord(each) > 0x2E7F else 1 for each in _TAG.sub("", shown))
    n_samples = words[last].start_sample + words[last].n_samples - words[first].start_sample
    return width > 2 * _LINE_CHARACTERS or n_samples / sample_rate_hz > _LONGEST_S


def as_webvtt(lines: Iterable[Cue]) -> str:
    """A WebVTT file."""
    blocks = (f"{_clock(cue, '.')}\n{html.escape(cue.text, quote=False)}\n" for cue in lines)
    return "\n".join(["WEBVTT\n", *blocks])


def as_srt(lines: Iterable[Cue]) -> str:
    """A SubRip file."""
    return "\n".join(f"{number}\n{_clock(cue, ',')}\n{cue.text}\n" for number, cue in enumerate(lines, start=1))


def _clock(cue: Cue, point: str) -> str:
    return f"{_time(cue.start_s, point)} --> {_time(cue.end_s, point)}"


def _time(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    hours, minutes = divmod(milliseconds // 60_000, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds // 1000 % 60:02}{point}{milliseconds % 1000:03}"
