"""The streaming resampler: the whole's result for every cut, in place and in full length."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
import soxr
from hypothesis import given
from hypothesis import strategies as st

from server.audio.resample import ResampleStream

RATES_HZ = (16_000, 22_050, 24_000, 44_100, 48_000)


def resampled(samples: np.ndarray, from_hz: int, to_hz: int, sizes: list[int], cut: Callable) -> np.ndarray:
    stream = ResampleStream(from_hz, to_hz, samples.shape[1])
    return np.concatenate([*(stream.process(block) for block in cut(samples, sizes)), stream.flush()])


@given(
    rates_hz=st.sampled_from(list(product(RATES_HZ, RATES_HZ))),
    sizes=st.lists(st.integers(0, 3000), min_size=1, max_size=8).filter(any),
    n_samples=st.integers(0, 8000),
    channels=st.sampled_from([1, 2]),
)
def test_any_cut_gives_what_soxr_gives_for_the_whole(
    rates_hz: tuple[int, int], sizes: list[int], n_samples: int, channels: int, cut: Callable
) -> None:
    samples = np.random.default_rng(n_samples).uniform(-1, 1, (n_samples, channels)).astype(np.float32)
    whole = soxr.resample(samples, *rates_hz, quality="HQ") if n_samples else samples
    np.testing.assert_array_equal(resampled(samples, *rates_hz, sizes, cut), whole)


@pytest.mark.parametrize(("from_hz", "to_hz"), [pair for pair in product(RATES_HZ, RATES_HZ) if pair[0] != pair[1]])
def test_a_sine_keeps_its_place_its_height_and_its_length(from_hz: int, to_hz: int, cut: Callable) -> None:
    def sine(rate_hz: int, n_samples: int) -> np.ndarray:
        return 0.5 * np.sin(2 * np.pi * 1000 * np.arange(n_samples)[:, np.newaxis] / rate_hz).astype(np.float32)

    result = resampled(sine(from_hz, from_hz), from_hz, to_hz, [480], cut)
    assert len(result) == to_hz
    middle = slice(to_hz // 10, -to_hz // 10)
    np.testing.assert_allclose(result[middle], sine(to_hz, to_hz)[middle], atol=1e-5)


def test_equal_rates_hand_the_very_block_through() -> None:
    stream = ResampleStream(24_000, 24_000, 2)
    block = np.ones((5, 2), np.float32)
    assert stream.process(block) is block
    assert stream.flush().shape == (0, 2)
