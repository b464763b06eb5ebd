"""When words are heard, told before they are."""

from itertools import pairwise

import numpy as np
import pytest
from humming import KOKORO_SYMBOLS, SAMPLES_PER_PHONEME, Humming, engine_of, request

from server.audio.timing import SpeechTiming, TimedPhoneme, TimedWord
from server.engines.tts.clause_timing import clause_timing
from server.engines.tts.phoneme_time import PhonemeTime
from server.engines.tts.speech import SpeechEngine
from server.text.aligned import Aligned, aligned_reading
from server.text.clause import Clause
from server.text.phonemizer import Phonemizer
from server.text.script import plain_line

TEXT = "Hello there. It costs $24.50, tax included! 他买了15个iPhone。"


@pytest.fixture(scope="module")
def engine() -> SpeechEngine:
    return engine_of(Humming(), Phonemizer(KOKORO_SYMBOLS))


def timings(engine: SpeechEngine, text: str, **more: object) -> list[tuple[int, SpeechTiming]]:
    """Each with the sample that the chunk it came with begins at."""
    job = engine.open(request(text, "zf_xiaobei", **more))
    told = []
    while True:
        chunk = engine.step(job)
        assert chunk is not None
        told += [(chunk.start_sample, timing) for timing in chunk.timings]
        if chunk.is_last:
            return told


def test_words_are_those_that_were_written_in_order(engine: SpeechEngine) -> None:
    words = [word for _, timing in timings(engine, TEXT) for word in timing.words]
    written = [TEXT[word.start_character : word.end_character] for word in words]
    assert written[:6] == ["Hello", "there", "It", "costs", "$24.50", "tax"]
    assert "".join(written[7:]) == "他买了15个iPhone"
    for word, after in pairwise(words):
        assert word.start_sample + word.n_samples <= after.start_sample


def test_sentences_begin_where_they_do(engine: SpeechEngine) -> None:
    begun = [timing.start_character for _, timing in timings(engine, TEXT) if timing.begins_sentence]
    assert [TEXT[start:][:2] for start in begun] == ["He", "It", "他买"]


def test_every_word_is_told_before_it_is_heard(engine: SpeechEngine) -> None:
    for chunk_start, timing in timings(engine, TEXT):
        assert chunk_start <= timing.start_sample
        assert all(timing.start_sample <= word.start_sample for word in timing.words)


def test_a_word_sounds_from_the_sample_that_was_told() -> None:
    engine = engine_of(Humming(level=0.5), Phonemizer(KOKORO_SYMBOLS))
    job = engine.open(request("Hi. Go.", "af_heart"))
    chunks = []
    while not chunks or not chunks[-1].is_last:
        chunk = engine.step(job)
        assert chunk is not None
        chunks.append(chunk)
    sound = np.concatenate([chunk.samples for chunk in chunks])[:, 0]
    for timing in (timing for chunk in chunks for timing in chunk.timings):
        start = timing.words[0].start_sample
        # Before it, a fade of 20 ms at most out of silence; the hum's level after it.
        assert np.abs(sound[start : start + SAMPLES_PER_PHONEME]).max() > 0.3
        assert np.abs(sound[max(0, start - 1200) : max(0, start - 600)]).max(initial=0) < 0.05


def test_a_stream_that_is_taken_up_again_tells_the_clause_it_begins_in(engine: SpeechEngine) -> None:
    whole = timings(engine, TEXT)
    job = engine.open(request(TEXT, "zf_xiaobei"))
    while not engine.step(job).is_last:  # type: ignore[union-attr]
        pass
    place = whole[-1][1].start_sample + 100
    again = engine.reopen(request(TEXT, "zf_xiaobei"), job.marks, place)
    first = engine.step(again)
    assert first is not None
    assert whole[-1][1] in first.timings


def test_marks_on_a_sound_are_part_of_it() -> None:
    times = [PhonemeTime(symbol, 10 * place, 10, place) for place, symbol in enumerate("ˈuːt ,ma→")]
    line = plain_line(Clause("oot, ma", 0, "en", 0.0, True))
    phonemes = line.text.becoming("ˈuːt ,ma→")
    timing = clause_timing(line, phonemes, times, part=0, start_sample=100)
    sounds = [(each.phoneme, each.start_sample, each.n_samples) for each in timing.phonemes]
    assert sounds == [("uː", 100, 30), ("t", 130, 10), ("m", 160, 10), ("a→", 170, 20)]


@pytest.mark.parametrize(
    ("text", "phonemes", "words"),
    [
        ("Guten Tag, Welt!", "ɡuːtən taːk, vɛlt!", ["Guten", "Tag", "Welt"]),
        ("am 3. Mai", "am dʁɪtn̩ maɪ", ["am", "3", "Mai"]),
        ("x²", "ɪks kvadʁaːt", ["x²"]),
    ],
)
def test_what_another_program_reads_is_shared_out_word_by_word(text: str, phonemes: str, words: list[str]) -> None:
    reading = aligned_reading(Aligned.original(text), phonemes)
    assert reading.text == phonemes
    assert [text[span.start : span.end] for _, _, span in reading.words()] == words


def test_nothing_is_heard_before_the_sound_begins_and_everything_ends_where_it_did() -> None:
    words = (TimedWord(0, 2, 90, 40), TimedWord(3, 5, 130, 20))
    timing = SpeechTiming(0, 5, True, 90, words, (TimedPhoneme("h", 90, 15),))
    told = timing.earlier(10, 100)
    assert told.start_sample == 100
    assert [(word.start_sample, word.n_samples) for word in told.words] == [(100, 20), (120, 20)]
    assert (told.phonemes[0].start_sample, told.phonemes[0].n_samples) == (100, 0)
