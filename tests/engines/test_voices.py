"""Which voice answers to a name, and what the listener is told."""

import pytest

from server.engines.tts.voices import OPENAI_VOICES, VOICES, Voice, VoiceCatalogue
from server.errors import UnsupportedLanguageError, VoiceNotFoundError

ALL = VoiceCatalogue(VOICES)


def test_the_default_voice_is_chosen_by_language() -> None:
    assert ALL.choose("default", "en").voice.id == "heart"
    assert ALL.choose("default", "zh").voice.id == "zf_xiaoxiao"


def test_mandarin_given_to_hibari_is_read_by_kokoros_heart_and_the_listener_is_told() -> None:
    choice = ALL.choose("heart", "zh")
    assert choice.voice.id == "af_heart"
    assert choice.notice is not None
    assert "af_heart" in choice.notice


@pytest.mark.parametrize("language", ["en", "zh"])
def test_either_family_of_kokoro_reads_both_languages(language: str) -> None:
    for voice in VOICES:
        if voice.model == "kokoro":
            assert ALL.choose(voice.id, language).voice is voice  # type: ignore[arg-type]


def test_there_are_at_least_eight_english_and_seven_mandarin_voices_of_kokoro() -> None:
    kokoro = [voice for voice in VOICES if voice.model == "kokoro"]
    assert sum(voice.language == "en" for voice in kokoro) >= 8
    assert sum(voice.language == "zh" for voice in kokoro) >= 7
    assert "zf_xiaoni" not in {voice.id for voice in kokoro}


def test_openais_names_all_lead_to_a_voice() -> None:
    for name, voice_id in OPENAI_VOICES.items():
        assert ALL.choose(name, "en").voice.id == voice_id


@pytest.mark.parametrize("name", ["", "nobody", "AF_HEART", "../etc/passwd", "default ", "heart\x00"])
def test_an_unknown_voice_is_not_found(name: str) -> None:
    with pytest.raises(VoiceNotFoundError) as caught:
        ALL.choose(name, "en")
    assert name == "" or name not in caught.value.message


def test_ids_are_unique_and_gains_are_sane() -> None:
    assert len({voice.id for voice in VOICES}) == len(VOICES)
    assert all(-12 < voice.gain_db < 12 for voice in VOICES)


GERMAN = Voice("thorsten", "Thorsten", "Thorsten", "de-DE", None, "thorsten", "thorsten", 0.0)


def test_a_voice_of_another_language_reads_that_language_and_no_other() -> None:
    voices = VoiceCatalogue((*VOICES, GERMAN))
    assert voices.languages == ("en", "zh", "de")
    assert voices.choose("default", "de").voice is GERMAN
    assert voices.choose("thorsten", "de").notice is None
    english = voices.choose("thorsten", "en")
    assert english.voice.id == "af_heart"
    assert english.notice == "Thorsten does not read this language, so Heart (af_heart) reads this text."
    assert voices.choose("af_heart", "de").voice is GERMAN


def test_a_language_that_no_voice_reads_is_refused_with_those_that_are_read() -> None:
    with pytest.raises(UnsupportedLanguageError, match="there are some for en, zh"):
        ALL.choose("heart", "de")


def test_a_catalogue_without_a_language_says_so() -> None:
    english_only = VoiceCatalogue(voice for voice in VOICES if voice.model == "hibari")
    with pytest.raises(UnsupportedLanguageError):
        english_only.choose("default", "zh")
