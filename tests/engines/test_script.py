"""Scripts: stretches in other voices and manners, given phonemes, pauses and named places."""

from dataclasses import replace

import numpy as np
import pytest
from humming import KOKORO_SYMBOLS, Humming, engine_of, render, request

from server.audio.prosody import Prosody, acted_f0, energy_curve
from server.audio.timing import SpeechTiming
from server.engines.tts.speech import SpeechEngine
from server.text.aligned import Aligned, Span, with_given
from server.text.manner import Manner
from server.text.phonemizer import Phonemizer
from server.text.script import Delivery, Script, Stretch, script_lines, script_text

ORIGINAL = "<p>One two.</p> <b>Three</b> four."
LOUD = Manner(volume_db=12.0)


@pytest.fixture(scope="module")
def model() -> Humming:
    return Humming(level=0.05)


@pytest.fixture(scope="module")
def engine(model: Humming) -> SpeechEngine:
    return engine_of(model, Phonemizer(KOKORO_SYMBOLS))


def stretch(text: str, delivery: Delivery | None = None, pause_s: float | None = None) -> Stretch:
    return Stretch(Aligned.original(text, ORIGINAL.index(text)), delivery or Delivery(), pause_s=pause_s)


def spoken(engine: SpeechEngine, script: Script) -> tuple[np.ndarray, list[SpeechTiming]]:
    asked = replace(request(script_text(script), "af_heart"), script=script)
    job = engine.open(asked)
    chunks = []
    while not chunks or not chunks[-1].is_last:
        chunk = engine.step(job)
        assert chunk is not None
        chunks.append(chunk)
    return np.concatenate([chunk.samples for chunk in chunks])[:, 0], [each for c in chunks for each in c.timings]


def test_words_of_a_script_know_their_place_in_the_original(engine: SpeechEngine) -> None:
    _, timings = spoken(engine, (stretch("One two."), stretch("Three"), stretch(" four.")))
    words = [ORIGINAL[word.start_character : word.end_character] for each in timings for word in each.words]
    assert words == ["One", "two", "Three", "four"]


def test_a_script_of_one_plain_stretch_sounds_as_its_text(engine: SpeechEngine) -> None:
    text = "One two. Three four, five six! 七八。"
    script = (Stretch(Aligned.original(text)),)
    plain = render(engine, engine.open(request(text, "zf_xiaobei")))
    scripted = render(engine, engine.open(replace(request(text, "zf_xiaobei"), script=script)))
    np.testing.assert_array_equal(plain, scripted)


def test_a_pause_is_as_long_as_was_asked(engine: SpeechEngine) -> None:
    short, _ = spoken(engine, (stretch("One two.", pause_s=0.5), stretch("Three")))
    long, _ = spoken(engine, (stretch("One two.", pause_s=2.0), stretch("Three")))
    assert len(long) - len(short) == round(1.5 * 24_000)


def test_a_stretch_may_be_louder_and_in_another_voice(engine: SpeechEngine, model: Humming) -> None:
    delivery = Delivery(voice="am_michael", manner=LOUD)
    sound, timings = spoken(engine, (stretch("One two."), stretch("Three", delivery)))
    assert [utterance.voice for utterance in model.rendered[-2:]] == ["af_heart", "am_michael"]
    levels = [np.sqrt(np.mean(sound[each.words[0].start_sample :][: each.words[0].n_samples] ** 2)) for each in timings]
    assert 9 < 20 * np.log10(levels[1] / levels[0]) < 15


def test_a_word_inside_a_clause_may_be_louder_and_higher(engine: SpeechEngine, model: Humming) -> None:
    where = ORIGINAL.index("two")
    manner = Manner(Prosody(pitch=1.2), volume_db=12.0)
    sound, (timing,) = spoken(engine, (stretch("One two.", Delivery(variations=((Span(where, where + 3), manner),))),))
    one, two = (
        np.sqrt(np.mean(sound[word.start_sample + 600 :][: word.n_samples - 1200] ** 2)) for word in timing.words
    )
    assert 10 < 20 * np.log10(two / one) < 13
    (first, last, prosody) = model.rendered[-1].prosodies[0]
    assert model.rendered[-1].phonemes[first:last].strip(".") == "tˈu"
    assert prosody == manner.prosody


def test_phonemes_may_be_given(engine: SpeechEngine, model: Humming) -> None:
    where = ORIGINAL.index("two")
    spoken(engine, (stretch("One two.", Delivery(given={Span(where, where + 3): "tˈA"})),))
    assert model.rendered[-1].phonemes == "wˈʌn tˈA."


def test_marks_are_told_where_the_next_word_is_heard(engine: SpeechEngine) -> None:
    two, four = ORIGINAL.index("two"), ORIGINAL.index(" four")
    marks = ((two, "a"), (four + 1, "b"), (len(ORIGINAL), "end"))
    script = (stretch("One two.", Delivery(marks=marks[:1])), stretch(" four.", Delivery(marks=marks[1:])))
    sound, timings = spoken(engine, script)
    told = [mark for each in timings for mark in each.marks]
    words = [word for each in timings for word in each.words]
    assert [mark.name for mark in told] == ["a", "b", "end"]
    assert [mark.start_sample for mark in told[:2]] == [words[1].start_sample, words[2].start_sample]
    assert words[-1].start_sample < told[2].start_sample <= len(sound)


def test_the_clauses_of_a_script_are_found_in_turn_and_lose_nothing() -> None:
    script = (stretch("One two."), stretch("Three"), stretch(" four."))
    lines = list(script_lines(script, language=None, speed=1.0, first_target_s=2.0))
    assert [line.text.text for line in lines] == ["One two.", "Three", "four."]
    assert all(line.clause.text == line.text.text for line in lines)


def test_a_line_carries_only_what_concerns_it() -> None:
    places = [Span(index, index + 3) for index in (0, 4, 9)]
    delivery = Delivery(
        variations=tuple((place, LOUD) for place in places),
        given={place: "a" for place in places},
        marks=((4, "here"),),
    )
    text = "One. Two. Three."
    lines = list(
        script_lines((Stretch(Aligned.original(text), delivery),), language="en", speed=1.0, first_target_s=1.0)
    )
    assert len(lines) > 1
    for line in lines:
        whole = line.text.span(0, len(line.text))
        assert [place for place, _ in line.delivery.variations] == [each for each in places if each.overlaps(whole)]
        assert list(line.delivery.given) == [each for each in places if each.overlaps(whole)]


def test_given_phonemes_leave_the_signs_around_them() -> None:
    text = Aligned.original("a bc, d")
    assert with_given(text, {Span(2, 5): "X"}).text == "a X, d"
    assert with_given(text, {Span(20, 25): "X"}) is text


def test_prosody_of_a_part_bends_only_that_part() -> None:
    f0 = np.full((1, 40), 200, np.float32)
    bent = acted_f0(f0, Prosody(), [(10, 20, Prosody(pitch=1.5))])
    assert bent[0, :8] == pytest.approx(200)
    assert bent[0, 22:] == pytest.approx(200)
    assert bent[0, 12:18] == pytest.approx(300, rel=1e-5)
    energy = energy_curve(40, Prosody(energy=2.0), [(10, 20, Prosody(energy=1.5))])
    assert energy[0] == 2.0
    assert energy[15] == pytest.approx(2.5)
