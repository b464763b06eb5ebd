"""Footsteps: heel, then ball, on a ground that thuds, rings, crunches or splashes.

Loose ground is a crowd of small collisions whose rate follows the foot's pressure, as in Cook's PhISEM (1997).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from server.engines.foley.sound.cue import RATE, Cue, Mono, Rng
from server.engines.foley.sound.dsp import band as band_of
from server.engines.foley.sound.dsp import burst, decay, filtered, mixed, modes, noise, peak_to_one, resonance, seconds
from server.engines.foley.sound.modal import MATERIALS, strike
from server.engines.foley.sound.water import bubble


@dataclass(frozen=True, slots=True)
class Ground:
    """What a sole meets."""

    thud_hz: float
    thud: float
    """Share of the body's thud."""
    tap_hz: tuple[float, float]
    """Band of the sole's contact."""
    tap: float
    tap_t60_s: float
    grains: float = 0.0
    """Share of the crowd of small collisions."""
    grain_hz: tuple[float, float] = (1000, 8000)
    grain_rate_hz: float = 0.0
    grain_q: float = 4.0
    rings: str | None = None
    """A material of `MATERIALS` that answers, too."""
    ring: float = 0.0


GROUNDS: Final = {
    "concrete": Ground(95, 0.5, (300, 7000), 1.0, 0.030, 0.12, (2500, 9000), 500),
    "wood": Ground(85, 0.9, (150, 3500), 0.7, 0.040, rings="wood", ring=0.7),
    "grass": Ground(70, 0.5, (300, 4000), 0.15, 0.06, 0.9, (2000, 8000), 1500, 1.0),
    "gravel": Ground(75, 0.4, (400, 6000), 0.3, 0.05, 1.0, (1800, 7500), 1300, 6.0),
    "dirt": Ground(75, 0.9, (100, 1800), 0.5, 0.06, 0.4, (600, 4000), 700, 1.5),
    "sand": Ground(65, 0.5, (200, 3000), 0.2, 0.07, 0.9, (1200, 6500), 3000, 0.8),
    "snow": Ground(60, 0.35, (200, 2500), 0.15, 0.08, 1.0, (700, 4500), 1800, 3.0),
    "metal": Ground(90, 0.5, (300, 9000), 0.6, 0.025, rings="metal", ring=0.8),
    "carpet": Ground(70, 1.0, (60, 900), 0.5, 0.07, 0.1, (400, 2500), 600, 0.8),
    "water": Ground(70, 0.4, (300, 6000), 0.7, 0.12, 0.2, (1500, 7000), 700, 1.0),
    "leaves": Ground(65, 0.3, (500, 5000), 0.15, 0.06, 1.0, (2200, 11000), 900, 3.0),
}


def footstep(cue: Cue, rng: Rng) -> Mono:
    """One step."""
    ground = GROUNDS[cue.material or "concrete"]
    apart_s = rng.uniform(0.05, 0.13) * (1.3 - 0.6 * cue.strength)
    heel = _contact(ground, cue, rng)
    ball = _contact(ground, Cue(cue.material, cue.strength * 0.6, 0, cue.pitch * 1.15), rng)
    parts = [(0.0, 1.0, heel), (apart_s, rng.uniform(0.3, 0.6), ball)]
    if ground.grains:
        parts.append((0.0, ground.grains, _crunch(ground, apart_s + rng.uniform(0.12, 0.22), cue, rng)))
    if cue.material == "water":
        for _ in range(int(rng.integers(4, 9))):
            parts.append((float(rng.uniform(0.01, 0.25)), float(rng.uniform(0.1, 0.4)), bubble(rng, 0.002, 0.006)))
    return peak_to_one(mixed(*parts))


def _contact(ground: Ground, cue: Cue, rng: Rng) -> Mono:
    hz = ground.thud_hz * cue.pitch * rng.uniform(0.85, 1.2) * np.array([1, 1.8, 2.9])
    thud = peak_to_one(modes(hz, np.array([1, 0.5, 0.25]), np.array([0.09, 0.06, 0.04]), 0.4))
    low, high = ground.tap_hz
    tap = burst(rng, low * cue.pitch, high * (0.5 + 0.5 * cue.strength), ground.tap_t60_s * rng.uniform(0.8, 1.3))
    parts = [(0.0, ground.thud, thud), (0.0, ground.tap * rng.uniform(0.7, 1.2), tap)]
    if ground.rings:
        board = strike(MATERIALS[ground.rings], Cue(ground.rings, cue.strength * 0.6, 0, 0.6 * cue.pitch), rng)
        parts.append((0.0, ground.ring * rng.uniform(0.6, 1.1), board))
    return mixed(*parts)


def _crunch(ground: Ground, length_s: float, cue: Cue, rng: Rng) -> Mono:
    """Small collisions, most of them while the weight rolls over the sole."""
    n = seconds(length_s)
    pressure = np.sin(np.pi * np.linspace(0.06, 1, n) ** 0.6) ** 1.3 + 0.02
    hits = rng.random(n) < ground.grain_rate_hz / RATE * pressure
    train = np.where(hits, rng.exponential(1.0, n) * pressure, 0).astype(np.float32)
    train = train + 0.08 * noise(rng, n) * pressure.astype(np.float32) * (1 if ground.grain_q < 2 else 0.3)
    low, high = ground.grain_hz
    out = np.zeros(n + 2400, np.float32)
    padded = np.concatenate((train.astype(np.float32), np.zeros(2400, np.float32)))
    centres = np.geomspace(low, high, 7)[:6] * np.geomspace(1, high / low, 7)[1] ** rng.uniform(0, 1, 6)
    for centre in centres:
        out += filtered(padded, resonance(float(centre) * cue.pitch, ground.grain_q)) * rng.uniform(0.4, 1.0)
    out = filtered(out, band_of(low * 0.6, None)) * np.concatenate((np.ones(n, np.float32), decay(2400, 0.05)))
    return peak_to_one(out.astype(np.float32))
