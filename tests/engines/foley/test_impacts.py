"""Answers of the event net become impacts."""

import itertools

import numpy as np
import pytest

from server.engines.foley.event_net_shape import COLUMNS, OUTPUTS, ROWS
from server.engines.foley.impacts import Floats, OnsetPicker, StretchPicker, stretch_chances


def answer(**values: float) -> Floats:
    """Of one picture: these values in row 3, column 6; elsewhere nothing happens."""
    made = np.full((len(OUTPUTS), ROWS, COLUMNS), -8, np.float32)
    for name, value in {"offset": 0.0, "right": 0.0, "down": 0.0, "jump": 0.0, "size": -2.0, **values}.items():
        made[OUTPUTS.index(name), 3, 6] = value
    return made


NOTHING = answer()


def test_of_two_candidates_within_60_ms_the_surer_is_the_impact() -> None:
    picker = OnsetPicker()
    found = picker.see(1.0, answer(onset=1)) + picker.see(1.033, answer(onset=3, offset=-0.2))
    assert found == []
    assert picker.until_s == pytest.approx(1.033 - 1 / 30)
    for step in range(1, 5):
        found += picker.see(1.033 + step / 30, NOTHING)
    assert [impact.time_s for impact in found] == [pytest.approx(1.033 - 0.2 / 30)]
    assert found[0].x == pytest.approx(6.5 / 12)
    assert found[0].y == pytest.approx(3.5 / 7)


def test_candidates_apart_are_impacts_of_their_own() -> None:
    picker = OnsetPicker()
    found = [
        impact for step in range(10) for impact in picker.see(step / 30, answer(onset=2) if step in (2, 5) else NOTHING)
    ]
    assert [round(impact.time_s, 3) for impact in found] == [0.067, 0.167]


def test_an_endless_row_of_candidates_is_settled_on_the_way() -> None:
    picker = OnsetPicker()
    found = [impact for step in range(90) for impact in picker.see(step / 30, answer(onset=2 + step % 7 / 10))]
    assert 20 <= len(found) <= 50
    times = [impact.time_s for impact in found]
    assert all(later - sooner >= 0.06 - 1e-9 for sooner, later in itertools.pairwise(times))
    assert 3 - picker.until_s < 0.7


def test_a_harder_blow_is_stronger_and_a_running_step_than_a_walking_one() -> None:
    def strength(**values: float) -> float:
        picker = OnsetPicker()
        picker.see(1.0, answer(onset=2, **values))
        return picker.settle()[0].strength

    assert strength(jump=np.log(0.5)) < strength(jump=np.log(2)) < strength(jump=np.log(6)) <= 1
    assert strength(step=3, jump=np.log(0.3), size=np.log(0.5)) < strength(step=3, jump=np.log(0.5), size=np.log(0.5))


def test_a_stretch_is_told_when_it_ends_and_a_short_one_never() -> None:
    picker = StretchPicker("roll")
    found = []
    for step in range(60):
        goes_on = 0.9 if step in (3, 4) or 20 <= step < 35 else 0.1
        found += picker.see(step / 30, goes_on, step / 60, 0.5)
    assert [(impact.kind, round(impact.time_s, 2), round(impact.duration_s, 2)) for impact in found] == [
        ("roll", 0.67, 0.47)
    ]


def test_a_long_stretch_is_told_in_pieces_that_follow_each_other() -> None:
    picker = StretchPicker("slide")
    found = [impact for step in range(100) for impact in picker.see(step / 30, 0.9, 0.5, 0.5)] + picker.settle()
    assert len(found) == 4
    for sooner, later in itertools.pairwise(found):
        assert sooner.time_s + sooner.duration_s == pytest.approx(later.time_s)


def test_what_rolls_does_not_slide() -> None:
    chances = stretch_chances(answer(roll=2, slide=1))
    assert chances["roll"][0] > 0.5
    assert chances["slide"][0] == 0
