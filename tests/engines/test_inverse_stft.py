"""Spectra become the same sound however they are cut, and the sound that numpy's Fourier transform makes of them."""

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.engines.tts.inverse_stft import BINS, HOP_SAMPLES, SIZE_SAMPLES, InverseStft

Floats = npt.NDArray[np.float32]
N_SPECTRA = 121


def spectra(n_spectra: int = N_SPECTRA) -> Floats:
    draw = np.random.default_rng(5)
    return draw.normal(size=(2 * BINS, n_spectra)).astype(np.float32)


def whole(values: Floats) -> Floats:
    return InverseStft(starts=True).push(values, ends=True)


@given(st.lists(st.integers(0, N_SPECTRA), max_size=8))
def test_streaming_equals_whole_for_any_cuts(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), N_SPECTRA]
    stream = InverseStft(starts=True)
    pieces = [
        stream.push(spectra()[:, start:end], ends=number == len(places) - 2)
        for number, (start, end) in enumerate(itertools.pairwise(places))
    ]
    np.testing.assert_allclose(np.concatenate(pieces), whole(spectra()), atol=1e-6)


def test_the_sound_has_a_hop_for_each_spectrum_after_the_first() -> None:
    assert len(whole(spectra())) == HOP_SAMPLES * (N_SPECTRA - 1)


def test_a_stretch_is_the_whole_after_a_silent_hop() -> None:
    stream = InverseStft(starts=False)
    stretch = np.concatenate([stream.push(spectra()[:, 40:41]), stream.push(spectra()[:, 41:], ends=True)])
    np.testing.assert_array_equal(stretch[:HOP_SAMPLES], 0)
    np.testing.assert_allclose(stretch[HOP_SAMPLES:], whole(spectra())[HOP_SAMPLES * 41 :], atol=1e-6)


def test_the_sound_is_the_sum_of_windowed_inverse_transforms() -> None:
    values = spectra()
    magnitude, phase = np.exp(values[:BINS]), np.sin(values[BINS:])
    segments = np.fft.irfft(magnitude * np.exp(1j * phase), SIZE_SAMPLES, axis=0)
    window = np.hanning(SIZE_SAMPLES + 1)[:-1, np.newaxis]
    sound = np.zeros(HOP_SAMPLES * (N_SPECTRA - 1) + SIZE_SAMPLES)
    for number, segment in enumerate((segments * window).T):
        sound[HOP_SAMPLES * number :][:SIZE_SAMPLES] += segment
    half = SIZE_SAMPLES // 2
    np.testing.assert_allclose(whole(values), sound[half:-half], atol=1e-5)


@pytest.mark.parametrize("starts", [True, False])
def test_nothing_comes_of_nothing(starts: bool) -> None:
    assert InverseStft(starts=starts).push(spectra(0)).size == 0
