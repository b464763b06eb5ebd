"""The bounds of what convolutions round hold most values, and always 0."""

from pathlib import Path

import numpy as np
import pytest

from export.kokoro_streaming.architecture import NORMS
from export.kokoro_streaming.integer import Range
from export.kokoro_streaming.ranges import CUT_OFF, bounds, read_ranges, write_ranges


def test_few_values_are_beyond_the_bounds() -> None:
    values = np.random.default_rng(0).normal(size=1_000_000).astype(np.float32)
    found = bounds(values)
    for beyond in (values < found.lowest, values > found.highest):
        assert beyond.mean() == pytest.approx(CUT_OFF, rel=0.2)


def test_zero_is_between_the_bounds_and_has_a_code() -> None:
    found = bounds(np.linspace(1, 2, 1000, dtype=np.float32))
    assert found.lowest == 0.0
    assert found.zero_point == 0
    assert Range(-1.0, 3.0).zero_point == round(255 / 4)


def test_ranges_are_read_as_they_were_written(tmp_path: Path) -> None:
    ranges = {"a/convs1.0": Range(-1.5, 2.25), "b/convs2.1": Range(-0.125, 4.0)}
    write_ranges(ranges, tmp_path / "ranges.json")
    assert read_ranges(tmp_path / "ranges.json") == ranges


def test_every_convolution_after_a_norm_has_its_range() -> None:
    names = {f"{norm.block.name}/convs{norm.which}.{norm.round}" for norm in NORMS}
    ranges = read_ranges()
    assert ranges.keys() == names
    assert all(each.lowest < 0 < each.highest for each in ranges.values())
