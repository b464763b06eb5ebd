"""Emotions: what they ask of a voice, and that they ask for more the stronger they are."""

import numpy as np
import pytest
from humming import KOKORO_SYMBOLS, Humming, engine_of, render, request

from server.audio.prosody import PLAIN, Prosody, acted_f0
from server.engines.tts.emotions import EMOTIONS, Emotion, find_emotion
from server.text.manner import PLAIN_MANNER, Manner
from server.text.phonemizer import Phonemizer

F0 = np.array([[0, 0, 100, 120, 200, 180, 0, 150]], np.float32)
BY_NAME = {emotion.id: emotion for emotion in EMOTIONS}


@pytest.mark.parametrize("emotion", EMOTIONS, ids=lambda emotion: emotion.id)
def test_an_emotion_of_no_intensity_is_plain_and_a_full_one_itself(emotion: Emotion) -> None:
    assert emotion.manner.toward(0) == PLAIN_MANNER
    full = emotion.manner.toward(1)
    assert full.prosody == emotion.manner.prosody
    assert full.rate == pytest.approx(emotion.manner.rate)


@pytest.mark.parametrize("name", ["happy", "Happy ", "开心", "高兴", "JOY"])
def test_emotions_have_names_in_both_languages(name: str) -> None:
    found = find_emotion(name)
    assert found is not None
    assert found.id == "happy"


def test_no_name_means_two_emotions_and_an_unknown_one_none() -> None:
    names = [name for emotion in EMOTIONS for name in (emotion.id, emotion.chinese, *emotion.aliases)]
    assert len(names) == len(set(names))
    assert find_emotion("sarcastic") is None


def test_directions_are_those_of_the_literature() -> None:
    for high, low in (("happy", "sad"), ("angry", "calm"), ("excited", "serious")):
        more, less = BY_NAME[high].manner, BY_NAME[low].manner
        assert more.prosody.pitch > 1 > less.prosody.pitch
        assert more.prosody.pitch_range > 1 > less.prosody.pitch_range
        assert more.rate > 1 > less.rate
        assert more.volume_db > less.volume_db
        assert more.pause < 1 < less.pause


def test_pitch_and_its_range_change_what_is_voiced_and_nothing_else() -> None:
    changed = acted_f0(F0, Prosody(pitch=2.0, pitch_range=0.5))
    voiced = F0 > 0
    assert (changed[~voiced] == 0).all()
    octaves, before = np.log2(changed[voiced]), np.log2(F0[voiced])
    assert octaves.mean() == pytest.approx(before.mean() + 1, abs=1e-5)
    assert np.ptp(octaves) == pytest.approx(np.ptp(before) / 2, abs=1e-5)
    assert (acted_f0(F0, PLAIN) == F0).all()
    assert not acted_f0(F0, Prosody(is_whispered=True)).any()


def test_a_wider_range_leaves_the_mean_where_it_was_though_silence_has_an_f0_of_its_own() -> None:
    f0_hz = np.array([11, 11, 10.5, 12, 30, 200, 240, 200, 240, 25, 11], np.float32)
    changed = acted_f0(f0_hz, Prosody(pitch_range=1.5))
    voiced = f0_hz > 100
    assert np.log2(changed[voiced]).mean() == pytest.approx(np.log2(f0_hz[voiced]).mean(), abs=1e-5)
    assert (changed[~voiced] == f0_hz[~voiced]).all()


def test_two_manners_at_once_multiply() -> None:
    both = Manner(Prosody(pitch=1.5), rate=2.0, volume_db=3.0).with_also(
        Manner(Prosody(pitch=0.5), rate=4.0, pause=2.0)
    )
    assert (both.prosody.pitch, both.rate, both.volume_db, both.pause) == (0.75, 8.0, 3.0, 2.0)
    assert both.speed(1.0) == 4.0  # as fast as models go


@pytest.mark.parametrize(("text", "is_whispered"), [("Hello.", True), ("你好。", False)])
def test_mandarin_keeps_its_tones_and_is_spoken_softly_where_english_is_whispered(
    text: str, is_whispered: bool
) -> None:
    model = Humming(level=0.2)
    engine = engine_of(model, Phonemizer(KOKORO_SYMBOLS))
    render(engine, engine.open(request(text, "zf_xiaobei", manner=BY_NAME["whisper"].manner)))
    assert model.rendered[-1].prosody.is_whispered == is_whispered
    assert model.rendered[-1].prosody.energy < 1


def test_the_model_is_asked_for_what_the_request_asks() -> None:
    model = Humming(level=0.2)
    engine = engine_of(model, Phonemizer(KOKORO_SYMBOLS))
    plain = render(engine, engine.open(request("Hello. There.", "af_heart")))
    manner = BY_NAME["sad"].manner
    sad = render(engine, engine.open(request("Hello. There.", "af_heart", manner=manner)))
    assert model.rendered[-1].prosody == manner.prosody
    assert model.rendered[-1].speed == pytest.approx(manner.rate)
    assert np.abs(sad).max() == pytest.approx(np.abs(plain).max() * 10 ** (manner.volume_db / 20), rel=0.05)
    # The hum is as long at any speed; the pause is not.
    assert len(sad) > len(plain)
