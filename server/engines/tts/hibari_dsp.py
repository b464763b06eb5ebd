"""Hibari's host-side synthesis: the spectra its network predicts become sound, a few frames at a time.

Per frame of 12.5 ms the network gives five spectra of 601 bins and F0. The sound is the inverse STFT (n_fft 1200,
hop 300, periodic Hann, 24 kHz) of

    S = exp(lh) e^(i pi tanh theta) STFT(pulses(f0)) + exp(ln) Z + exp(lr) e^(i phi)

where Z is complex Gaussian noise: a pulse train shaped by the harmonic branch, shaped noise, and a branch of free
phase (as hibari-tts 0.2.1 describes its model). Noise is drawn frame by frame, so that the first frames sound the same
however many follow.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import fft

Floats = npt.NDArray[np.float32]

SAMPLE_RATE_HZ = 24_000
HOP_SAMPLES = 300
FFT_SAMPLES = 1200
BINS = FFT_SAMPLES // 2 + 1
OVERLAP = FFT_SAMPLES // HOP_SAMPLES
BLOCK_FRAMES = 16
"""Frames made at a time: 200 ms of sound."""
_VOICED_HZ = 40.0
"""F0 below it means unvoiced."""
_HIGHEST_HARMONIC_HZ = 11_000.0
_WINDOW = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT_SAMPLES) / FFT_SAMPLES)).astype(np.float32)
_ANALYSIS_WINDOW = (_WINDOW / (FFT_SAMPLES / 4)).astype(np.float32)
"""Scaled so that a cosine of amplitude 1 peaks at 1: exp(lh) is then the harmonic's magnitude."""


@dataclass(frozen=True, slots=True)
class Spectra:
    """What the network predicts for one utterance of n_frames."""

    log_harmonic: Floats
    """`lh` [601, n_frames]"""
    theta: Floats
    """Phase of the harmonic branch before tanh [601, n_frames]"""
    log_noise: Floats
    """`ln` [601, n_frames]"""
    log_free: Floats
    """`lr` [601, n_frames]"""
    phi: Floats
    """Phase of the free branch, radians [601, n_frames]"""
    f0_hz: Floats
    """[n_frames]; below 40 where unvoiced"""

    def louder(self, nepers: Floats) -> "Spectra":
        """The same with all its branches so much louder, [n_frames]."""
        return replace(
            self,
            log_harmonic=self.log_harmonic + nepers,
            log_noise=self.log_noise + nepers,
            log_free=self.log_free + nepers,
        )


def pulse_train(f0_hz: Floats) -> Floats:
    """Make a band-limited pulse train, shape [n_frames * 300], from F0 per frame.

    All harmonics up to 11 kHz have amplitude 1; their sum is the Dirichlet kernel in closed form,
    sum_{h=1..H} cos(h t) = sin((H + 1/2) t) / (2 sin(t / 2)) - 1/2, which tends to H at t = 0.
    """
    n_frames = len(f0_hz)
    frame_of_sample = (np.arange(n_frames * HOP_SAMPLES) + 0.5) / HOP_SAMPLES - 0.5
    f0 = np.interp(frame_of_sample, np.arange(n_frames), f0_hz).astype(np.float32)
    voiced = f0 > _VOICED_HZ
    f0 = np.maximum(f0, np.float32(_VOICED_HZ))
    # The phase grows without bound: it is summed in double precision and wrapped before it is made single.
    cycles = np.cumsum(f0, dtype=np.float64) / SAMPLE_RATE_HZ
    phase = (2 * np.pi * (cycles - np.floor(cycles))).astype(np.float32)
    harmonics = np.floor(np.float32(_HIGHEST_HARMONIC_HZ) / f0)
    denominator = 2 * np.sin(phase / 2)
    near_zero = np.abs(denominator) <= 2e-3
    kernel = np.sin((harmonics + np.float32(0.5)) * phase) / np.where(near_zero, np.float32(1), denominator)
    pulses = np.where(near_zero, harmonics, kernel - np.float32(0.5))
    return np.where(voiced, pulses, np.float32(0)).astype(np.float32)


def _magnitude(log_magnitude: Floats) -> Floats:
    """Undo the logarithm; bounded, so that a wild prediction cannot become infinite."""
    return np.exp(np.minimum(log_magnitude, np.float32(7)))


def _polar(magnitude: Floats, angle: Floats) -> npt.NDArray[np.complex64]:
    out = np.empty(angle.shape, np.complex64)
    np.multiply(magnitude, np.cos(angle), out=out.real)
    np.multiply(magnitude, np.sin(angle), out=out.imag)
    return out


def _window_sum(first_hop: int, n_hops: int, n_frames: int) -> Floats:
    """Sum of squared windows over each sample of the hops [first_hop, first_hop + n_hops), shape [n_hops, 300].

    Constant inside; smaller where fewer than four frames overlap, at both ends.
    """
    squared = (_WINDOW * _WINDOW).reshape(OVERLAP, HOP_SAMPLES)
    total = np.zeros((n_hops, HOP_SAMPLES), np.float32)
    hops = np.arange(first_hop, first_hop + n_hops)
    for part in range(OVERLAP):
        frame = hops - part
        total[(frame >= 0) & (frame < n_frames)] += squared[part]
    return np.maximum(total, np.float32(1e-11))


def synthesize(spectra: Spectra, noise: np.random.Generator) -> Iterator[Floats]:
    """Yield the sound in blocks, float32 [n_samples]; n_frames * 300 samples in all.

    Frame k covers samples [300 k - 600, 300 k + 600) of the output, so what four frames have touched is final.
    """
    n_frames = spectra.f0_hz.shape[0]
    half = FFT_SAMPLES // 2
    padded = np.pad(pulse_train(spectra.f0_hz), half, mode="reflect")
    source = np.lib.stride_tricks.sliding_window_view(padded, FFT_SAMPLES)[::HOP_SAMPLES]
    pending = np.zeros((OVERLAP - 1, HOP_SAMPLES), np.float32)
    lead_in = half
    remaining = n_frames * HOP_SAMPLES
    for begin in range(0, n_frames, BLOCK_FRAMES):
        end = min(begin + BLOCK_FRAMES, n_frames)
        count = end - begin
        part = slice(begin, end)
        angle = np.tanh(spectra.theta[:, part].T) * np.float32(np.pi)
        spectrum = fft.rfft(source[part] * _ANALYSIS_WINDOW, axis=1)
        spectrum *= _polar(_magnitude(spectra.log_harmonic[:, part].T), angle)
        gaussian = noise.standard_normal((count, 2 * BINS), dtype=np.float32).view(np.complex64)
        spectrum += gaussian * _magnitude(spectra.log_noise[:, part].T)
        spectrum += _polar(_magnitude(spectra.log_free[:, part].T), spectra.phi[:, part].T)
        frames = (fft.irfft(spectrum, n=FFT_SAMPLES, axis=1) * _WINDOW).reshape(count, OVERLAP, HOP_SAMPLES)
        hops = np.zeros((count + OVERLAP - 1, HOP_SAMPLES), np.float32)
        hops[: OVERLAP - 1] = pending
        for shift in range(OVERLAP):
            hops[shift : shift + count] += frames[:, shift]
        is_last = end == n_frames
        final = len(hops) if is_last else count
        pending = hops[count:].copy()
        hops[:final] /= _window_sum(begin, final, n_frames)
        sound = hops[:final].reshape(-1)[lead_in:]
        lead_in = max(0, lead_in - final * HOP_SAMPLES)
        sound = sound[:remaining]
        remaining -= len(sound)
        if len(sound):
            yield sound
