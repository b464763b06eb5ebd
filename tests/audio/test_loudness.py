"""Loudness and true peak against the Recommendation's own numbers, EBU Tech 3341 and ffmpeg's meter."""

import re
from collections.abc import Callable

import numpy as np
import pytest
import scipy.signal

from server.audio.loudness import integrated_loudness_lufs, k_weighted
from server.audio.true_peak import true_peak_db

RATES_HZ = (16_000, 22_050, 24_000, 44_100, 48_000)


def sine(frequency_hz: float, level_db: float, duration_s: float, rate_hz: int, channels: int = 1) -> np.ndarray:
    t = np.arange(round(duration_s * rate_hz)) / rate_hz
    wave = 10 ** (level_db / 20) * np.sin(2 * np.pi * frequency_hz * t)
    return np.repeat(wave[:, np.newaxis], channels, axis=1).astype(np.float32)


def test_at_48_khz_the_filters_are_those_of_the_tables() -> None:
    impulse = np.zeros((2000, 1), np.float32)
    impulse[0] = 1
    shelf = ([1.53512485958697, -2.69169619938640, 1.19839281085285], [1, -1.69065929318241, 0.73248077421585])
    high_pass = ([1, -2, 1], [1, -1.99004745483398, 0.99007225036621])
    response = scipy.signal.lfilter(*high_pass, scipy.signal.lfilter(*shelf, impulse[:, 0].astype(np.float64)))
    np.testing.assert_allclose(k_weighted(impulse, 48_000)[:, 0], response, atol=1e-7)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_full_scale_sine_of_997_hz_reads_minus_3_01_lufs(rate_hz: int) -> None:
    assert integrated_loudness_lufs(sine(997, 0, 3, rate_hz), rate_hz) == pytest.approx(-3.01, abs=0.03)


@pytest.mark.parametrize(
    ("parts", "expected_lufs"),
    [
        ([(-23, 20)], -23.0),  # EBU Tech 3341, case 1
        ([(-33, 20)], -33.0),  # case 2
        ([(-36, 10), (-23, 60), (-36, 10)], -23.0),  # case 3: the relative gate
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),  # case 4: the absolute gate as well
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),  # case 5
    ],
)
def test_the_meter_passes_ebu_tech_3341(parts: list[tuple[float, float]], expected_lufs: float) -> None:
    sound = np.concatenate([sine(1000, level_db, duration_s, 48_000, channels=2) for level_db, duration_s in parts])
    assert integrated_loudness_lufs(sound, 48_000) == pytest.approx(expected_lufs, abs=0.1)


@pytest.mark.parametrize("sound", [np.zeros((48_000, 1)), np.zeros((0, 1)), np.ones((19_199, 1))])
def test_silence_and_what_is_shorter_than_a_block_have_no_loudness(sound: np.ndarray) -> None:
    assert integrated_loudness_lufs(sound.astype(np.float32), 48_000) == -np.inf


@pytest.mark.media
@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("channels", [1, 2])
def test_ffmpeg_measures_the_same(rate_hz: int, channels: int, like_speech: Callable, ffmpeg: Callable) -> None:
    sound = like_speech(rate_hz * 6, channels, rate_hz)
    sound[rate_hz * 2 : rate_hz * 4] *= 0.05  # work for the gate
    raw = ("-f", "f32le", "-ar", str(rate_hz), "-ac", str(channels), "-i", "-")
    report = ffmpeg(
        sound.tobytes(), *raw, "-af", "ebur128=peak=true", "-f", "null", "-", loglevel="info"
    ).stderr.decode()
    loudness_lufs, peak_db = (float(re.findall(rf"{name}:\s+(-?[\d.]+)", report)[-1]) for name in ("I", "Peak"))
    assert integrated_loudness_lufs(sound, rate_hz) == pytest.approx(loudness_lufs, abs=0.1)
    assert true_peak_db(sound) == pytest.approx(peak_db, abs=0.15)
