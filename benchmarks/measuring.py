"""The arithmetic of the benchmarks: contestants take turns, medians are compared, differences come with an interval."""

import math
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

Measured = TypeVar("Measured")


def take_turns(
    contestants: Mapping[str, Callable[[], Measured]], rounds: int, warm_ups: int = 2
) -> dict[str, list[Measured]]:
    """Let each contestant run once a round, A B A B ..., so that whatever else the machine does strikes all alike.

    `warm_ups` rounds go before and are not counted.
    """
    measured: dict[str, list[Measured]] = {name: [] for name in contestants}
    for number in range(warm_ups + rounds):
        for name, run in contestants.items():
            outcome = run()
            if number >= warm_ups:
                measured[name].append(outcome)
    return measured


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of all values do not exceed: the nearest rank, so one that was really measured."""
    ranked = sorted(values)
    rank = math.ceil(percent / 100 * len(ranked))
    return ranked[max(rank, 1) - 1]


def pooled_rate(edits: Sequence[int], lengths: Sequence[int]) -> float:
    """Errors per token over all sentences together, so that a short sentence does not weigh as much as a long one."""
    return sum(edits) / sum(lengths)


def bootstrap_interval(
    n_items: int, estimate: Callable[[Sequence[int]], float], seed: int = 0, resamples: int = 2000
) -> tuple[float, float]:
    """Where 95 % of estimates fall when the items are drawn anew with replacement (Efron 1979, percentile method).

    `estimate` is given the indices of the items drawn. With 40 sentences it tells how much of a difference is chance.
    """
    draw = random.Random(seed)
    estimates = sorted(estimate(draw.choices(range(n_items), k=n_items)) for _ in range(resamples))
    return percentile(estimates, 2.5), percentile(estimates, 97.5)


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return statistics.median(values)
