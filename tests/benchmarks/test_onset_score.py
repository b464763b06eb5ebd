"""The judge of onsets is fair."""

import itertools

import pytest

from benchmarks.foley.held_out.clips import CLIPS
from benchmarks.foley.held_out.film import SAME_S, Film, Onset
from benchmarks.foley.onset_score import OnsetScore, score_onsets
from server.engines.foley.backend import Impact


def impact(time_s: float) -> Impact:
    return Impact(time_s, 0.5, 0.5, 0.5, 0.1, 0.9, "hit")


def onset(time_s: float, is_seen: bool = True) -> Onset:
    return Onset(time_s, "hit", 0.5, 0.5, is_seen)


def test_each_onset_is_found_once() -> None:
    score = score_onsets([impact(0.98), impact(1.01)], [onset(1.0)])
    assert (score.found, score.missed, score.false) == (1, 0, 1)
    assert score.errors_s == pytest.approx((0.01,))


def test_what_is_off_by_more_than_50_ms_is_missed_and_false() -> None:
    score = score_onsets([impact(1.06)], [onset(1.0)])
    assert (score.found, score.missed, score.false, score.f1) == (0, 1, 1, 0)


def test_a_left_out_hit_counts_neither_way_but_strictly() -> None:
    score = score_onsets([impact(1.0), impact(2.0)], [onset(1.0), onset(2.0, is_seen=False)])
    assert (score.found, score.false, score.left_out, score.f1) == (1, 0, 1, 1)
    assert score.strict_f1 == pytest.approx(2 / 3)


def test_silence_where_nothing_happens_is_right() -> None:
    assert score_onsets([], []).f1 == 1
    assert (score_onsets([], []) + OnsetScore(false=1)).f1 == 0


def test_the_held_out_clips_are_many_and_varied_and_their_names_are_unique() -> None:
    assert len({clip.name for clip in CLIPS}) == len(CLIPS) >= 24
    assert {clip.codec for clip in CLIPS} == {"libx264", "libx265", "libvpx-vp9"}
    assert min(clip.rate_hz for clip in CLIPS) == 24
    assert max(clip.rate_hz for clip in CLIPS) == 60


def test_the_truth_of_a_clip_is_the_same_each_time_and_its_onsets_lie_apart() -> None:
    clip = next(clip for clip in CLIPS if clip.kind == "several")
    onsets = Film(clip).onsets()
    assert onsets == Film(clip).onsets()
    assert sum(each.is_seen for each in onsets) >= 5
    assert all(later.time_s - sooner.time_s >= SAME_S for sooner, later in itertools.pairwise(onsets))
