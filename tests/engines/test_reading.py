"""What would be said, sentence by sentence, and lexicons in it."""

from dataclasses import replace

import pytest
from humming import KOKORO_SYMBOLS, Humming, engine_of, render, request

from server.engines.tts.speech import SpeechEngine
from server.errors import TextEmptyError
from server.text.lexicon import Lexicon
from server.text.phonemizer import Phonemizer


@pytest.fixture(scope="module")
def model() -> Humming:
    return Humming(max_phonemes=400)


@pytest.fixture(scope="module")
def engine(model: Humming) -> SpeechEngine:
    return engine_of(model, Phonemizer(KOKORO_SYMBOLS))


def test_every_sentence_is_shown_as_written_and_as_said(engine: SpeechEngine) -> None:
    first, second = engine.reading(request("It is 20 km away. 他买了3个iPhone 15。", "af_heart"))
    assert first.text == "It is 20 km away."
    assert second.text == "他买了3个iPhone 15。"
    assert second.spoken.startswith("他买了三个iPhone")
    assert (first.language, second.language) == ("en", "zh")
    assert first.phonemes.startswith("ˌɪt ɪz twˈɛnti")


def test_a_lexicon_changes_what_is_said_and_heard(engine: SpeechEngine, model: Humming) -> None:
    asked = replace(
        request("I like GIF, OK? 我爱重庆。", "af_heart"),
        lexicon=Lexicon({"GIF": "jif", "OK": "/bˈɑː/", "重庆": "zhong4 qing4"}),
    )
    first, second = engine.reading(asked)
    assert first.spoken.startswith("I like jif")
    assert "bˈɑː?" in first.phonemes
    assert second.phonemes.endswith("ꭧʊ↘ŋʨʰi↘ŋ.")
    render(engine, engine.open(asked))
    said = " ".join(utterance.phonemes for utterance in model.rendered[-2:])
    assert "ʤˈɪf" in said
    assert "bˈɑː" in said


def test_nothing_cannot_be_read(engine: SpeechEngine) -> None:
    with pytest.raises(TextEmptyError):
        list(engine.reading(request("...", "af_heart")))
