"""A cut is told from all that only looks like one."""

from collections.abc import Iterable

import numpy as np
import pytest
from seen_scenes import film, scene, view

from server.engines.foley.sight.cuts import LOOKAHEAD_S, CutFinder
from server.video.picture import Picture

A, B = scene(1), scene(2)


def cuts(pictures: Iterable[Picture]) -> list[float]:
    finder, found = CutFinder(), []
    for picture in pictures:
        found += finder.push(picture)
        assert all(cut < finder.settled_s for cut in found)
        assert picture.time_s - finder.settled_s <= LOOKAHEAD_S + 0.2
    return [round(cut, 3) for cut in [*found, *finder.finish()]]


@pytest.mark.parametrize("fps", [12.0, 24.0, 30.0, 60.0])
def test_a_cut_is_found_to_the_picture_at_any_frame_rate(fps: float) -> None:
    n = int(fps)
    assert cuts(film([view(A)] * n + [view(B)] * n, fps)) == [1.0]


def test_a_cut_between_moving_scenes_is_found() -> None:
    moving = [view(A, right=index) for index in range(30)] + [view(B, down=index) for index in range(30)]
    assert cuts(film(moving)) == [1.0]


def test_a_cut_to_black_and_one_from_it_are_found() -> None:
    black = view(A) * 0 + 4
    assert cuts(film([view(A)] * 30 + [black] * 30 + [view(B)] * 30)) == [1.0, 2.0]


def test_a_flash_is_no_cut() -> None:
    for length in (1, 2, 3):
        white = [view(A) * 0.1 + 230] * length
        assert cuts(film([view(A)] * 30 + white + [view(A)] * 30)) == []


def test_flicker_is_no_cut() -> None:
    assert cuts(film([view(A) * (0.75 + 0.25 * (index % 4 < 2)) for index in range(90)])) == []


def test_a_fade_and_a_change_of_light_are_no_cuts() -> None:
    fades = [view(A) * level for level in [*np.linspace(0, 1, 30), *np.linspace(1, 0.3, 30)]]
    assert cuts(film(fades)) == []
    assert cuts(film([view(A)] * 30 + [view(A) * 0.6 + 10] * 30)) == []


def test_a_fast_pan_is_no_cut() -> None:
    assert cuts(film([view(A, right=min(59, max(-60, 5 * (index - 12)))) for index in range(48)])) == []


def test_a_thing_that_falls_through_the_picture_is_no_cut() -> None:
    def with_box(index: int) -> np.ndarray:
        picture = view(A).copy()
        picture[max(0, 4 * index - 40) : 4 * index, 60:110] = 250
        return picture

    assert cuts(film([with_box(index) for index in range(36)])) == []


def test_the_last_pictures_may_hold_a_cut() -> None:
    assert cuts(film([view(A)] * 30 + [view(B)] * 2)) == [1.0]
