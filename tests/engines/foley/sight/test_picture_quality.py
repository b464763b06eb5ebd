"""What is wrong with a picture is said once, and nothing is said of a good one."""

from collections.abc import Iterable

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from seen_scenes import film, scene, view

from server.engines.foley.sight.quality import QualityWatch
from server.video.picture import Picture

A = scene(1)
MOVING = [view(A, right=index % 60) for index in range(120)]


def warnings(pictures: Iterable[Picture]) -> list[str]:
    watch = QualityWatch()
    return [code for picture in pictures for code in watch.push(picture)]


def test_a_good_picture_has_no_warning() -> None:
    assert warnings(film(MOVING)) == []


@pytest.mark.parametrize("fps", [24.0, 60.0])
def test_a_dark_picture_is_too_dark_and_said_so_once(fps: float) -> None:
    assert warnings(film([each * 0.12 for each in MOVING * 2], fps)) == ["too_dark"]


def test_a_night_with_a_lamp_in_it_is_meant_to_be_dark() -> None:
    lamp = np.zeros_like(MOVING[0])
    lamp[40:60, 80:110] = 200
    assert "too_dark" not in warnings(film([each * 0.1 + lamp for each in MOVING]))


def test_a_picture_out_of_focus_is_blurred() -> None:
    assert warnings(film([gaussian_filter(each, 5) for each in MOVING], noise=0.3)) == ["blurred"]


def test_a_soft_picture_and_an_empty_one_are_not_blurred() -> None:
    assert warnings(film([gaussian_filter(each, 1) for each in MOVING])) == []
    assert "blurred" not in warnings(film([view(A) * 0 + 90 + index for index in range(90)], noise=0))


def test_a_hand_that_shakes_is_seen_and_an_even_pan_is_not() -> None:
    rng = np.random.default_rng(3)
    shaken = [view(A, *(int(each) for each in rng.integers(-6, 7, 2))) for _ in range(90)]
    assert warnings(film(shaken)) == ["shaking"]


def test_a_still_picture_is_frozen_and_a_quiet_one_is_not() -> None:
    assert warnings(film([view(A)] * 120, noise=0)) == ["frozen"]
    assert warnings(film([view(A)] * 120, noise=2)) == []


def test_two_seconds_of_it_are_needed() -> None:
    assert warnings(film([each * 0.12 for each in MOVING[:45]] + MOVING)) == []
