"""Sudden sounds that are mostly noise: doors, glass, blows, shots, switches."""

import numpy as np

from server.engines.foley.sound.cue import Cue, Mono, Rng
from server.engines.foley.sound.dsp import (
    band,
    burst,
    curve,
    decay,
    filtered,
    mixed,
    modes,
    noise,
    peak_to_one,
    seconds,
    smooth,
    spread,
)
from server.engines.foley.sound.modal import MATERIALS, strike


def door_close(cue: Cue, rng: Rng) -> Mono:
    """The leaf meets its frame, the panel booms, the latch clicks."""
    wood = Cue("wood", cue.strength, 0, 0.45 * cue.pitch)
    boom_hz = spread(rng, 75 * cue.pitch, 0.15) * np.array([1, 1.7, 2.6, 3.3])
    boom = peak_to_one(modes(boom_hz, np.array([1, 0.7, 0.4, 0.3]), np.array([0.28, 0.2, 0.14, 0.1]), 1.0))
    latch_s = float(rng.uniform(0.02, 0.06))
    return peak_to_one(
        mixed(
            (0, 0.9, burst(rng, 60, 1800, 0.09)),
            (0, 1.0, boom),
            (0, 0.6, strike(MATERIALS["wood"], wood, rng)),
            (latch_s, 0.25, latch(rng, cue.pitch)),
            (latch_s + rng.uniform(0.03, 0.07), 0.12, latch(rng, cue.pitch)),
        )
    )


def latch(rng: Rng, pitch: float = 1.0) -> Mono:
    """Two small pieces of metal that meet."""
    small = Cue("metal", 0.7, 0, 3.2 * pitch)
    return peak_to_one(
        mixed((0, 1.0, strike(MATERIALS["stone"], small, rng)), (0.0, 0.3, burst(rng, 2000, 9000, 0.02)))
    )


def glass_break(cue: Cue, rng: Rng) -> Mono:
    """A crack, then shards that ring and fall on each other, later ones quieter and smaller."""
    parts = [(0.0, 1.0, burst(rng, 1500, 16000, 0.05)), (0.0, 0.6, burst(rng, 200, 2500, 0.04))]
    for _ in range(int(30 + 50 * cue.strength)):
        at_s = float(rng.gamma(1.3, 0.14 + 0.1 * cue.strength))
        hz = float(np.exp(rng.uniform(np.log(1800), np.log(9000)))) * cue.pitch * np.array([1, 1.58, 2.35])
        shard = modes(hz, rng.uniform(0.3, 1, 3), rng.uniform(0.05, 0.35, 3), 0.5)
        parts.append((at_s, float(rng.uniform(0.08, 0.35)) * np.exp(-1.5 * at_s), peak_to_one(shard)))
        parts.append((at_s, 0.1 * np.exp(-1.5 * at_s), burst(rng, 3000, 15000, 0.012)))
    return peak_to_one(mixed(*parts))


def punch(cue: Cue, rng: Rng) -> Mono:
    """A fist on a body: a dull blow and the slap of skin."""
    hz = spread(rng, 85 * cue.pitch, 0.15) * np.array([1, 1.6, 2.3])
    body = peak_to_one(modes(hz, np.array([1, 0.6, 0.3]), np.array([0.12, 0.08, 0.05]), 0.4))
    slap = burst(rng, 700, 2500 + 3500 * cue.strength, 0.035)
    return peak_to_one(mixed((0, 1.0, body), (0, 0.5, slap), (0, 0.7, burst(rng, 80, 700, 0.08))))


def clap(cue: Cue, rng: Rng) -> Mono:
    """Two hands: a resonance of the hollow between them, in a short burst (Repp 1987)."""
    hollow_hz = spread(rng, 1100 * cue.pitch, 0.25)
    slap = burst(rng, 0.6 * hollow_hz, 1.8 * hollow_hz, 0.035)
    edge = burst(rng, 2000, 9000, 0.015)
    again_s = float(rng.uniform(0.004, 0.010))
    return peak_to_one(mixed((0, 1.0, slap), (0, 0.4, edge), (again_s, 0.4, burst(rng, 700, 5000, 0.03))))


