"""Rain, wind, sea and fire: noise in bands that swell, and grains that fall on it."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from server.engines.foley.sound.cue import BLOCK, RATE, Cue, Rng, Stereo
from server.engines.foley.sound.dsp import Drift, Filter, Scatter, band, burst, stereo_noise
from server.engines.foley.sound.water import bubble


def rain(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """Far drops are a hiss, near ones are heard one by one."""
    ticks = [burst(rng, float(rng.uniform(1200, 4000)), 14000, float(rng.uniform(0.003, 0.012))) for _ in range(20)]
    drops = Scatter(rng, ticks, 420, 12)
    plops = Scatter(rng, [bubble(rng, 0.0008, 0.003) for _ in range(20)], 40, 12)
    hiss, body = Filter(band(1800, 15000)), Filter(band(250, 1800))
    gust = Drift(rng, 0.08, 1.5)
    while True:
        far = stereo_noise(rng, BLOCK, 0.9) * gust()[:, np.newaxis]
        yield (0.10 * hiss(far) + 0.07 * body(far) + 0.10 * drops() + 0.06 * plops()).astype(np.float32)


def wind(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """Bands that each swell on their own, the higher ones only when it blows hard (Farnell, "Designing Sound")."""
    edges = (60, 120, 240, 430, 700, 1100, 1700)
    filters = [Filter(band(low, high)) for low, high in pairwise(edges)]
    gains = (0.9, 0.8, 0.55, 0.45, 0.3, 0.2)
    gust = Drift(rng, 0.45, 1.8)
    each = [[Drift(rng, 0.35, 0.5 + 0.1 * index) for index in range(len(filters))] for _ in range(2)]
    while True:
        blow = gust()
        air = stereo_noise(rng, BLOCK, 0.7)
        out = np.zeros((BLOCK, 2), np.float32)
        for index, (keep, gain) in enumerate(zip(filters, gains, strict=True)):
            swell = np.stack([side[index]() for side in each], axis=1) * blow[:, np.newaxis] ** (1 + 0.3 * index)
            out += np.float32(gain) * keep(air) * swell
        yield (0.35 * out).astype(np.float32)


def sea(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """Waves that gather, break and run out, two at a time, over a distant roar."""
    roar, wash, foam = Filter(band(60, 500)), Filter(band(300, 2500)), Filter(band(2000, 11000))
    waves = [[0.0, rng.uniform(5, 9), rng.uniform(0.6, 1.0), rng.uniform(0.3, 0.7)] for _ in range(2)]
    waves[1][0] = 0.5 * waves[1][1]
    time = np.arange(BLOCK, dtype=np.float32) / RATE
    while True:
        near = np.full((BLOCK, 2), 0.12, np.float32)
        high = np.full((BLOCK, 2), 0.05, np.float32)
        for wave in waves:
            at_s, period_s, size, side = wave
            phase = (at_s + time) / period_s
            swell = np.where(phase < 0.35, (phase / 0.35) ** 2, np.exp(-4.5 * (phase - 0.35)))
            run_out = np.where(phase < 0.38, 0, np.minimum(1, (phase - 0.38) / 0.06) * np.exp(-3.2 * (phase - 0.38)))
            places = np.array([np.cos(side * np.pi / 2), np.sin(side * np.pi / 2)])
            near += (size * swell[:, np.newaxis] * places).astype(np.float32)
            high += (size * (0.5 * swell**2 + run_out)[:, np.newaxis] * places).astype(np.float32)
            wave[0] += BLOCK / RATE
            if wave[0] >= period_s:
                wave[:] = [0.0, rng.uniform(5, 9), rng.uniform(0.5, 1.0), rng.uniform(0.2, 0.8)]
        water = stereo_noise(rng, BLOCK, 0.8)
        yield (0.28 * roar(water) * (0.4 + near) + 0.3 * wash(water) * near + 0.16 * foam(water) * high).astype(
            np.float32
        )


def fire(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """Lapping, hissing and crackling (Farnell, "Designing Sound", ch. 34)."""
    snaps = [burst(rng, float(rng.uniform(600, 3500)), 15000, float(rng.uniform(0.003, 0.02))) for _ in range(24)]
    crackle, pop = Scatter(rng, snaps, 22, 12), Scatter(rng, [burst(rng, 300, 4000, 0.03) for _ in range(6)], 0.8, 6)
    lap, hiss = Filter(band(40, 260)), Filter(band(2500, 12000))
    flame, flicker, flurry = Drift(rng, 0.5, 0.13), Drift(rng, 0.5, 0.3), Drift(rng, 0.7, 0.5)
    while True:
        gas = stereo_noise(rng, BLOCK, 0.6)
        laps = 0.6 * lap(gas) * flame()[:, np.newaxis]
        hisses = 0.035 * hiss(gas) * flicker()[:, np.newaxis] ** 2
        yield (laps + hisses + 0.55 * crackle(float(flurry().mean())) + 0.5 * pop()).astype(np.float32)
