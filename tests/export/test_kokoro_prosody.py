"""Prosody is changed by factors, and only where there is a voice."""

import numpy as np
import pytest

from server.audio.prosody import Prosody

F0 = np.array([[0, 0, 100, 200, 400, 3, 200]], np.float32)
ENERGY = np.array([[-9, -9, 1, 2, 3, -8, 0]], np.float32)
VOICED = F0 > 10


def test_all_factors_of_one_change_nothing() -> None:
    f0, energy = Prosody().of(F0, ENERGY)
    np.testing.assert_array_equal(f0, F0)
    np.testing.assert_array_equal(energy, ENERGY)


def test_pitch_and_energy_are_multiplied() -> None:
    f0, energy = Prosody(pitch=1.2, energy=0.9).of(F0, ENERGY)
    np.testing.assert_allclose(f0, 1.2 * F0, rtol=1e-6)
    np.testing.assert_allclose(energy, 0.9 * ENERGY, rtol=1e-6)


@pytest.mark.parametrize("factor", [0.4, 1.5])
def test_the_range_is_stretched_around_the_mean_in_octaves(factor: float) -> None:
    before, after = (np.log2(f0[VOICED]) for f0 in (F0, Prosody(pitch_range=factor).of(F0, ENERGY)[0]))
    assert after.mean() == pytest.approx(before.mean(), abs=1e-5)
    assert after.std() == pytest.approx(factor * before.std(), rel=1e-4)


def test_the_range_of_what_is_not_voiced_stays() -> None:
    f0 = Prosody(pitch_range=2.0).of(F0, ENERGY)[0]
    np.testing.assert_array_equal(f0[~VOICED], F0[~VOICED])
    silent = np.full((1, 6), 4.0, np.float32)
    np.testing.assert_array_equal(Prosody(pitch_range=2.0).of(silent, silent)[0], silent)
