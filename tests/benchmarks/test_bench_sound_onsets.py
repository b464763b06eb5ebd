"""Word onsets found in the sound."""

import numpy as np
import pytest

from benchmarks.quality.sound_onsets import onset_near, rises
from benchmarks.quality.word_times import matched

RATE_HZ = 24_000


def test_the_onset_of_a_burst_of_noise_is_found_to_a_few_milliseconds() -> None:
    samples = np.zeros(RATE_HZ, np.float32)
    samples[12_000:] = np.random.default_rng(0).normal(0, 0.1, 12_000)
    found = onset_near(rises(samples, RATE_HZ), 0.46)
    assert found == pytest.approx(0.5, abs=0.005)


def test_where_nothing_rises_there_is_no_onset() -> None:
    samples = np.random.default_rng(0).normal(0, 0.1, RATE_HZ).astype(np.float32)
    assert onset_near(rises(samples, RATE_HZ), 0.5) is None


def test_words_are_matched_by_their_letters_however_they_are_cut() -> None:
    heard = [("水已", 0.1), ("烧开", 0.5), ("了", 0.9)]
    assert matched(["水", "已", "烧开了。"], heard) == [0.1, None, 0.5]


def test_a_word_that_was_misheard_has_no_time() -> None:
    assert matched(["The", "cat", "sat"], [(" the", 0.0), (" dog", 0.2), (" sat.", 0.6)]) == [0.0, None, 0.6]
