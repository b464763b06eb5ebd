"""Text that comes in pieces: the sound depends on the text and on where it was flushed, and on nothing else."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from humming import KOKORO_SYMBOLS, Humming, engine_of, render, request
from hypothesis import given, settings
from hypothesis import strategies as st

from server.audio.chunk import AudioChunk
from server.engines.base import Mark, SpeechRequest
from server.engines.tts.speech import SpeechEngine, SpeechJob
from server.errors import TextEmptyError, UnsupportedLanguageError
from server.text.phonemizer import Phonemizer

ENGLISH = (
    "Well, hello. We bought pears, plums, figs, etc. Apples came later, on a cold and rainy day in the U.S. Army's "
    "own garden! “Stop!” he said. 😀 And then? Nothing, at all; it was 3.14 p.m. Then we left."
)
MANDARIN = (
    "你好，世界！今天天气很好，我们一起去公园散步吧。“走吧！”他说完就走了。2024年他用iPhone打电话给我，说 OK。再见……"
)
TEXTS = [ENGLISH, MANDARIN]


@pytest.fixture(scope="module")
def phonemizer() -> Phonemizer:
    return Phonemizer(KOKORO_SYMBOLS)


@pytest.fixture(scope="module")
def model() -> Humming:
    return Humming(level=0.6)  # so loud that the limiter works, and remembers


@pytest.fixture(scope="module")
def engine(model: Humming, phonemizer: Phonemizer) -> SpeechEngine:
    return engine_of(model, phonemizer)


class Listener:
    """Takes all that a job gives, and keeps account of it."""

    def __init__(self, engine: SpeechEngine, job: SpeechJob, position: int = 0) -> None:
        self.engine, self.job, self.position = engine, job, position
        self.samples: list[npt.NDArray[np.float32]] = []
        self.flushed: list[tuple[int, int]] = []
        self.has_ended = False

    def take(self, most: int = 10**9) -> None:
        """Step until the job waits for text, or has ended."""
        for _ in range(most):
            chunk: AudioChunk | None = None if self.has_ended else self.engine.step(self.job)
            if chunk is None:
                return
            assert chunk.start_sample == self.position
            assert len(chunk.samples) <= 2400
            self.position = chunk.end_sample
            self.samples.append(chunk.samples[:, 0])
            if chunk.flush is not None:
                self.flushed.append((chunk.flush, chunk.end_sample))
            self.has_ended = chunk.is_last

    @property
    def sound(self) -> npt.NDArray[np.float32]:
        return np.concatenate([np.zeros(0, np.float32), *self.samples])


def asked(text: str = "", **more: object) -> SpeechRequest:
    return request(text, "am_michael", is_open=True, **more)


def dictate(engine: SpeechEngine, text: str, cuts: list[int], flushes: list[int], steps: list[int]) -> Listener:
    """Feed the text, cut at all these places, taking a few chunks between the pieces."""
    listener = Listener(engine, engine.open(asked(seed=5)))
    places = sorted({0, len(text), *cuts, *flushes})
    for n, (start, end) in enumerate(pairwise(places)):
        engine.feed(listener.job, text[start:end], flush=end in flushes, end=end == len(text))
        listener.take(steps[n % len(steps)] if steps else 10**9)
    listener.take()
    assert listener.has_ended
    return listener


@pytest.mark.parametrize("text", TEXTS)
def test_pieces_without_a_flush_sound_like_the_whole(engine: SpeechEngine, text: str) -> None:
    whole = render(engine, engine.open(request(text, "am_michael", seed=5)))
    for length in (1, 2, 7, 60):
        spoken = dictate(engine, text, list(range(0, len(text), length)), [], [])
        assert np.array_equal(spoken.sound, whole)
        assert spoken.flushed == []


@pytest.mark.parametrize("text", TEXTS)
@given(data=st.data())
@settings(max_examples=25)
def test_the_same_text_and_flushes_give_the_same_sound_however_it_comes(
    engine: SpeechEngine, text: str, data: st.DataObject
) -> None:
    places = st.integers(1, len(text) - 1)
    flushes = data.draw(st.lists(places, max_size=4, unique=True), "flushes")
    whole = dictate(engine, text, [], flushes, [])
    cuts = data.draw(st.lists(places, max_size=40), "cuts")
    steps = data.draw(st.lists(st.integers(0, 3), max_size=5), "steps")
    pieces = dictate(engine, text, cuts, flushes, steps)
    assert np.array_equal(pieces.sound, whole.sound)
    assert pieces.flushed == whole.flushed
    assert [number for number, _ in pieces.flushed] == list(range(len(flushes)))


@pytest.mark.parametrize("text", TEXTS)
@given(data=st.data())
@settings(max_examples=25)
def test_a_stream_taken_up_anywhere_goes_on_to_the_byte_with_the_text_that_comes_after(
    engine: SpeechEngine, text: str, data: st.DataObject
) -> None:
    places = st.integers(1, len(text) - 1)
    flushes = sorted(data.draw(st.lists(places, max_size=4, unique=True), "flushes"))
    whole = dictate(engine, text, [], flushes, [])
    broken = data.draw(places, "broken")
    first = Listener(engine, engine.open(asked(seed=5)))
    for start, end in pairwise(sorted({0, broken, *(place for place in flushes if place < broken)})):
        engine.feed(first.job, text[start:end], flush=end in flushes and end < broken)
    first.take(data.draw(st.integers(0, 300), "taken"))
    next_sample = data.draw(st.integers(0, first.position), "next_sample")
    so_far = asked(text[:broken], seed=5, flushes=tuple(place for place in flushes if place < broken))
    again = Listener(engine, engine.reopen(so_far, tuple(first.job.marks), next_sample), next_sample)
    again.take(data.draw(st.integers(0, 30), "taken again"))
    if broken in flushes:
        engine.feed(again.job, "", flush=True)
    for start, end in pairwise(sorted({broken, len(text), *(place for place in flushes if place > broken)})):
        engine.feed(again.job, text[start:end], flush=end in flushes, end=end == len(text))
    again.take()
    assert np.array_equal(again.sound, whole.sound[next_sample:])
    assert again.flushed == [(number, place) for number, place in whole.flushed if place >= next_sample]
    assert again.job.marks[0] == Mark(0, 0.0)


def test_what_was_flushed_is_out_to_its_last_sample(engine: SpeechEngine) -> None:
    listener = Listener(engine, engine.open(asked()))
    engine.feed(listener.job, "So this is what I", flush=True)
    listener.take()
    ended = render(engine, engine.open(request("So this is what I", "am_michael")))
    assert np.array_equal(listener.sound, ended)
    assert listener.flushed == [(0, len(ended))]


@pytest.mark.parametrize("text", ["Good morning to you all. A", "大家早上好。今"])
def test_a_sentence_is_out_to_its_last_sample_once_it_is_clear_that_it_has_ended(
    engine: SpeechEngine, text: str
) -> None:
    listener = Listener(engine, engine.open(asked(text)))
    listener.take()
    ended = render(engine, engine.open(request(text[:-1].rstrip(), "am_michael")))
    assert np.array_equal(listener.sound, ended)


def test_a_flush_with_nothing_new_before_it_is_answered_and_makes_no_sound(engine: SpeechEngine) -> None:
    listener = Listener(engine, engine.open(asked()))
    engine.feed(listener.job, "", flush=True)
    engine.feed(listener.job, "One.", flush=True)
    engine.feed(listener.job, "", flush=True)
    engine.feed(listener.job, " \n", flush=True)
    listener.take()
    length = listener.position
    assert listener.flushed == [(0, 0), (1, length), (2, length), (3, length)]
    engine.feed(listener.job, "", flush=True, end=True)
    listener.take()
    assert listener.has_ended
    assert listener.flushed[4:] == [(4, length)]
    assert listener.position == length


def test_a_word_that_comes_in_two_pieces_is_one_word(engine: SpeechEngine, model: Humming) -> None:
    model.rendered.clear()
    render(engine, engine.open(request("The lighthouse keeper.", "am_michael")))
    whole = [utterance.phonemes for utterance in model.rendered]
    model.rendered.clear()
    dictate(engine, "The lighthouse keeper.", [6, 9, 15], [], [])
    assert [utterance.phonemes for utterance in model.rendered] == whole


def test_the_first_clause_of_a_long_sentence_does_not_wait_for_its_end(engine: SpeechEngine) -> None:
    for text in (
        "The old lighthouse stands on a narrow rock at the far end of the bay where nobody",
        "那座古老的灯塔矗立在海湾尽头一块狭窄的岩石上已经一百多年了谁也不知道",
    ):
        listener = Listener(engine, engine.open(asked(text)))
        listener.take()
        assert listener.position > 20_000


def test_text_without_a_word_in_it_is_refused_when_it_has_ended(engine: SpeechEngine) -> None:
    listener = Listener(engine, engine.open(asked()))
    engine.feed(listener.job, "...")
    listener.take()
    engine.feed(listener.job, " —", end=True)
    with pytest.raises(TextEmptyError):
        listener.take()


def test_chinese_for_a_voice_that_reads_english_only_is_refused_and_not_taken(engine: SpeechEngine) -> None:
    listener = Listener(engine, engine.open(request("", "heart", is_open=True)))
    engine.feed(listener.job, "Hello ")
    with pytest.raises(UnsupportedLanguageError):
        engine.feed(listener.job, "你好")
    engine.feed(listener.job, "there.", end=True)
    listener.take()
    assert np.array_equal(listener.sound, render(engine, engine.open(request("Hello there.", "heart"))))


@pytest.mark.parametrize(
    ("text", "language", "voice"),
    [
        ("", None, "af_heart"),
        ("Hello", None, "af_heart"),
        ("你", None, "zf_xiaoxiao"),
        ("", "en", "heart"),
        ("", "zh", "zf_xiaoxiao"),
    ],
)
def test_the_default_voice_reads_whatever_may_come(
    engine: SpeechEngine, text: str, language: str | None, voice: str
) -> None:
    assert engine.open(request(text, is_open=True, language=language)).voice.id == voice


def test_very_many_small_pieces_weigh_no_more_than_their_text(engine: SpeechEngine) -> None:
    job = engine.open(asked())
    for _ in range(20_000):
        engine.feed(job, "a ")
    assert len(job.inbox) <= 40_000 / 512 + 2
