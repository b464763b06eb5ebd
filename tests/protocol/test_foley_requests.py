"""What the two known shapes send is read as it is meant: nulls are absent, and what is not known is named."""

import json
from typing import Any

import pytest

from server.errors import InvalidRequestError
from server.protocol.foley import is_task_id, output_query, parse_generate, parse_start

URL = "https://example.org/a.mp4"


def test_nulls_are_absent_at_every_depth() -> None:
    body, ignored = parse_generate(
        {"video_url": URL, "output": None, "effects": {"profile": None, "background_music": {"intensity": None}}}
    )
    assert body.effects.profile == "realistic"
    assert body.effects.background_music.intensity == 0.5
    assert ignored == ()


def test_what_changes_nothing_is_named_with_dots() -> None:
    body, ignored = parse_generate(
        {
            "video_url": URL,
            "callback": "x",
            "output": {"format": "aac", "bitrate": 1},
            "effects": {"sync": "second", "background_music": {"genre": "jazz"}},
        }
    )
    assert body.output.format == "aac"
    assert ignored == ("callback", "output.bitrate", "effects.background_music.genre", "effects.sync")


def test_what_is_nested_without_end_in_an_unknown_field_is_only_named() -> None:
    nested: Any = json.loads('{"a":' * 900 + "1" + "}" * 900)
    assert parse_generate({"video_url": URL, "deep": nested, "effects": {"deep": nested}})[1] == (
        "deep",
        "effects.deep",
    )
    with pytest.raises(InvalidRequestError):
        parse_generate({"video_url": URL, "effects": nested, "output": nested["a"], "seed": nested})


def test_a_form_is_text_and_an_empty_field_is_absent() -> None:
    form, ignored = parse_start({"description": "rain", "bed": "false", "bed_intensity": "", "seed": "7", "x": "y"})
    assert (form.description, form.bed, form.bed_intensity, form.seed) == ("rain", False, 0.5, 7)
    assert ignored == ("x",)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("aB3_-", True), ("", False), ("a b", False), ("a/b", False), ("a\n", False), ("a" * 65, False)],
)
def test_what_cannot_be_a_task_is_known_before_anybody_is_asked(text: str, is_one: bool) -> None:
    assert is_task_id(text) is is_one


def test_a_url_of_sound_says_what_was_asked_for() -> None:
    assert output_query({}) == "format=wav"
    assert output_query({"format": "mp3", "sample_rate": 44100, "channels": 1, "more": 2}) == (
        "format=mp3&sample_rate=44100&channels=1"
    )
