"""Rules share the words of a description."""

from pathlib import Path

import pytest

from server.engines.foley.classes import CLASS
from server.engines.foley.prompt.chinese import chinese
from server.engines.foley.prompt.english import english
from server.engines.foley.prompt.normalise import normalise, stem
from server.engines.foley.prompt.rules import Writing, find_matches, read_rules

WRITING = Writing(item=lambda words: f"(?:{words})", beside=" ", apart="[^,]*?", word_weight=100)


def found(tmp_path: Path, lexicon: str, plain: str) -> list[tuple[str, ...]]:
    file = tmp_path / "lexicon.txt"
    file.write_text(lexicon, encoding="utf-8")
    return [match.rule.labels for match in find_matches(plain, read_rules(file, WRITING))]


def test_the_rule_with_more_words_takes_them(tmp_path: Path) -> None:
    assert found(tmp_path, "[rain]\nrain\npour rain\n[pour]\npour", "pour rain") == [("rain",)]


def test_words_near_each_other_hold_in_either_order(tmp_path: Path) -> None:
    for plain in ("door will slam", "slam the door"):
        assert found(tmp_path, "[close]\ndoor & slam", plain) == [("close",)]
    assert found(tmp_path, "[close]\ndoor & slam", "door, slam") == []


def test_a_rule_without_a_sound_takes_words_away(tmp_path: Path) -> None:
    assert found(tmp_path, "[-]\nhot dog\n[dog]\ndog", "hot dog") == [()]


def test_a_rule_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no rule"):
        found(tmp_path, "[dog]\ndog &", "dog")


def test_every_rule_of_the_lexicons_names_known_classes_materials_and_degrees() -> None:
    for grammar in (english(), chinese()):
        for rule in grammar.rules:
            assert set(rule.labels) <= set(CLASS)
            assert rule.intensity is None or 0 < rule.intensity < 1
            assert rule.material is None or any(rule.material in CLASS[label].materials for label in rule.labels)
        known = {material for sound in CLASS.values() for material in sound.materials}
        for word in grammar.materials:
            assert set(word.materials) <= known


def test_forms_of_a_word_have_one_stem_and_other_words_another() -> None:
    for forms in (
        "walk walks walked walking",
        "drip drips dripped dripping",
        "ride rides riding rode",
        "crash crashes",
    ):
        assert len({stem(form) for form in forms.split()}) == 1
    assert len({stem(word) for word in ("tap", "tape", "plan", "plane", "not", "note")}) == 6


def test_the_plain_form_keeps_words_and_pauses_and_nothing_else() -> None:
    assert normalise("Footsteps、雨声！ (Loud) ☂") == " footstep ; 雨声 . , loud , "
