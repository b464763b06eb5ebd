"""Installed voices are found in their folders, and one that is broken does not hide the others."""

from pathlib import Path

import pytest

from export.piper import add_voice, piper_voice
from export.piper_files import find_piper_files
from export.progress import LineProgress
from export.shelf import Shelf
from server.engines.tts.vits_menu import find_vits
from server.text.espeak import Espeak
from tests.export.tiny_vits import Shape, write_tiny_voice


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("menu")
    with (folder / "log").open("w") as log:
        for name, shape, changes in (
            ("alan", Shape(), {"dataset": "alan_b", "language": {"code": "en_GB"}}),
            ("crowd", Shape(speakers=2), {}),
            ("thorsten", Shape(), {"language": {"code": "de_DE"}, "espeak": {"voice": "de"}}),
        ):
            files = find_piper_files(write_tiny_voice(folder / name, shape, **changes))
            add_voice(piper_voice(files, name=name), Shelf(folder / "models"), LineProgress(log))
    (folder / "models" / "broken").mkdir()
    (folder / "models" / "broken" / "vits.json").write_text("{}")
    return folder / "models"


def test_every_speaker_of_every_english_voice_is_in_the_menu(models: Path) -> None:
    entries = find_vits(models).entries
    assert [(entry.id, entry.name, entry.locale, entry.speaker) for entry in entries] == [
        ("alan", "Alan b", "en-GB", "alan_b"),
        ("crowd/person 0", "Person 0", "en-US", "person 0"),
        ("crowd/person 1", "Person 1", "en-US", "person 1"),
    ]
    assert [entry.card.name for entry in entries] == ["alan", "crowd", "crowd"]


def test_what_cannot_be_used_is_said_in_a_sentence_each(models: Path) -> None:
    broken, german = find_vits(models).problems
    assert broken.startswith("The model broken is missing;")
    assert german == (
        "The voice thorsten speaks de-DE, whose phonemes espeak-ng makes: install it with `make espeak` "
        "(GPL-3.0-or-later), or remove the voice's folder from onnx_models/."
    )


@pytest.mark.espeak
def test_with_espeak_a_voice_of_another_language_is_in_the_menu(models: Path, espeak: Espeak) -> None:
    menu = find_vits(models, espeak)
    assert len(menu.problems) == 1
    german = menu.entries[-1]
    assert (german.id, german.locale, german.reading) == ("thorsten", "de-DE", "espeak")
    assert german.reader is not None
    assert german.reader("Guten Tag!") == "ɡˈuːtən tˈɑːk!"
    # English is read from our own phonemes, whatever is installed.
    assert {entry.reading for entry in menu.entries[:-1]} == {"ours"}


def test_no_voices_are_found_where_there_are_none(tmp_path: Path) -> None:
    assert find_vits(tmp_path) == find_vits(tmp_path / "missing")
    assert find_vits(tmp_path).entries == ()
