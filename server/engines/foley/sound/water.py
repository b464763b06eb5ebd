"""Water: a crowd of bubbles, each a sine that dies away and rises a little (van den Doel 2005, "Physically-based models
for liquid sounds"), over the hiss of spray."""

from collections.abc import Iterator

import numpy as np

from server.engines.foley.sound.cue import BLOCK, RATE, Cue, Mono, Rng, Stereo
from server.engines.foley.sound.dsp import (
    Drift,
    Filter,
    Scatter,
    band,
    burst,
    decay,
    filtered,
    mixed,
    noise,
    peak_to_one,
    seconds,
    stereo_noise,
)


def bubble(rng: Rng, least_m: float, most_m: float, rise: float = 0.1) -> Mono:
    """One bubble with a radius between these, drawn so that small ones are frequent. Minnaert: f = 3 / r."""
    radius = float(np.exp(rng.uniform(np.log(least_m), np.log(most_m))))
    hz = 3.0 / radius
    damping = 0.13 / radius + 0.0072 * radius**-1.5
    n = seconds(min(0.4, 6.0 / damping))
    time = np.arange(n) / RATE
    chirp = rise * damping * rng.uniform(0.2, 1.5)
    turns = hz * (time + chirp * time**2 / 2)
    tone: Mono = (np.sin(2 * np.pi * turns) * np.exp(-damping * time)).astype(np.float32)
    return tone


def drip(cue: Cue, rng: Rng) -> Mono:
    """One drop into still water: a tick as it meets the surface, and the bubble it leaves."""
    ring = bubble(rng, 0.0016 / cue.pitch, 0.0040 / cue.pitch, rise=0.16)
    tick = burst(rng, 2500, 12000, 0.004)
    parts = [(0.0, 0.35 + 0.3 * cue.strength, tick), (float(rng.uniform(0.001, 0.004)), 1.0, ring)]
    for _ in range(int(rng.integers(0, 3))):
        parts.append((float(rng.uniform(0.03, 0.12)), float(rng.uniform(0.1, 0.35)), bubble(rng, 0.001, 0.003)))
    return peak_to_one(mixed(*parts))


def splash(cue: Cue, rng: Rng) -> Mono:
    """Something falls in: slap, crown of spray, gulp of the cavity, falling drops."""
    length_s = 0.5 + 1.2 * cue.strength
    n = seconds(length_s)
    spray = filtered(noise(rng, n), band(500, 9000)) * decay(n, 0.8 * length_s)
    flutter = np.interp(np.arange(n), np.linspace(0, n, 40), rng.uniform(0.4, 1.2, 40)).astype(np.float32)
    parts = [
        (0.0, 0.9, burst(rng, 120, 3000, 0.06)),
        (0.004, 0.8, peak_to_one(spray * flutter)),
        (float(rng.uniform(0.05, 0.12)), 0.8, bubble(rng, 0.012 / cue.pitch, 0.03 / cue.pitch, rise=0.05)),
    ]
    for _ in range(int(40 * (0.4 + cue.strength))):
        at_s = float(rng.gamma(2.0, 0.15 * length_s))
        parts.append((at_s, float(rng.uniform(0.05, 0.3)), bubble(rng, 0.0012 / cue.pitch, 0.009 / cue.pitch)))
    return peak_to_one(mixed(*parts))


def _bubbles(rng: Rng, count: int, least_m: float, most_m: float) -> list[Mono]:
    return [bubble(rng, least_m, most_m) * np.float32(rng.uniform(0.3, 1.0)) for _ in range(count)]


def pour(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """A jet into a vessel that fills: bubbles, and a resonance of the air above the water that climbs."""
    crowd = Scatter(rng, _bubbles(rng, 48, 0.0012 / cue.pitch, 0.008 / cue.pitch), 260)
    hiss = Filter(band(1500, 9000))
    drift = Drift(rng, 0.25, 0.15)
    filled_s = max(4.0, cue.duration_s)
    at_s = 0.0
    resonant_at = -1.0
    vessel = Filter(band(300, 500))
    while True:
        low = 280 * cue.pitch * (1 + 2.0 * min(1.0, at_s / filled_s))
        if low > resonant_at * 1.05:
            resonant_at, vessel = low, Filter(band(round(low), round(1.5 * low)))
        flow = drift()[:, np.newaxis]
        jet = stereo_noise(rng, BLOCK, 0.3) * flow
        yield (0.17 * crowd() * flow + 0.035 * hiss(jet) + 0.16 * vessel(jet)).astype(np.float32)
        at_s += BLOCK / RATE


def bubbles(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """Air that rises through water in flurries."""
    crowd = Scatter(rng, _bubbles(rng, 40, 0.003 / cue.pitch, 0.02 / cue.pitch), 30)
    drift = Drift(rng, 0.6, 0.4)
    while True:
        flurry = drift()
        yield (0.5 * crowd(float(flurry.mean())) * flurry[:, np.newaxis]).astype(np.float32)


def stream(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """A brook: many small bubbles, a few large ones, a soft hiss."""
    small = Scatter(rng, _bubbles(rng, 64, 0.0009, 0.0035), 380)
    large = Scatter(rng, _bubbles(rng, 24, 0.004, 0.012), 28)
    hiss, rush = Filter(band(900, 7000)), Filter(band(150, 700))
    drift = Drift(rng, 0.2, 0.5)
    while True:
        flow = drift()[:, np.newaxis]
        water = stereo_noise(rng, BLOCK, 0.7)
        yield (flow * (0.11 * small() + 0.16 * large() + 0.055 * hiss(water) + 0.09 * rush(water))).astype(np.float32)
