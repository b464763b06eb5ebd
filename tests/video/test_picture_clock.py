"""Times rise strictly whatever the file says, and no more than sixty a second are kept."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.video.clock import PictureClock

STAMPS = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=60)


@given(STAMPS)
def test_times_rise_strictly_from_any_timestamps(stamps: list[float | None]) -> None:
    clock = PictureClock(0.04)
    times = [clock.time_of(stamp) for stamp in stamps]
    assert times[0] >= 0
    assert all(later > earlier for earlier, later in pairwise(times))


def test_good_timestamps_are_kept_as_they_are() -> None:
    clock = PictureClock(0.04)
    stamps = [0.0, 0.01, 0.5, 0.501, 30.0]
    assert [clock.time_of(stamp) for stamp in stamps] == stamps


def test_one_wrong_timestamp_lands_between_its_neighbours() -> None:
    clock = PictureClock(0.04)
    assert [clock.time_of(stamp) for stamp in (0.0, 0.04, 0.04, 0.08)] == pytest.approx([0.0, 0.04, 0.06, 0.08])


@pytest.mark.parametrize("stamp", [None, 0.0])
def test_without_timestamps_the_usual_gap_carries_on(stamp: float | None) -> None:
    clock = PictureClock(0.04)
    assert [clock.time_of(stamp) for _ in range(4)] == pytest.approx([0.0, 0.02, 0.06, 0.10])


@pytest.mark.parametrize("rate_hz", [23.976, 25, 29.97, 50, 59.94, 60])
@pytest.mark.parametrize("tick", [Fraction(1, 1000), Fraction(1, 90_000)])
def test_up_to_sixty_a_second_all_are_kept(rate_hz: float, tick: Fraction) -> None:
    clock = PictureClock(1 / rate_hz)
    times = [float(round(number / rate_hz / float(tick)) * tick) for number in range(300)]
    assert all(clock.is_kept(time_s) for time_s in times)


@given(st.lists(st.floats(1e-4, 0.1), min_size=1, max_size=400))
def test_over_any_video_no_more_than_sixty_a_second_are_kept(gaps_s: list[float]) -> None:
    clock = PictureClock(0.04)
    time_s, n_kept = 0.0, 0
    for gap_s in gaps_s:
        n_kept += clock.is_kept(time_s)
        time_s += gap_s
    assert n_kept <= 60 * time_s + 2


def test_two_pictures_after_a_pause_are_not_both_kept_when_they_stand_too_close() -> None:
    clock = PictureClock(0.04)
    assert [clock.is_kept(time_s) for time_s in (0.0, 0.5, 0.501, 0.52)] == [True, True, False, True]
