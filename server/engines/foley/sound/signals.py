"""Sounds made to be heard: sirens and horns."""

from collections.abc import Iterator

import numpy as np

from server.engines.foley.sound.cue import BLOCK, RATE, Cue, Mono, Rng, Stereo
from server.engines.foley.sound.dsp import Filter, Phase, band, curve, filtered, noise, peak_to_one, seconds, spread


def siren(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """A wail that climbs and falls."""
    phase = Phase(rng)
    body = Filter(band(400, 4500))
    period_s = spread(rng, 3.6, 0.25)
    low, high = spread(rng, 560 * cue.pitch, 0.05), spread(rng, 1350 * cue.pitch, 0.05)
    start = 0
    while True:
        turn = ((start + np.arange(BLOCK)) / RATE / period_s) % 1
        climb = np.where(turn < 0.4, turn / 0.4, 1 - (turn - 0.4) / 0.6)
        turns = phase((low * (high / low) ** climb).astype(np.float32))
        tone = np.tanh(2.2 * np.sin(2 * np.pi * turns)) + 0.3 * np.sin(4 * np.pi * turns)
        yield (0.13 * body(np.repeat(tone[:, np.newaxis], 2, axis=1).astype(np.float32))).astype(np.float32)
        start += BLOCK


def horn(cue: Cue, rng: Rng) -> Mono:
    """A car's two discs, a third apart."""
    length_s = min(cue.duration_s if cue.duration_s > 0.15 else float(rng.uniform(0.4, 0.9)), 10.0)
    n = seconds(length_s)
    time = np.arange(n) / RATE
    out = 0.02 * noise(rng, n)
    for hz in (spread(rng, 405 * cue.pitch, 0.03), spread(rng, 505 * cue.pitch, 0.03)):
        turns = (hz * time + rng.random()) % 1
        out = out + np.tanh(4 * (np.sin(2 * np.pi * turns) + 0.35 * np.sin(4 * np.pi * turns)))
    fall = min(0.06, 0.3 * length_s)
    swell = curve(n, [(0, 0.2), (0.012, 1), (length_s - fall, 1), (length_s, 0)])
    return peak_to_one((filtered(out.astype(np.float32), band(300, 5200)) * swell).astype(np.float32))
