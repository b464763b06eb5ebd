"""What every model of a sound is made of: noise, filters with a memory, envelopes, modes, scattered grains."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.ndimage
import scipy.signal

from server.engines.foley.sound.cue import BLOCK, RATE, Mono, Rng, Stereo

_NYQUIST: Final = RATE / 2
_STEP: Final = 0.02
"""Of a filter's edges, as a natural logarithm."""

Sections = npt.NDArray[np.float64]
"""Of a filter: second-order ones, [n_sections, 6]."""


def noise(rng: Rng, n: int) -> Mono:
    """White, with a standard deviation of 1."""
    white: Mono = rng.standard_normal(n, dtype=np.float32)
    return white


def stereo_noise(rng: Rng, n: int, width: float = 1.0) -> Stereo:
    """White on both sides; `width` 0 is the same on both, 1 has nothing in common."""
    own: Stereo = rng.standard_normal((n, 2), dtype=np.float32)
    if width >= 1:
        return own
    common: Mono = rng.standard_normal((n, 1), dtype=np.float32)
    mixture: Stereo = (np.sqrt(1 - width) * common + np.sqrt(width) * own).astype(np.float32)
    return mixture


def seconds(duration_s: float) -> int:
    """In samples, one at least."""
    return max(1, round(duration_s * RATE))


def decay(n: int, t60_s: float) -> Mono:
    """From 1 down by 60 dB in `t60_s`."""
    falling: Mono = np.exp(np.arange(n, dtype=np.float32) * np.float32(-6.9078 / (t60_s * RATE)))
    return falling


def curve(n: int, points: Sequence[tuple[float, float]]) -> Mono:
    """Straight lines through (time in seconds, value)."""
    times, values = zip(*points, strict=True)
    line: Mono = np.interp(np.arange(n) / RATE, times, values).astype(np.float32)
    return line


def peak_to_one(sound: Mono) -> Mono:
    """Scaled so that its loudest sample is 1."""
    peak = float(np.abs(sound).max(initial=0.0))
    return (sound / peak).astype(np.float32) if peak > 0 else sound


def band(low_hz: float | None, high_hz: float | None, order: int = 2) -> Sections:
    """A Butterworth filter; None leaves that side open. Edges are rounded to 2 %, so that few filters are designed."""
    return _designed(_step(low_hz), _step(high_hz), order)


def _step(hz: float | None) -> int | None:
    return None if hz is None else round(np.log(min(max(hz, 5.0), 0.93 * _NYQUIST)) / _STEP)


@lru_cache(maxsize=2048)
def _designed(low: int | None, high: int | None, order: int) -> Sections:
    if high is not None and low is not None:
        edges = (np.exp(low * _STEP), np.exp(max(high, low + 3) * _STEP))
        sections: Sections = scipy.signal.butter(order, edges, "bandpass", fs=RATE, output="sos")
    elif high is not None:
        sections = scipy.signal.butter(order, np.exp(high * _STEP), "lowpass", fs=RATE, output="sos")
    elif low is not None:
        sections = scipy.signal.butter(order, np.exp(low * _STEP), "highpass", fs=RATE, output="sos")
    else:
        sections = np.array([[1.0, 0, 0, 1, 0, 0]])
    return sections


def resonance(hz: float, q: float) -> Sections:
    """One peak of gain 1 at `hz` (RBJ's band-pass of constant peak gain)."""
    omega = 2 * np.pi * min(hz, 0.95 * _NYQUIST) / RATE
    alpha = np.sin(omega) / (2 * q)
    sections: Sections = np.array([[alpha, 0, -alpha, 1 + alpha, -2 * np.cos(omega), 1 - alpha]]) / (1 + alpha)
    return sections


def filtered(sound: npt.NDArray[np.float32], sections: Sections) -> npt.NDArray[np.float32]:
    """Through a filter that was at rest, along the first axis."""
    out: npt.NDArray[np.float32] = scipy.signal.sosfilt(sections, sound, axis=0).astype(np.float32)
    return out


class Filter:
    """A filter that remembers from block to block, both channels alike."""

    def __init__(self, sections: Sections, channels: int = 2) -> None:
        self._sections = sections
        self._memory = np.zeros((len(sections), 2, channels))

    def __call__(self, block: Stereo) -> Stereo:
        """The next block, [n, channels]."""
        out, self._memory = scipy.signal.sosfilt(self._sections, block, axis=0, zi=self._memory)
        filtered_block: Stereo = out.astype(np.float32)
        return filtered_block


class Drift:
    """A value that wanders smoothly about 1, given block by block: gusts, engines, hands."""

    def __init__(self, rng: Rng, depth: float, period_s: float) -> None:
        self._rng, self._depth = rng, depth
        self._period = seconds(period_s)
        self._from, self._to = self._next(), self._next()
        self._at = 0

    def __call__(self, n: int = BLOCK) -> Mono:
        """The next values, [n], never below 0."""
        pieces: list[Mono] = []
        while n > 0:
            take = min(n, self._period - self._at)
            phase = np.arange(self._at, self._at + take, dtype=np.float32) / self._period
            swing = 0.5 - 0.5 * np.cos(np.float32(np.pi) * phase)
            pieces.append((self._from + (self._to - self._from) * swing).astype(np.float32))
            self._at += take
            n -= take
            if self._at == self._period:
                self._at, self._from, self._to = 0, self._to, self._next()
        return np.concatenate(pieces)

    def _next(self) -> float:
        return max(0.0, 1 + self._depth * float(self._rng.standard_normal()))


