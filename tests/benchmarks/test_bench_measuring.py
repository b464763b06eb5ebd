"""The arithmetic of the benchmarks."""

from collections.abc import Sequence

import pytest

from benchmarks.measuring import bootstrap_interval, median, percentile, pooled_rate, take_turns


def test_contestants_take_turns_and_warm_ups_do_not_count() -> None:
    order: list[str] = []

    def runner(name: str) -> int:
        order.append(name)
        return len(order)

    measured = take_turns({"a": lambda: runner("a"), "b": lambda: runner("b")}, rounds=2, warm_ups=1)
    assert order == ["a", "b"] * 3
    assert measured == {"a": [3, 5], "b": [4, 6]}


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], 50) == 2.0
    assert percentile(list(range(1, 21)), 95) == 19
    assert percentile([7.0], 95) == 7.0
    assert median([3.0, 1.0, 2.0]) == 2.0


def test_long_sentences_weigh_more_in_a_pooled_rate() -> None:
    assert pooled_rate([1, 0], [2, 8]) == pytest.approx(0.1)


def test_a_bootstrap_interval_holds_the_mean_and_is_the_same_every_time() -> None:
    values = [0.0, 1.0, 2.0, 3.0, 4.0] * 8

    def mean(drawn: Sequence[int]) -> float:
        return sum(values[index] for index in drawn) / len(drawn)

    low, high = bootstrap_interval(len(values), mean)
    assert low < 2.0 < high
    assert (low, high) == bootstrap_interval(len(values), mean)
    assert high - low < 1.2
