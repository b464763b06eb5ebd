"""What moved since the committed figures."""

from benchmarks.quality.drift import moved


def test_a_figure_that_moved_too_far_is_named_and_one_that_did_not_is_not() -> None:
    before = {"error": 0.02, "p808": 4.0, "pinyin_error": None}
    assert moved(before, {"error": 0.021, "p808": 3.9, "pinyin_error": None}) == ["p808 4 -> 3.9"]


def test_a_figure_that_was_never_committed_has_moved_nowhere() -> None:
    assert moved({}, {"f0_hz": 200.0}) == []
