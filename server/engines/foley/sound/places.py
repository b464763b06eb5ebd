"""What a place sounds like when nothing happens in it: city, forest, room."""

from collections.abc import Iterator

import numpy as np

from server.engines.foley.sound.animals import birds
from server.engines.foley.sound.cue import BLOCK, RATE, Cue, Rng, Stereo
from server.engines.foley.sound.dsp import Drift, Filter, band, stereo_noise
from server.engines.foley.sound.weather import wind


def city(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """Traffic from all sides, and now and then a car that passes. No voices."""
    hum, rush = Filter(band(40, 220)), Filter(band(220, 1800))
    tyres = Filter(band(300, 3200))
    sway = Drift(rng, 0.2, 2.5)
    passing: list[float] = []
    """When the next car is nearest, how long it takes, how near, and to which side it drives."""
    at_s = 0.0
    while True:
        if not passing or at_s > passing[0] + 4:
            passing = [at_s + rng.uniform(3, 9), rng.uniform(0.7, 1.8), rng.uniform(0.4, 1.0), rng.choice([-1, 1])]
        time = at_s + np.arange(BLOCK) / RATE
        offset = (time - passing[0]) / passing[1]
        near = passing[2] / (1 + offset**2)
        side = 0.5 + 0.5 * passing[3] * offset / np.sqrt(1 + offset**2)
        places = np.stack([np.cos(side * np.pi / 2), np.sin(side * np.pi / 2)], axis=1)
        far = stereo_noise(rng, BLOCK, 0.8) * sway()[:, np.newaxis]
        car = tyres(stereo_noise(rng, BLOCK, 0.2)) * near[:, np.newaxis] * places
        yield (0.40 * hum(far) + 0.10 * rush(far) + 0.16 * car).astype(np.float32)
        at_s += BLOCK / RATE


def forest(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """Wind in leaves, birds above."""
    leaves = Filter(band(1800, 9000))
    sway = Drift(rng, 0.5, 1.1)
    for air, calls in zip(wind(cue, rng), birds(cue, rng), strict=True):
        rustle = leaves(stereo_noise(rng, BLOCK, 0.9)) * sway()[:, np.newaxis] ** 1.5
        yield (0.25 * air + 0.6 * calls + 0.05 * rustle).astype(np.float32)


def room(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """The air of a quiet room: dark, still, with a trace of the house's hum."""
    air, low = Filter(band(30, 900, 1)), Filter(band(45, 160))
    sway = Drift(rng, 0.05, 2.0)
    time = 0
    while True:
        still = stereo_noise(rng, BLOCK, 0.8) * sway()[:, np.newaxis]
        hum = np.sin(2 * np.pi * 100 * (time + np.arange(BLOCK)) / RATE)[:, np.newaxis]
        yield (0.40 * air(still) + 0.4 * low(still) + 0.01 * hum).astype(np.float32)
        time += BLOCK
