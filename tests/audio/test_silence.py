"""Silence around a clause goes, speech stays, whatever the blocks."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.audio.silence import trim_silence

RATE_HZ = 24_000
FRAME_MS = 5
FADE_SAMPLES = 72


def tone(duration_ms: int, level_db: float) -> np.ndarray:
    """A sine of 500 Hz, whose every 5 ms frame peaks at just the level."""
    t = np.arange(duration_ms * RATE_HZ // 1000) / RATE_HZ
    return (10 ** (level_db / 20) * np.sin(2 * np.pi * 500 * t)).astype(np.float32)


def noise(duration_ms: int, level_db: float) -> np.ndarray:
    """Noise that peaks at about the level in every frame."""
    return np.random.default_rng(duration_ms).choice([-1, 1], duration_ms * RATE_HZ // 1000).astype(np.float32) * (
        np.float32(10 ** (level_db / 20))
    )


def trimmed(sound: np.ndarray, sizes: list[int], cut: Callable) -> np.ndarray:
    return np.concatenate([sound[:0], *trim_silence(cut(sound, sizes), RATE_HZ)])


def place(piece: np.ndarray, sound: np.ndarray) -> tuple[float, float]:
    """Where a piece starts and ends in the sound, in ms, by what lies between its fades."""
    inside = piece[FADE_SAMPLES:-FADE_SAMPLES]
    starts = np.flatnonzero(np.convolve(sound, inside[:200][::-1], "valid") >= np.sum(inside[:200] ** 2) * 0.999)
    starts = [start for start in starts if np.array_equal(sound[start : start + len(inside)], inside)]
    assert len(starts) == 1
    start = starts[0] - FADE_SAMPLES
    return start * 1000 / RATE_HZ, (start + len(piece)) * 1000 / RATE_HZ


def clause(before_ms: int = 350, after_ms: int = 500) -> np.ndarray:
    """Near silence, a word, a pause of 200 ms, another word, near silence: no stretch of it repeats."""
    rng = np.random.default_rng(5)
    word = tone(300, -10) * rng.uniform(0.5, 1, 7200).astype(np.float32)
    return np.concatenate((noise(before_ms, -70), word, noise(200, -65), word[::-1], noise(after_ms, -63)))


@given(sizes=st.lists(st.integers(0, 5000), min_size=1, max_size=8).filter(any), channels=st.sampled_from([None, 1, 2]))
def test_any_cut_gives_the_same_bits(sizes: list[int], channels: int | None, cut: Callable) -> None:
    sound = clause()
    if channels is not None:
        sound = np.repeat(sound[:, np.newaxis], channels, axis=1)
    np.testing.assert_array_equal(trimmed(sound, sizes, cut), trimmed(sound, [len(sound)], cut))


def test_a_lead_of_20_ms_and_a_tail_of_40_ms_are_kept_around_speech(cut: Callable) -> None:
    assert place(trimmed(clause(), [2400], cut), clause()) == pytest.approx((330, 350 + 800 + 40), abs=FRAME_MS)


def test_between_the_fades_nothing_is_changed(cut: Callable) -> None:
    sound = clause(before_ms=300, after_ms=400)
    result = trimmed(sound, [600], cut)
    start = round(place(result, sound)[0] * RATE_HZ / 1000)
    kept = sound[start : start + len(result)]
    inside = slice(FADE_SAMPLES, -FADE_SAMPLES)
    np.testing.assert_array_equal(result[inside], kept[inside])
    assert np.all(np.abs(result) <= np.abs(kept))


@pytest.mark.parametrize("level_db", [-54, -50, -45])
@pytest.mark.parametrize("onset_ms", [40, 120, 200])
def test_a_soft_onset_is_kept_with_the_word_it_leads_to(level_db: float, onset_ms: int, cut: Callable) -> None:
    sound = np.concatenate((noise(300, -72), noise(onset_ms, level_db), clause(before_ms=0)))
    assert place(trimmed(sound, [2400], cut), sound)[0] == pytest.approx(280, abs=FRAME_MS)


def test_a_gap_of_20_ms_after_a_soft_onset_does_not_cut_it_off(cut: Callable) -> None:
    sound = np.concatenate((noise(300, -72), noise(50, -50), noise(20, -70), clause(before_ms=0)))
    assert place(trimmed(sound, [2400], cut), sound)[0] == pytest.approx(280, abs=FRAME_MS)


def test_a_short_soft_bump_far_from_speech_is_silence(cut: Callable) -> None:
    bump = noise(30, -50)
    sound = np.concatenate((noise(100, -72), bump, noise(199, -71), clause(0, 201), bump, noise(300, -66)))
    assert place(trimmed(sound, [2400], cut), sound) == pytest.approx((309, 329 + 800 + 40), abs=FRAME_MS)


def test_a_soft_sound_that_lasts_is_speech_by_itself(cut: Callable) -> None:
    sound = np.concatenate((noise(200, -72), noise(150, -50), noise(400, -72)))
    assert place(trimmed(sound, [2400], cut), sound) == pytest.approx((180, 390), abs=FRAME_MS)


def test_a_decay_is_kept_to_where_it_is_no_longer_heard(cut: Callable) -> None:
    decay = tone(200, 0) * np.logspace(-0.5, -3.5, 4800).astype(np.float32)  # -10 to -70 dB
    sound = np.concatenate((noise(100, -72), decay, noise(300, -72)))
    end_of_speech_ms = 100 + 200 * (56 - 10) / 60
    assert place(trimmed(sound, [2400], cut), sound)[1] == pytest.approx(end_of_speech_ms + 40, abs=2 * FRAME_MS)


def test_a_long_pause_inside_the_clause_stays(cut: Callable) -> None:
    sound = np.concatenate((clause(300, 0), noise(900, -70), tone(301, -12), noise(300, -70)))
    result = trimmed(sound, [2400], cut)
    assert len(result) == pytest.approx((20 + 800 + 900 + 301 + 40) * RATE_HZ / 1000, abs=2 * FRAME_MS * RATE_HZ / 1000)


def test_the_ends_are_faded_even_where_nothing_was_cut(cut: Callable) -> None:
    result = trimmed(np.full(RATE_HZ, 0.5, np.float32), [1000], cut)
    assert len(result) == RATE_HZ
    assert abs(result[0]) < 0.001
    assert abs(result[-1]) < 0.001
    assert np.all(np.diff(result[:FADE_SAMPLES]) > 0)
    assert np.all(result[FADE_SAMPLES:-FADE_SAMPLES] == 0.5)
    assert np.abs(np.diff(result)).max() < 0.02


@pytest.mark.parametrize("sound", [np.zeros(0), np.zeros(RATE_HZ), noise(2000, -60), np.full(50, 0.5)])
def test_a_clause_without_speech_yields_nothing(sound: np.ndarray, cut: Callable) -> None:
    assert list(trim_silence(cut(sound.astype(np.float32), [480]), RATE_HZ)) == []


def test_speech_goes_on_as_it_comes_and_only_silence_is_held_back() -> None:
    sound = clause()
    taken = 0

    def blocks() -> Iterator[np.ndarray]:
        nonlocal taken
        for start in range(0, len(sound), 120):
            taken = start + 120
            yield sound[start : start + 120]

    given_ms = 0.0
    for ready in trim_silence(blocks(), RATE_HZ):
        given_ms += len(ready) * 1000 / RATE_HZ
        taken_ms = taken * 1000 / RATE_HZ
        if 350 < taken_ms <= 650 or 850 < taken_ms <= 1150:  # inside a word
            assert taken_ms - (330 + given_ms) <= 15
    assert given_ms == pytest.approx(20 + 800 + 40, abs=FRAME_MS)


def test_silence_before_speech_is_not_collected() -> None:
    def blocks() -> Iterator[np.ndarray]:
        for _ in range(200):
            yield np.zeros(2400, np.float32)
        yield clause(before_ms=0)

    (first, *_) = trim_silence(blocks(), RATE_HZ)
    assert len(first) < RATE_HZ
