"""The peak between the samples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.audio.true_peak import REACH_SAMPLES, high_true_peaks, sliding_true_peaks, true_peak_db


@pytest.mark.parametrize("cycles_per_sample", [1 / 100, 1 / 8, 1 / 5, 1 / 4, 0.4])
def test_the_peak_of_a_sine_is_found_wherever_the_samples_fall(cycles_per_sample: float) -> None:
    for phase in np.linspace(0, np.pi, 9):
        sine = np.sin(2 * np.pi * cycles_per_sample * np.arange(400) + phase)
        # 4x oversampling may miss a peak by this much (BS.1770-5, Annex 2, attachment 1), the interpolator by .05 dB.
        missed_db = -20 * np.log10(np.cos(np.pi * cycles_per_sample / 4))
        peak_db = 20 * np.log10(sliding_true_peaks(sine[:, np.newaxis].astype(np.float32)).max())
        assert -missed_db - 0.06 <= peak_db <= 0.06


def test_samples_that_hide_a_peak_of_3_db_do_not() -> None:
    hidden = np.sin(np.pi / 4 + np.pi / 2 * np.arange(200)) * np.hanning(200)
    assert 20 * np.log10(np.abs(hidden).max()) == pytest.approx(-3.01, abs=0.01)
    assert true_peak_db(hidden[:, np.newaxis].astype(np.float32)) == pytest.approx(0, abs=0.05)


def test_peaks_belong_to_their_samples_and_to_the_louder_channel() -> None:
    sound = np.zeros((50, 2), np.float32)
    sound[20, 0], sound[30, 1] = 0.5, -0.9
    peaks = sliding_true_peaks(sound)
    first = REACH_SAMPLES - 1
    assert len(peaks) == 50 - 2 * REACH_SAMPLES + 1
    assert peaks[20 - first] == np.float32(0.5)
    assert peaks[30 - first] == np.float32(0.9)


@pytest.mark.parametrize("n_samples", [0, 1, 100])
def test_silence_has_no_peak(n_samples: int) -> None:
    assert true_peak_db(np.zeros((n_samples, 1), np.float32)) == -np.inf


@given(
    shape=st.tuples(st.integers(0, 300), st.integers(1, 2)),
    loud=st.lists(st.tuples(st.integers(0, 299), st.floats(-4, 4, width=32)), max_size=6),
    floor=st.sampled_from([0.1, 0.5, 10 ** (-1 / 20), 2.0]),
    seed=st.integers(0, 99),
)
def test_peaks_that_reach_a_floor_are_found_to_the_bit_and_all_others_are_below_it(
    shape: tuple[int, int], loud: list[tuple[int, float]], floor: float, seed: int
) -> None:
    n_samples, channels = shape
    sound = np.random.default_rng(seed).normal(0, 0.05, (n_samples + 2 * REACH_SAMPLES - 1, channels))
    sound = sound.astype(np.float32)
    for place, level in loud:
        if place < len(sound):
            sound[place] = level
    peaks, high = sliding_true_peaks(sound), high_true_peaks(sound, floor)
    assert high.shape == peaks.shape
    found = high > 0
    assert np.array_equal(high[found], peaks[found])
    assert (peaks[~found] < floor).all()


def test_what_is_not_a_number_hides_no_peak_beside_it() -> None:
    sound = np.zeros((200, 1), np.float32)
    sound[100], sound[120] = np.nan, 3.0
    assert np.nanmax(high_true_peaks(sound, 0.9)) == np.float32(3.0)
