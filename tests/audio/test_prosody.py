"""Prosody is changed by factors, and only where there is a voice."""

import numpy as np
import pytest

from server.audio.prosody import Prosody, acted_f0, energy_curve

F0 = np.array([[0, 0, 100, 200, 400, 3, 200]], np.float32)
VOICED = F0 > 10


def test_all_factors_of_one_change_nothing() -> None:
    np.testing.assert_array_equal(acted_f0(F0, Prosody()), F0)
    np.testing.assert_array_equal(energy_curve(7, Prosody()), np.ones(7, np.float32))


def test_pitch_and_energy_are_multiplied() -> None:
    prosody = Prosody(pitch=1.2, energy=0.9)
    np.testing.assert_allclose(acted_f0(F0, prosody)[VOICED], 1.2 * F0[VOICED], rtol=1e-5)
    np.testing.assert_allclose(energy_curve(7, prosody), np.full(7, 0.9), rtol=1e-6)


@pytest.mark.parametrize("factor", [0.4, 1.5])
def test_the_range_is_stretched_around_the_mean_in_octaves(factor: float) -> None:
    before, after = (np.log2(f0[VOICED]) for f0 in (F0, acted_f0(F0, Prosody(pitch_range=factor))))
    assert after.mean() == pytest.approx(before.mean(), abs=1e-5)
    assert after.std() == pytest.approx(factor * before.std(), rel=1e-4)


def test_what_is_not_voiced_stays() -> None:
    np.testing.assert_array_equal(acted_f0(F0, Prosody(pitch=2.0, pitch_range=2.0))[~VOICED], F0[~VOICED])
    silent = np.full((1, 6), 4.0, np.float32)
    np.testing.assert_array_equal(acted_f0(silent, Prosody(pitch_range=2.0)), silent)


def test_the_mean_may_be_set_and_shifted() -> None:
    set_to = np.log2(acted_f0(F0, Prosody(middle_hz=180.0))[VOICED]).mean()
    assert 2**set_to == pytest.approx(180, rel=1e-4)
    before = np.log2(F0[VOICED]).mean()
    shifted = np.log2(acted_f0(F0, Prosody(shift_hz=20.0))[VOICED]).mean()
    assert 2**shifted == pytest.approx(2**before + 20, rel=1e-4)
