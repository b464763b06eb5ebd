"""Things that rub and roll: noise of two surfaces, as fast as they move, heard through what they are made of."""

from collections.abc import Iterator

import numpy as np

from server.engines.foley.sound.bursts import latch
from server.engines.foley.sound.cue import BLOCK, RATE, Cue, Mono, Rng, Stereo
from server.engines.foley.sound.dsp import (
    Drift,
    Filter,
    Scatter,
    band,
    burst,
    curve,
    filtered,
    mixed,
    noise,
    peak_to_one,
    resonance,
    seconds,
    spread,
    stereo_noise,
)
from server.engines.foley.sound.modal import MATERIALS, strike


def _body(material: str, cue: Cue, rng: Rng, count: int = 5) -> list[tuple[float, Filter]]:
    """A few resonances of the material, with gains."""
    lowest = spread(rng, MATERIALS[material].lowest_hz * cue.pitch, 0.1)
    q = 4 + 30 * min(1.0, MATERIALS[material].t60_s)
    hz = lowest * np.cumprod(1 + MATERIALS[material].spacing * rng.uniform(0.5, 2.0, count))
    return [(float(rng.uniform(0.4, 1.0)), Filter(resonance(float(each), q))) for each in hz]


def rolling(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """A ball or wheel: small bumps, a rumble, all of it swelling once a turn (van den Doel, Kry and Pai 2001)."""
    material = cue.material or "wood"
    body = _body(material, cue, rng)
    taps = [strike(MATERIALS[material], Cue(material, 0.3, 0, 1.3 * cue.pitch), rng)[: seconds(0.2)] for _ in range(10)]
    bumps = Scatter(rng, taps, 26, 14)
    rumble = Filter(band(45, 350))
    speed = Drift(rng, 0.1, 0.3)
    turn = 0.0
    turn_hz = spread(rng, 3.5, 0.3) * (0.6 + 0.6 * cue.strength)
    while True:
        rough = stereo_noise(rng, BLOCK, 0.15)
        angle = turn + np.cumsum(speed() * turn_hz) / RATE
        turn = float(angle[-1] % 1)
        swell = (0.75 + 0.25 * np.cos(2 * np.pi * angle))[:, np.newaxis].astype(np.float32)
        heard = sum((gain * each(rough) for gain, each in body), np.zeros_like(rough))
        yield (swell * (0.25 * heard + 0.35 * rumble(rough)) + 0.16 * bumps()).astype(np.float32)


def sliding(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """One surface scraped over another."""
    material = cue.material or "wood"
    body = _body(material, cue, rng, 7)
    top = MATERIALS[material].contact_hz
    hiss = Filter(band(500, 0.6 * top))
    grain, hand = Drift(rng, 0.35, 0.02), Drift(rng, 0.25, 0.18)
    while True:
        rough = stereo_noise(rng, BLOCK, 0.15) * (grain() * hand())[:, np.newaxis]
        heard = sum((gain * each(rough) for gain, each in body), np.zeros_like(rough))
        yield (0.3 * heard + 0.13 * hiss(rough)).astype(np.float32)


def cloth(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """Soft strokes, one after the other."""
    low, high = Filter(band(250, 1800)), Filter(band(1800, 8000))
    stroke, fibre = Drift(rng, 0.55, 0.16), Drift(rng, 0.3, 0.012)
    while True:
        rub = stereo_noise(rng, BLOCK, 0.4) * (stroke() ** 1.5 * fibre())[:, np.newaxis]
        yield (0.25 * low(rub) + 0.10 * high(rub)).astype(np.float32)


def paper(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """Crackles of a sheet that bends, and the hiss of it."""
    grains = [burst(rng, float(rng.uniform(900, 2500)), 13000, float(rng.uniform(0.004, 0.02))) for _ in range(16)]
    crackle = Scatter(rng, grains, 140, 12)
    hiss = Filter(band(1500, 11000))
    stroke = Drift(rng, 0.7, 0.14)
    while True:
        move = stroke()
        rub = hiss(stereo_noise(rng, BLOCK, 0.4)) * move[:, np.newaxis] ** 1.5
        yield (0.08 * rub + 0.28 * crackle(float(move.mean()) ** 1.5) * move[:, np.newaxis]).astype(np.float32)


def whoosh(cue: Cue, rng: Rng) -> Mono:
    """Something passes fast: a band of noise that swells, rises and falls (Selfridge, Moffat and Reiss 2017)."""
    length_s = cue.duration_s if cue.duration_s > 0.1 else 0.45
    length_s = min(length_s, 3.0)
    n = seconds(length_s)
    near = curve(n, [(0, 0.36), (0.45 * length_s, 1.0), (0.6 * length_s, 0.9), (length_s, 0)]) ** 1.6
    air = noise(rng, n + 2400)
    bands = np.geomspace(180, 5200, 6) * cue.pitch * spread(rng, 1, 0.15)
    reach = 1.2 + 3.3 * near * (0.5 + 0.5 * cue.strength)
    out = np.zeros(n, np.float32)
    for index, low in enumerate(bands):
        share = np.exp(-0.5 * ((index - reach) / 0.9) ** 2) + 0.05
        out += filtered(air, band(float(low), 1.9 * float(low)))[2400:] * share.astype(np.float32)
    return peak_to_one((out * near).astype(np.float32))


def door_creak(cue: Cue, rng: Rng) -> Mono:
    """Stick and slip of a hinge: pulses, faster and slower as the door turns, heard through the wood."""
    length_s = min(cue.duration_s if cue.duration_s > 0.2 else float(rng.uniform(0.8, 1.6)), 5.0)
    n = seconds(length_s)
    marks = 9
    rate = np.interp(np.linspace(0, 1, n), np.linspace(0, 1, marks), rng.uniform(45, 210, marks) * cue.pitch)
    turns = np.cumsum(rate * (1 + 0.04 * rng.standard_normal(n))) / RATE
    slips = np.diff(np.floor(turns), prepend=-1.0) > 0
    train = np.where(slips, rng.uniform(0.5, 1.0, n), 0).astype(np.float32) + 0.01 * noise(rng, n)
    out = 0.25 * train
    for hz in (420, 760, 1180, 1750, 2600, 3700):
        peak = resonance(spread(rng, hz * cue.pitch, 0.1), 14)
        out = out + filtered(train.astype(np.float32), peak) * np.float32(rng.uniform(2, 6))
    swell = curve(n, [(0, 0.5), (0.1 * length_s, 1), (0.8 * length_s, 0.8), (length_s, 0)])
    return peak_to_one((filtered(out.astype(np.float32), band(180, 9000)) * swell).astype(np.float32))


def door_open(cue: Cue, rng: Rng) -> Mono:
    """Handle, latch, and the leaf that comes off its frame."""
    air = burst(rng, 100, 900, 0.25, 0.02)
    wood = strike(MATERIALS["wood"], Cue("wood", 0.4, 0, 0.6 * cue.pitch), rng)
    return peak_to_one(
        mixed(
            (0, 0.8, latch(rng, cue.pitch)),
            (float(rng.uniform(0.06, 0.12)), 0.6, latch(rng, 0.8 * cue.pitch)),
            (float(rng.uniform(0.14, 0.2)), 0.9, wood),
            (0.2, 0.35, air),
            (0.3, 0.15 + 0.15 * rng.random(), door_creak(Cue(None, 0.4, 0.5, 1.3 * cue.pitch), rng)),
        )
    )
