"""Struck things: modes of the material they are made of, and the short noise of the contact.

Each hit draws its modes anew about those of its material, as if it were struck elsewhere, so that no two are alike.
Modes of plates and blocks are dense and not harmonic; damping grows with frequency by a power that, more than the
pitch, tells materials apart (Klatzky, Pai and Krotkov 2000, "Perception of material from contact sounds").
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from server.engines.foley.sound.cue import Cue, Mono, Rng
from server.engines.foley.sound.dsp import burst, mixed, modes, peak_to_one, spread


@dataclass(frozen=True, slots=True)
class Material:
    """How a thing made of it rings."""

    lowest_hz: float
    """Of the lowest mode of a thing of hand's size."""
    t60_s: float
    """How long a mode at 1 kHz rings."""
    damping_power: float
    """By which higher modes die sooner."""
    n_modes: int
    spacing: float
    """Mean ratio of a mode to the one below it, less 1."""
    contact_hz: float
    """How high the contact's noise reaches: harder is higher."""
    contact: float
    """Its share."""
    contact_t60_s: float


MATERIALS: Final = {
    "wood": Material(190, 0.10, 0.7, 18, 0.35, 6000, 0.35, 0.025),
    "metal": Material(420, 1.30, 0.25, 30, 0.22, 14000, 0.20, 0.012),
    "glass": Material(1500, 0.45, 0.35, 14, 0.30, 16000, 0.25, 0.008),
    "stone": Material(650, 0.05, 0.4, 16, 0.30, 11000, 0.60, 0.020),
    "ceramic": Material(1000, 0.22, 0.4, 16, 0.28, 13000, 0.30, 0.010),
    "plastic": Material(330, 0.06, 0.6, 14, 0.38, 7000, 0.40, 0.018),
    "cardboard": Material(120, 0.05, 0.5, 10, 0.45, 3500, 0.70, 0.040),
    "soft": Material(65, 0.09, 0.9, 6, 0.60, 1200, 0.80, 0.080),
}


def impact(cue: Cue, rng: Rng) -> Mono:
    """One thing hits another."""
    return strike(MATERIALS[cue.material or "wood"], cue, rng)


def strike(material: Material, cue: Cue, rng: Rng) -> Mono:
    """A thing of this material, struck once."""
    lowest = spread(rng, material.lowest_hz * cue.pitch, 0.12)
    ratios = np.cumprod(1 + material.spacing * rng.uniform(0.25, 1.75, material.n_modes - 1))
    hz = lowest * np.concatenate(([1.0], ratios))
    t60s = material.t60_s * (1000 * cue.pitch / hz) ** material.damping_power * rng.uniform(0.7, 1.4, len(hz))
    # The harder the blow, the shorter the contact and the higher what it excites.
    contact_s = (0.0022 - 0.0016 * cue.strength) * (2000 / material.contact_hz) ** 0.5
    gains = rng.uniform(0.3, 1.0, len(hz)) * np.exp(-((hz * contact_s * 0.8) ** 1.2)) + 0.003
    ring = peak_to_one(modes(hz, gains, np.maximum(t60s, 0.004), 4.0))
    top = material.contact_hz * (0.4 + 0.6 * cue.strength)
    tap = burst(rng, 0.25 * material.lowest_hz + 40, top, material.contact_t60_s)
    return peak_to_one(mixed((0, 1.0, ring), (0, material.contact * rng.uniform(0.7, 1.3), tap)))


def knock(cue: Cue, rng: Rng) -> Mono:
    """A knuckle on a door: the material, and the air behind the panel."""
    material = MATERIALS[cue.material or "wood"]
    panel = strike(material, Cue(cue.material, cue.strength, 0, 0.75 * cue.pitch), rng)
    hz = spread(rng, 140 * cue.pitch, 0.1) * np.array([1, 1.62, 2.4])
    air = modes(hz, np.array([1.0, 0.6, 0.3]), np.array([0.13, 0.10, 0.07]), 1.0)
    return peak_to_one(mixed((0, 0.8, panel), (0, 0.6, peak_to_one(air))))


def bell(cue: Cue, rng: Rng) -> Mono:
    """A small bell: hum, prime, tierce, quint, nominal and above, each of them a beating pair."""
    prime = spread(rng, 880 * cue.pitch, 0.05)
    partials = prime * np.array([0.5, 1, 1.19, 1.5, 2, 2.74, 3.0, 4.1, 5.4, 6.8])
    split = partials * (1 + rng.uniform(0.0005, 0.002, len(partials)))
    hz = np.concatenate((partials, split))
    gains = np.tile([0.5, 0.8, 0.9, 0.4, 1.0, 0.6, 0.5, 0.4, 0.3, 0.2], 2) * rng.uniform(0.6, 1.2, len(hz))
    gains[10:] *= 0.6
    bright = np.clip((hz / prime) ** (cue.strength - 1), 0, 1.5)
    t60s = np.tile([4.5, 3.5, 2.8, 2.2, 2.2, 1.4, 1.2, 0.8, 0.5, 0.35], 2)
    ring = peak_to_one(modes(hz, gains * bright, t60s, 4.0))
    return peak_to_one(mixed((0, 1.0, ring), (0, 0.25, burst(rng, 2000, 12000, 0.01))))
