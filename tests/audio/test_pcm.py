"""Floats and 16-bit PCM, by the golden vectors that the JavaScript modules read too."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.audio.pcm import from_int16, from_s16le, to_int16, to_s16le

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parents[1] / "golden" / "pcm.json").read_text())


@pytest.mark.parametrize("row", GOLDEN["to_int16"], ids=lambda row: row["why"])
def test_a_float_becomes_the_golden_int16(row: dict[str, Any]) -> None:
    assert to_int16(np.array([float(row["float"])], np.float32)).tolist() == [row["int16"]]


@pytest.mark.parametrize("row", GOLDEN["from_int16"], ids=lambda row: str(row["int16"]))
def test_an_int16_becomes_the_golden_float(row: dict[str, Any]) -> None:
    assert from_int16(np.array([row["int16"]], np.int16)).tolist() == [row["float"]]


@pytest.mark.parametrize("row", GOLDEN["s16le"], ids=lambda row: row["why"])
def test_samples_become_the_golden_bytes_and_come_back(row: dict[str, Any]) -> None:
    samples = np.array(row["samples"], np.float32).reshape(-1, row["channels"])
    data = to_s16le(samples)
    assert data.hex() == row["hex"]
    np.testing.assert_array_equal(from_s16le(data, row["channels"]), np.minimum(samples, 32767 / 32768))


def test_every_int16_survives_the_way_to_float_and_back() -> None:
    every = np.arange(-32768, 32768).astype(np.int16)
    np.testing.assert_array_equal(to_int16(from_int16(every)), every)


@given(st.floats(-1, 1, width=32))
def test_a_float_in_range_moves_by_half_a_step_or_by_one_at_the_very_top(x: float) -> None:
    moved = abs(float(from_int16(to_int16(np.array([x], np.float32)))[0]) - x)
    assert moved <= (1 if x > 32767 / 32768 else 0.5) / 32768


@pytest.mark.parametrize(("n_bytes", "channels"), [(1, 1), (3, 1), (2, 2), (6, 2)])
def test_bytes_that_are_no_whole_samples_are_refused(n_bytes: int, channels: int) -> None:
    with pytest.raises(ValueError, match="multiples of"):
        from_s16le(bytes(n_bytes), channels)
