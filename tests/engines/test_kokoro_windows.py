"""Windows cover a clause, the phase between columns depends on its place alone, and phonemes tell their times."""

import itertools

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from server.engines.tts.kokoro_generator import SAMPLES_PER_COLUMN, interpolated
from server.engines.tts.kokoro_streaming import FRAME_SAMPLES, phoneme_times, sounding, windows
from server.engines.tts.phoneme_time import KOKORO_LAG_SAMPLES


@given(st.integers(0, 50), st.integers(1, 700))
def test_windows_cover_all_frames_once_and_in_order(start: int, n_frames: int) -> None:
    found = list(windows(start, start + n_frames))
    assert found[0][0] == start
    assert found[-1][1] == start + n_frames
    assert all(before[1] == after[0] for before, after in itertools.pairwise(found))


@given(st.integers(1, 700))
def test_no_window_is_very_short_nor_very_long(n_frames: int) -> None:
    lengths = [end - start for start, end in windows(0, n_frames)]
    assert max(lengths) < 40
    assert min(lengths) >= min(8, n_frames)


def test_nothing_has_no_windows() -> None:
    assert list(windows(5, 5)) == []


@given(st.integers(1, 60), st.data())
def test_the_phase_of_a_stretch_is_that_stretch_of_the_phase(n_columns: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, n_columns))
    end = data.draw(st.integers(start, n_columns))
    rising = np.cumsum(np.random.default_rng(n_columns).uniform(0, 500, (1, 9, n_columns)), axis=2).astype(np.float32)
    whole = interpolated(rising, 0, n_columns)
    part = interpolated(rising, start, end)
    np.testing.assert_array_equal(part, whole[:, :, SAMPLES_PER_COLUMN * start : SAMPLES_PER_COLUMN * end])


def test_the_phase_runs_straight_from_the_middle_of_a_column_to_the_next() -> None:
    phase = np.broadcast_to(np.array([0.0, 3.0, 3.0], np.float32), (1, 9, 3))
    angle = interpolated(phase, 0, 3)
    np.testing.assert_allclose(
        angle[:, :, 150:450], np.broadcast_to((np.arange(300) + 0.5) / 100, (1, 9, 300)), atol=1e-5
    )
    np.testing.assert_array_equal(angle[:, :, :150], 0)
    np.testing.assert_allclose(angle[:, :, 450:], 3, atol=1e-5)


def test_phonemes_follow_each_other_from_the_first_sample_that_is_given() -> None:
    times = phoneme_times("ab.", np.cumsum([14, 3, 2, 5, 20]), 10)
    assert [time.phoneme for time in times] == ["a", "b", "."]
    assert times[0].start_sample == 4 * FRAME_SAMPLES - KOKORO_LAG_SAMPLES
    assert [time.n_samples for time in times] == [3 * FRAME_SAMPLES, 2 * FRAME_SAMPLES, 5 * FRAME_SAMPLES]
    assert times[1].start_sample == times[0].start_sample + times[0].n_samples


def energy(n_frames: int, *loud_columns: int) -> npt.NDArray[np.float32]:
    made = np.full((1, 2 * n_frames), -9.4, np.float32)
    made[0, list(loud_columns)] = 4.0
    return made


def test_what_sounds_is_made_with_a_little_silence_around_it() -> None:
    assert sounding(energy(50, 25, 26, 61)) == (10, 34)


def test_speech_at_the_ends_leaves_nothing_out() -> None:
    assert sounding(energy(50, 0, 99)) == (0, 50)


def test_a_clause_that_is_quiet_throughout_is_all_made() -> None:
    assert sounding(energy(50)) == (0, 50)
