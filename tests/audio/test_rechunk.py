"""Chunks of one size from blocks of any: nothing lost, nothing twice, nothing late."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.audio.rechunk import rechunk


@given(
    n_samples=st.integers(0, 500),
    chunk_samples=st.integers(1, 120),
    sizes=st.lists(st.integers(0, 200), min_size=1, max_size=6).filter(any),
    channels=st.sampled_from([1, 2]),
    start_sample=st.integers(0, 1000),
)
def test_chunks_are_the_same_samples_in_order_and_only_the_last_is_last(
    n_samples: int, chunk_samples: int, sizes: list[int], channels: int, start_sample: int, cut: Callable
) -> None:
    samples = np.arange(n_samples * channels, dtype=np.float32).reshape(n_samples, channels)
    chunks = list(rechunk(cut(samples, sizes), chunk_samples, channels, start_sample))
    np.testing.assert_array_equal(np.concatenate([chunk.samples for chunk in chunks]), samples)
    assert [chunk.is_last for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert all(len(chunk.samples) == chunk_samples for chunk in chunks[:-1])
    assert len(chunks[-1].samples) < chunk_samples
    ends = [start_sample, *(chunk.end_sample for chunk in chunks)]
    assert [chunk.start_sample for chunk in chunks] == ends[:-1]
    assert all(chunk.samples.shape[1] == channels for chunk in chunks)


def test_a_full_chunk_does_not_wait_for_the_next_block() -> None:
    asked = []

    def blocks() -> Iterator[np.ndarray]:
        for index in range(3):
            asked.append(index)
            yield np.full(10, index, np.float32)

    chunks = rechunk(blocks(), 10)
    assert next(chunks).samples.tolist() == [[0.0]] * 10
    assert asked == [0]


def test_one_channel_may_come_without_its_axis() -> None:
    (chunk,) = rechunk([np.arange(3, dtype=np.float32)], 4)
    assert chunk.samples.shape == (3, 1)


def test_blocks_of_other_channels_are_refused() -> None:
    with pytest.raises(ValueError, match="reshape"):
        list(rechunk([np.zeros((3, 2), np.float32)], 4, channels=1))


def test_no_blocks_at_all_still_end_the_stream() -> None:
    (chunk,) = rechunk([], 4, channels=2)
    assert (chunk.is_last, chunk.samples.shape, chunk.samples.dtype) == (True, (0, 2), np.float32)


def test_a_chunk_tells_how_many_more_are_made_already() -> None:
    blocks = [np.zeros((50, 1), np.float32), np.zeros((25, 1), np.float32)]
    assert [chunk.n_ready for chunk in rechunk(blocks, 20) if chunk] == [1, 0, 0, 0]
