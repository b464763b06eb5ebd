"""Subtitles: lines that can be read, when they are heard."""

from itertools import pairwise

from server.audio.subtitles import as_srt, as_webvtt, cues
from server.audio.timing import SpeechTiming, TimedWord

RATE_HZ = 1000


def timing(text: str, start: int, start_ms: int, document: str) -> SpeechTiming:
    """Every word lasts 300 ms, 100 ms after the one before."""
    words = []
    place, clock = document.index(text, start), start_ms
    first = place
    for word in text.split():
        place = document.index(word, place)
        words.append(TimedWord(place, place + len(word.rstrip(".,!")), clock, 300))
        clock += 400
    return SpeechTiming(first, first + len(text), True, start_ms, tuple(words), ())


def test_each_clause_is_a_line_with_its_signs() -> None:
    text = "Good morning. How are you, <dear>?"
    lines = cues([timing("Good morning.", 0, 0, text), timing("How are you, <dear>?", 0, 1000, text)], text, RATE_HZ)
    assert [(line.start_s, line.end_s, line.text) for line in lines] == [
        (0.0, 1.0, "Good morning."),
        (1.0, 2.5, "How are you, <dear>?"),
    ]
    assert as_webvtt(lines).splitlines() == [
        *("WEBVTT", "", "00:00:00.000 --> 00:00:01.000", "Good morning.", ""),
        *("00:00:01.000 --> 00:00:02.500", "How are you, &lt;dear&gt;?"),
    ]
    assert as_srt(lines).splitlines()[:3] == ["1", "00:00:00,000 --> 00:00:01,000", "Good morning."]


def test_a_long_clause_is_several_lines_that_lose_nothing() -> None:
    text = " ".join(f"word{number}" for number in range(60)) + "."
    lines = cues([timing(text, 0, 0, text)], text, RATE_HZ)
    assert len(lines) > 4
    assert " ".join(line.text for line in lines) == text
    assert all(len(line.text) <= 84 and line.end_s - line.start_s <= 7.5 for line in lines)
    assert all(before.end_s <= after.start_s for before, after in pairwise(lines))


def test_tags_are_not_shown() -> None:
    document = "<speak>Fish &amp; <emphasis>chips</emphasis></speak>"
    words = (TimedWord(7, 11, 0, 300), TimedWord(28, 33, 400, 300))
    (line,) = cues([SpeechTiming(7, 33, True, 0, words, ())], document, RATE_HZ, is_ssml=True)
    assert line.text == "Fish & chips"


def test_nothing_said_is_an_empty_file() -> None:
    assert as_webvtt(cues([], "", RATE_HZ)) == "WEBVTT\n"