def gunshot(cue: Cue, rng: Rng) -> Mono:
    """Muzzle blast as a Friedlander wave, the gas behind it, and what comes back from far away."""
    n = seconds(0.02)
    time = np.arange(n, dtype=np.float32) / seconds(0.0012 / cue.pitch)
    blast = ((1 - time) * np.exp(-time)).astype(np.float32)
    gas = burst(rng, 60, 6000, 0.25)
    crack = burst(rng, 1500, 16000, 0.03)
    parts = [(0.0, 1.0, blast), (0.0, 0.7, crack), (0.0, 0.8, gas)]
    for _ in range(7):
        at_s = float(rng.uniform(0.06, 0.7))
        parts.append((at_s, 0.18 * np.exp(-2 * at_s), burst(rng, 80, 2500, float(rng.uniform(0.2, 0.6)), 0.01)))
    return peak_to_one(mixed(*parts))


def explosion(cue: Cue, rng: Rng) -> Mono:
    """A blast, a fireball's roar that darkens as it dies, debris."""
    n = seconds(2.0 + 2.0 * cue.strength)
    hiss = noise(rng, n)
    bright = filtered(hiss, band(300, 6000)) * decay(n, 0.7)
    roar = filtered(hiss, band(40, 500)) * decay(n, 0.8 * n / 48000)
    rumble = filtered(noise(rng, n), band(20 * cue.pitch, 90 * cue.pitch)) * decay(n, 1.0 * n / 48000)
    rough = 0.6 + 0.4 * smooth(np.abs(noise(rng, n)), 600) / 0.8
    parts = [
        (0.0, 1.0, burst(rng, 40, 9000, 0.12)),
        (0.0, 0.9, peak_to_one((bright * rough).astype(np.float32))),
        (0.0, 1.0, peak_to_one((roar * rough).astype(np.float32))),
        (0.0, 1.0, peak_to_one(rumble)),
    ]
    for _ in range(int(25 * cue.strength)):
        material = str(rng.choice(["stone", "wood", "metal"]))
        piece = strike(MATERIALS[material], Cue(material, 0.5, 0, float(rng.uniform(0.6, 2))), rng)
        parts.append((float(rng.uniform(0.4, 2.2)), float(rng.uniform(0.01, 0.07)), piece))
    return peak_to_one(mixed(*parts))


def switch(cue: Cue, rng: Rng) -> Mono:
    """A click down and a softer one back."""
    down, up = latch(rng, 1.2 * cue.pitch), latch(rng, 1.5 * cue.pitch)
    knock = strike(MATERIALS["plastic"], Cue("plastic", cue.strength, 0, 2.2 * cue.pitch), rng)
    return peak_to_one(mixed((0, 0.8, down), (0, 0.7, knock), (float(rng.uniform(0.012, 0.03)), 0.3, up)))


def thunder(cue: Cue, rng: Rng) -> Mono:
    """Claps from all along a crooked channel, the nearest first, each darkened by its way, and a long rumble."""
    n = seconds(5.0 + 2.0 * cue.strength)
    strokes = np.zeros(n, np.float32)
    at = np.sort(rng.gamma(1.3, 0.22 * n / 3, 90).astype(int))
    at = at - at[0]
    at = at[at < n - 1]
    np.add.at(strokes, at, rng.standard_normal(len(at)).astype(np.float32) * np.exp(-2.0 * at / n).astype(np.float32))
    rumble = filtered(np.asarray(strokes * 30 + 0.15 * noise(rng, n) * decay(n, 4.0)), band(22, 160))
    rolling = np.interp(np.arange(n), np.linspace(0, n, 24), rng.uniform(0.3, 1.0, 24)).astype(np.float32)
    near = filtered(noise(rng, n), band(120, 2500)) * decay(n, 0.7) * cue.strength
    tail = curve(n, [(0, 1), (0.75 * n / 48000, 0.5), (n / 48000, 0)])
    crack = burst(rng, 200, 7000, 0.09) * np.float32(0.2 + cue.strength)
    return peak_to_one(
        mixed(
            (0, 0.9, peak_to_one(rumble * rolling) * tail),
            (0, 0.5 * cue.strength, peak_to_one(near) * tail),
            (0, 0.5, crack),
        )
    )