class Phase:
    """A phase that runs on from block to block at a frequency that may change with each sample."""

    def __init__(self, rng: Rng) -> None:
        self._turns = float(rng.random())

    def __call__(self, hz: Mono) -> npt.NDArray[np.float64]:
        """In turns, [n], 0..1."""
        turns: npt.NDArray[np.float64] = self._turns + np.cumsum(hz.astype(np.float64)) / RATE
        self._turns = float(turns[-1] % 1)
        return turns % 1


class Scatter:
    """Grains that fall at random times and places, some of them reaching into the next block."""

    def __init__(self, rng: Rng, pool: Sequence[Mono], rate_hz: float, spread_db: float = 8.0) -> None:
        self._rng, self._pool, self._rate_hz, self._spread_db = rng, pool, rate_hz, spread_db
        longest = max(len(grain) for grain in pool)
        self._tail: Stereo = np.zeros((longest, 2), np.float32)

    def __call__(self, intensity: float = 1.0) -> Stereo:
        """The next block, [BLOCK, 2], with `intensity` times the usual number of grains."""
        out = np.zeros((BLOCK + len(self._tail), 2), np.float32)
        out[: len(self._tail)] = self._tail
        count = int(self._rng.poisson(self._rate_hz * intensity * BLOCK / RATE))
        starts = self._rng.integers(0, BLOCK, count)
        which = self._rng.integers(0, len(self._pool), count)
        gains = 10 ** (-np.abs(self._rng.standard_normal(count)) * self._spread_db / 20)
        angles = self._rng.random(count) * (np.pi / 2)
        left, right = gains * np.cos(angles), gains * np.sin(angles)
        for start, index, to_left, to_right in zip(starts, which, left, right, strict=True):
            grain = self._pool[index]
            out[start : start + len(grain), 0] += grain * np.float32(to_left)
            out[start : start + len(grain), 1] += grain * np.float32(to_right)
        self._tail = out[BLOCK:].copy()
        return out[:BLOCK]


def modes(
    hz: npt.NDArray[np.float64], gains: npt.NDArray[np.float64], t60s_s: npt.NDArray[np.float64], max_s: float
) -> Mono:
    """A sum of sines that die away, each from phase 0: what a struck thing sounds like (van den Doel and Pai 1998).

    exp(w(aB + b)) = exp(waB) exp(wb), so that all modes over all samples are one product of two small matrices.
    """
    audible = hz < 0.95 * _NYQUIST
    hz, gains, t60s_s = hz[audible], gains[audible], t60s_s[audible]
    if len(hz) == 0:
        return np.zeros(1, np.float32)
    n = seconds(min(max_s, 1.3 * float(t60s_s.max())))
    side = int(np.ceil(np.sqrt(n)))
    rate = (-6.9078 / t60s_s + 2j * np.pi * hz) / RATE
    coarse = np.exp(np.outer(np.arange(side) * side, rate)) * gains
    fine = np.exp(np.outer(rate, np.arange(side)))
    sound: Mono = (coarse.astype(np.complex64) @ fine.astype(np.complex64)).imag.reshape(-1)[:n].copy()
    fade = min(n, seconds(0.01))
    sound[n - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return sound


def mixed(*parts: tuple[float, float, Mono]) -> Mono:
    """The sum of (time in seconds, gain, sound)."""
    starts = [round(at_s * RATE) for at_s, _, _ in parts]
    out = np.zeros(max(start + len(sound) for start, (_, _, sound) in zip(starts, parts, strict=True)), np.float32)
    for start, (_, gain, sound) in zip(starts, parts, strict=True):
        out[start : start + len(sound)] += np.float32(gain) * sound
    return out


def burst(rng: Rng, low_hz: float, high_hz: float, t60_s: float, attack_s: float = 0.0005) -> Mono:
    """Noise of one band that starts at once and dies away."""
    n = seconds(1.2 * t60_s)
    sound = filtered(noise(rng, n + 480), band(low_hz, high_hz))[480:] * decay(n, t60_s)
    rise = min(n, seconds(attack_s))
    sound[:rise] *= np.linspace(0.1, 1, rise, dtype=np.float32)
    return peak_to_one(sound)


def spread(rng: Rng, value: float, by: float) -> float:
    """`value` times something between 1/(1+by) and 1+by: no two things are alike."""
    return float(value * (1 + by) ** rng.uniform(-1, 1))


def smooth(values: npt.NDArray[np.float32], n: int) -> npt.NDArray[np.float32]:
    """The mean over `n` samples about each."""
    out: npt.NDArray[np.float32] = scipy.ndimage.uniform_filter1d(values, max(1, n), axis=0, mode="nearest")
    return out
