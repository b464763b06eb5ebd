"""What `python -m benchmarks` is asked for."""

from importlib.util import find_spec

import pytest

from benchmarks.__main__ import BENCHMARKS, OF_RECORDINGS, chosen


@pytest.mark.parametrize("argv", [[], ["all"], ["memory", "all"]])
def test_without_names_everything_is_measured(argv: list[str]) -> None:
    assert chosen(argv) == ["setup", *(name for name in BENCHMARKS if name not in OF_RECORDINGS)]


def test_a_benchmark_named_twice_runs_once() -> None:
    assert chosen(["memory", "cpu-rtf", "memory"]) == ["memory", "cpu-rtf"]


def test_every_benchmark_that_is_offered_is_there() -> None:
    assert all(find_spec(module) for module in BENCHMARKS.values())
