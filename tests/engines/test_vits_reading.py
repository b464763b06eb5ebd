"""Each voice is read to in the symbols it knows: ours where they suffice, else espeak-ng's, or the text's letters."""

from pathlib import Path

import numpy as np
import pytest

from export.piper import add_voice, piper_voice
from export.piper_files import find_piper_files
from export.progress import LineProgress
from export.shelf import Shelf
from server.engines.base import SpeechRequest
from server.engines.tts.speech import SpeechEngine
from server.engines.tts.vits import load_vits
from server.engines.tts.vits_menu import find_vits
from server.engines.tts.vits_reading import choose_reading, letters
from server.engines.tts.vits_spec import VitsSpec, load_spec
from server.engines.tts.voices import Voice, VoiceCatalogue
from server.errors import ModelUnavailableError
from server.runtime.model_card import load_card
from server.text.espeak import Espeak
from server.text.phonemizer import Phonemizer
from tests.export.tiny_vits import Shape, write_tiny_voice

CYRILLIC = "_^$ !',-.:;?абвгдежзийклмнопрстуфхцчшщъыьэюя\u0306\u0308"


def make(folder: Path, name: str, shape: Shape | None = None, **changes: object) -> Path:
    """A tiny voice's folder of models."""
    with (folder / "log").open("w") as log:
        files = find_piper_files(write_tiny_voice(folder / name, shape, **changes))
        add_voice(piper_voice(files, name=name), Shelf(folder / "models"), LineProgress(log))
    return folder / "models"


@pytest.fixture
def english(tmp_path: Path) -> VitsSpec:
    return load_spec(load_card(make(tmp_path, "joe") / "joe"))


def test_english_is_read_from_our_phonemes_without_espeak(english: VitsSpec) -> None:
    assert choose_reading("joe", english, None) == "ours"


@pytest.mark.espeak
def test_english_that_lacks_one_of_our_sounds_is_read_from_espeaks(english: VitsSpec, espeak: Espeak) -> None:
    without = english.model_copy(update={"phoneme_ids": {k: v for k, v in english.phoneme_ids.items() if k != "θ"}})
    with pytest.raises(ModelUnavailableError, match="has no id for θ"):
        choose_reading("joe", without, None)
    assert choose_reading("joe", without, espeak) == "espeak"


@pytest.mark.espeak
def test_a_language_that_espeak_does_not_have_is_refused(english: VitsSpec, espeak: Espeak) -> None:
    klingon = english.model_copy(update={"locale": "tlh", "espeak_voice": "none-such"})
    with pytest.raises(ModelUnavailableError, match="a language that espeak-ng does not have"):
        choose_reading("worf", klingon, espeak)


def test_a_voice_without_the_signs_around_phonemes_is_refused(english: VitsSpec) -> None:
    bare = english.model_copy(update={"alphabet": "text", "phoneme_ids": {"a": (1,)}})
    with pytest.raises(ModelUnavailableError, match="no signs that begin"):
        choose_reading("bare", bare, None)


def test_letters_are_decomposed_as_voices_of_letters_know_them() -> None:
    assert letters(" Й,\n\tё! 😀") == "И\u0306, е\u0308!"
    assert letters("—?!") == ""


def speak(models: Path, text: str, espeak: Espeak | None) -> dict[str, bytes]:
    """What each voice that is there says, by the name of its speaker."""
    menu = find_vits(models, espeak)
    assert menu.problems == ()
    voices = tuple(
        Voice(each.id, each.name, each.name, each.locale, None, each.card.name, each.speaker, each.gain_db)
        for each in menu.entries
    )
    engine = SpeechEngine(
        models={each.card.name: load_vits(each.card, each.reading)[0] for each in menu.entries},
        catalogue=VoiceCatalogue(voices),
        phonemizer=Phonemizer(()),
        chunk_ms=100,
        readers={each.card.name: each.reader for each in menu.entries if each.reader},
    )
    said = {}
    for voice in voices:
        job = engine.open(SpeechRequest(text=text, voice_id=voice.id))
        assert (job.voice, job.language) == (voice, voice.language)
        chunks = [engine.step(job)]
        while not chunks[-1].is_last:
            chunks.append(engine.step(job))
        sound = np.concatenate([chunk.samples for chunk in chunks])
        assert np.abs(sound).max() > 0
        said[voice.id] = sound.tobytes()
    return said


@pytest.mark.espeak
def test_a_german_voice_of_two_speakers_says_a_text(tmp_path: Path, espeak: Espeak) -> None:
    german = {"language": {"code": "de_DE"}, "espeak": {"voice": "de"}}
    models = make(tmp_path, "thorsten", Shape(speakers=2), **german)
    text = "Guten Tag! Wir kommen am 3. Mai, wenn es nicht regnet. Bis bald."
    once, again = speak(models, text, espeak), speak(models, text, espeak)
    assert once == again
    assert len(set(once.values())) == len(once) == 2


def test_a_russian_voice_of_letters_says_a_text_without_espeak(tmp_path: Path) -> None:
    ids = {symbol: [number] for number, symbol in enumerate(CYRILLIC)}
    models = make(
        tmp_path, "dmitri", phoneme_type="text", phoneme_id_map=ids, language={"code": "ru_RU"}, espeak={"voice": "ru"}
    )
    assert set(speak(models, "Привет, как дела? Всё хорошо.", None)) == {"dmitri"}
