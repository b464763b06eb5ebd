"""Hibari's synthesis, held against the one its authors ship."""

import numpy as np
import pytest
from hibari import dsp as reference

from server.engines.tts.hibari_dsp import HOP_SAMPLES, Spectra, pulse_train, synthesize


class Silence:
    """Stands in for a random generator: no noise, so that both syntheses draw the same."""

    def standard_normal(self, shape: tuple[int, ...], dtype: type = np.float32) -> np.ndarray:
        return np.zeros(shape, dtype)


def spectra(n_frames: int) -> Spectra:
    rng = np.random.default_rng(n_frames)
    bins = (601, n_frames)
    f0_hz = np.where(rng.random(n_frames) > 0.3, rng.uniform(90, 320, n_frames), 0).astype(np.float32)
    log_harmonic, theta, log_noise, log_free, phi = (rng.normal(-3, 1, bins).astype(np.float32) for _ in range(5))
    return Spectra(log_harmonic, theta, log_noise, log_free, phi, f0_hz)


@pytest.mark.parametrize("n_frames", [4, 15, 16, 17, 33, 120])
def test_synthesis_without_noise_equals_the_authors(n_frames: int) -> None:
    x = spectra(n_frames)
    expected = reference.synth(x.log_harmonic, x.theta, x.log_noise, x.log_free, x.phi, x.f0_hz, Silence())
    got = np.concatenate(list(synthesize(x, Silence())))  # type: ignore[arg-type]
    assert got.shape == (n_frames * HOP_SAMPLES,)
    # Near a peak both take a limit, at points that differ by a rounding: single samples may differ, the sound not.
    assert np.sqrt(np.mean((got - expected) ** 2)) < 1e-3 * np.sqrt(np.mean(expected**2))


def test_pulse_train_equals_the_authors() -> None:
    f0_hz = spectra(200).f0_hz
    expected = reference.pulses(f0_hz)
    # Where the phase passes zero both are near a limit, and single precision shows.
    assert np.mean(np.abs(pulse_train(f0_hz) - expected) > 1e-2) < 1e-3


def test_the_same_seed_gives_the_same_sound_and_another_seed_another() -> None:
    x = spectra(40)
    first, again, other = (np.concatenate(list(synthesize(x, np.random.default_rng(seed)))) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_blocks_come_before_the_utterance_is_whole() -> None:
    blocks = synthesize(spectra(160), np.random.default_rng(0))
    assert len(next(blocks)) < 160 * HOP_SAMPLES / 5
