"""The limiter: invisible below the ceiling, under the ceiling above it, the same bits for every cut."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.audio.limiter import LimiterSettings, LimiterStream
from server.audio.true_peak import true_peak_db

RATE_HZ = 24_000


def limited(
    samples: np.ndarray, sizes: list[int], cut: Callable, settings: LimiterSettings | None = None
) -> np.ndarray:
    stream = LimiterStream(RATE_HZ, samples.shape[1], settings)
    return np.concatenate([*(stream.process(block) for block in cut(samples, sizes)), stream.flush()])


def bursts(n_samples: int, channels: int, seed: int, peak: float) -> np.ndarray:
    """Noise in bursts, low-passed to what speech holds, so that loud and soft stretches follow each other."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((n_samples + 8, channels))
    smooth = np.mean([noise[offset : offset + n_samples] for offset in range(8)], axis=0)
    envelope = np.repeat(rng.uniform(0, 1, (n_samples // 300 + 1, 1)) ** 3, 300, axis=0)[:n_samples]
    sound = smooth * envelope
    return (sound * peak / max(np.abs(sound).max(initial=0), 1e-9)).astype(np.float32)


SIZES = st.lists(st.integers(0, 1500), min_size=1, max_size=8).filter(any)


@given(sizes=SIZES, n_samples=st.integers(0, 6000), channels=st.sampled_from([1, 2]), peak=st.floats(0.1, 4))
def test_any_cut_gives_the_same_bits_and_the_same_length(
    sizes: list[int], n_samples: int, channels: int, peak: float, cut: Callable
) -> None:
    sound = bursts(n_samples, channels, n_samples, peak)
    result = limited(sound, sizes, cut)
    assert result.dtype == np.float32
    assert result.shape == sound.shape
    np.testing.assert_array_equal(result, limited(sound, [max(1, n_samples)], cut))


@given(sizes=SIZES, n_samples=st.integers(1, 6000), channels=st.sampled_from([1, 2]))
def test_what_stays_under_the_ceiling_passes_bit_for_bit(
    sizes: list[int], n_samples: int, channels: int, cut: Callable
) -> None:
    sound = bursts(n_samples, channels, n_samples, 1.0)
    sound *= np.float32(10 ** ((-1.01 - true_peak_db(sound)) / 20))
    np.testing.assert_array_equal(limited(sound, sizes, cut), sound)


@given(n_samples=st.integers(500, 6000), channels=st.sampled_from([1, 2]), over_db=st.floats(0, 12))
def test_the_true_peak_of_what_comes_out_is_under_the_ceiling(
    n_samples: int, channels: int, over_db: float, cut: Callable
) -> None:
    sound = bursts(n_samples, channels, n_samples, 10 ** ((over_db - 1) / 20))
    result = limited(sound, [2400], cut)
    assert true_peak_db(result) <= -1 + 0.02
    assert np.abs(result).max() <= np.float32(10 ** (-1 / 20)) * (1 + 1e-6)


def test_a_peak_is_turned_down_in_its_place_and_all_far_from_it_is_left_alone(cut: Callable) -> None:
    sound = bursts(30_000, 1, seed=1, peak=0.3)
    sound[10_000] = 1.5
    result = limited(sound, [777], cut)
    stream = LimiterStream(RATE_HZ, 1)
    reach = stream.look_ahead_samples
    assert result[10_000, 0] == pytest.approx(10 ** (-1 / 20), abs=1e-4)
    np.testing.assert_array_equal(result[: 10_000 - reach], sound[: 10_000 - reach])
    released = 10_000 + reach + round(0.5 * RATE_HZ * (1 - 10 ** (-1 / 20) / 1.5))
    np.testing.assert_array_equal(result[released:], sound[released:])


def test_the_gain_moves_gently_and_never_lifts(cut: Callable) -> None:
    sound = np.full((5000, 1), 0.25, np.float32)
    sound[2000] = 2.0
    gain = np.delete(limited(sound, [100], cut)[:, 0] / np.float32(0.25), 2000)
    assert gain.max() == 1.0
    assert np.diff(gain).min() > -1 / 100  # down within 5 ms, 120 samples
    assert np.diff(gain).max() < 1 / 10_000  # up at 1.0 in half a second


def test_both_channels_get_one_gain(cut: Callable) -> None:
    left = bursts(6000, 1, seed=3, peak=2.0)
    result = limited(np.hstack((left, left * np.float32(0.125))), [500], cut)
    np.testing.assert_array_equal(result[:, 0] * np.float32(0.125), result[:, 1])


def test_another_ceiling_is_kept(cut: Callable) -> None:
    result = limited(bursts(6000, 1, seed=5, peak=1.0), [500], cut, LimiterSettings(ceiling_db=-6.0))
    assert true_peak_db(result) == pytest.approx(-6.0, abs=0.02)


def test_a_sample_that_is_no_number_stays_alone(cut: Callable) -> None:
    sound = bursts(3000, 1, seed=2, peak=0.5)
    sound[1500] = np.nan
    result = limited(sound, [100], cut)
    assert np.flatnonzero(np.isnan(result[:, 0])).tolist() == [1500]
    np.testing.assert_array_equal(result, sound)


@pytest.mark.media
def test_ffmpeg_finds_the_true_peak_under_the_ceiling_too(
    cut: Callable, like_speech: Callable, ffmpeg: Callable
) -> None:
    result = limited(like_speech(RATE_HZ * 4, 1, RATE_HZ) * np.float32(2.5), [2400], cut)
    raw = ("-f", "f32le", "-ar", str(RATE_HZ), "-ac", "1", "-i", "-")
    report = ffmpeg(
        result.tobytes(), *raw, "-af", "ebur128=peak=true", "-f", "null", "-", loglevel="info"
    ).stderr.decode()
    assert float(report.rsplit("Peak:", 1)[1].split()[0]) <= -0.9
