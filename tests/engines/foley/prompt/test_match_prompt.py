"""Descriptions are read as people mean them."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.engines.foley.classes import CLASS, CLASSES, SoundClass
from server.engines.foley.prompt.match import match_prompt
from server.engines.foley.prompt.normalise import MAX_CHARACTERS

PROMPTS = Path(__file__).resolve().parents[4] / "benchmarks" / "foley"


def labels(text: str, exclude: str = "") -> set[str]:
    return {sound.label for sound in match_prompt(text, exclude).sounds}


@pytest.mark.parametrize("sound", CLASSES, ids=lambda sound: sound.id)
def test_every_class_is_found_by_the_names_we_give_it(sound: SoundClass) -> None:
    assert sound.id in labels(sound.english)
    assert sound.id in labels(sound.chinese)


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_is_read_and_nothing_forbidden_is_asked_for(text: str, exclude: str) -> None:
    plan = match_prompt(text, exclude)
    for sound in plan.sounds:
        assert sound.label not in plan.excluded
        assert sound.material is None or sound.material in CLASS[sound.label].materials
        assert 0 <= sound.intensity <= 1
        assert sound.kind == CLASS[sound.label].kind
    assert len({sound.label for sound in plan.sounds}) == len(plan.sounds)


WORDS = """
rain wind no not only without dog heavy on wood , . and but step glass 雨 不要 只要 风 木 地板 的 脚步 、 没有
"""


@given(st.lists(st.sampled_from(WORDS.split()), max_size=12).map(" ".join))
def test_excluding_a_class_by_name_silences_it_whatever_the_description_says(text: str) -> None:
    assert labels(text, "rain") & {"rain"} == set()
    assert labels(text, "雨声") & {"rain"} == set()


@pytest.mark.parametrize(
    ("text", "asked", "excluded"),
    [
        ("rain, no thunder", {"rain"}, {"thunder"}),
        ("no birds, dogs or crickets, just the wind", {"wind"}, {"birds", "dog", "crickets"}),
        ("wind that never stops", {"wind"}, set()),
        ("not only rain but also thunder", {"rain", "thunder"}, set()),
        ("don't forget the birds", {"birds"}, set()),
        ("a street without cars in the rain", {"rain"}, {"car"}),
        ("everything but the dog", set(), {"dog"}),
        ("nothing but the sea", {"sea"}, set()),
        ("forest without animals", {"forest"}, {"birds", "dog", "rooster", "crickets"}),
        ("不要人声、音乐和狗叫", set(), {"dog"}),
        ("没有雷声的雨夜", {"rain"}, {"thunder"}),
        ("雨不停地下", {"rain"}, set()),
        ("除了雨声还有雷声", {"rain", "thunder"}, set()),
        ("除了雨声什么都不要", {"rain"}, set()),
        ("把风声去掉，保留海浪", {"sea"}, {"wind"}),
        ("远处的雷声，别太大", {"thunder"}, set()),
        ("footsteps在雪地上，不要音乐", {"footstep"}, set()),
    ],
)
def test_what_is_forbidden_is_told_from_what_is_asked_for(text: str, asked: set[str], excluded: set[str]) -> None:
    plan = match_prompt(text)
    assert {sound.label for sound in plan.sounds} == asked
    assert plan.excluded == excluded


@pytest.mark.parametrize(
    "text", ["hot dog stand", "rainbow", "frying pan", "she waves goodbye", "风景如画", "马铃薯", "分钟"]
)
def test_words_that_only_look_like_a_sound_are_none(text: str) -> None:
    assert labels(text) == set()


@pytest.mark.parametrize(
    ("text", "label", "material"),
    [
        ("木地板上的脚步声", "footstep", "wood"),
        ("walking on gravel next to a wooden fence", "footstep", "gravel"),
        ("a metal pipe drops on concrete", "impact", "metal"),
        ("硬币掉在桌上", "impact", "metal"),
        ("knocking on a glass door", "knock", "glass"),
        ("footsteps", "footstep", None),
    ],
)
def test_the_material_is_of_what_sounds(text: str, label: str, material: str | None) -> None:
    sound = match_prompt(text).sound(label)
    assert sound is not None
    assert sound.material == material


def test_a_degree_is_of_the_sound_beside_it() -> None:
    plan = match_prompt("heavy rain and distant thunder, wind")
    rain, thunder, wind = (plan.sound(label) for label in ("rain", "thunder", "wind"))
    assert rain is not None
    assert thunder is not None
    assert wind is not None
    assert rain.intensity > 0.7
    assert thunder.intensity < 0.4
    assert wind.intensity == 0.5


def test_a_degree_that_is_denied_is_none() -> None:
    sound = match_prompt("wind, not too strong").sound("wind")
    assert sound is not None
    assert sound.intensity < 0.5


@pytest.mark.parametrize(("text", "times"), [("a dog barks twice", 2), ("狗叫了三声", 3), ("a dog barks", None)])
def test_how_often_is_read_where_it_is_said(text: str, times: int | None) -> None:
    sound = match_prompt(text).sound("dog")
    assert sound is not None
    assert sound.times == times


def test_a_place_is_a_hint_where_a_plainer_sound_stands_beside_it() -> None:
    plan = match_prompt("a refrigerator hums in the kitchen")
    assert {sound.label for sound in plan.sounds} == {"machine"}
    assert plan.hints == ("room",)
    assert labels("kitchen") == {"room"}


def test_only_and_no_background_are_seen_in_both_languages() -> None:
    for text in ("only footsteps, no background", "只要脚步声，不要背景音"):
        plan = match_prompt(text)
        assert plan.is_only
        assert not plan.has_bed
    assert not match_prompt("not only footsteps").is_only


def test_words_that_nothing_is_known_about_are_named() -> None:
    assert match_prompt("rain and a theremin").unknown == ("theremin",)


def test_clauses_without_a_known_sound_are_asked_about() -> None:
    asked: list[str] = []

    def meaning(text: str) -> tuple[str, float]:
        asked.append(text)
        return "sea", 0.7

    plan = match_prompt("Rain, a Theremin's solo (loud), no zithers, 古筝", meaning=meaning)
    assert asked == ["a theremin's solo"]
    assert [sound.label for sound in plan.sounds] == ["rain", "sea"]


def test_a_meaning_has_to_be_nearer_beside_other_sounds() -> None:
    assert [sound.label for sound in match_prompt("a theremin", meaning=lambda text: ("sea", 0.5)).sounds] == ["sea"]
    plan = match_prompt("rain, a theremin", meaning=lambda text: ("sea", 0.5))
    assert [sound.label for sound in plan.sounds] == ["rain"]
    assert match_prompt("a theremin", meaning=lambda text: ("sea", 0.4)).sounds == ()


def test_what_comes_after_the_longest_description_is_left_unread() -> None:
    assert labels(" " * MAX_CHARACTERS + "rain") == set()


@pytest.mark.parametrize(
    ("file", "least"), [("prompts_en.json", 0.9), ("prompts_zh.json", 0.85), ("prompts_fresh_en.json", 0.9)]
)
def test_the_benchmarks_prompts_are_read_as_well_as_promised(file: str, least: float) -> None:
    prompts = json.loads((PROMPTS / file).read_text(encoding="utf-8"))
    right = [labels(prompt["text"]) - set(prompt.get("may", ())) == set(prompt["classes"]) for prompt in prompts]
    assert sum(right) / len(right) >= least
