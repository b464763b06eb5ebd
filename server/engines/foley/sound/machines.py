"""What turns: engines by their firing order, rotors, saws, wheels on rails, clocks and keys."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from server.engines.foley.sound.bursts import latch
from server.engines.foley.sound.cue import BLOCK, RATE, Cue, Mono, Rng, Stereo
from server.engines.foley.sound.dsp import (
    Drift,
    Filter,
    Phase,
    band,
    burst,
    mixed,
    peak_to_one,
    resonance,
    seconds,
    spread,
    stereo_noise,
)
from server.engines.foley.sound.modal import MATERIALS, strike


def _pulses(turns: npt.NDArray[np.float64], per_turn: int, sharpness: float, uneven: npt.ArrayLike) -> Mono:
    """Combustions: a raised cosine to a power, each cylinder a little different."""
    fired = turns * per_turn
    strength = np.asarray(uneven)[fired.astype(int) % per_turn]
    fire: Mono = (strength * (0.5 + 0.5 * np.cos(2 * np.pi * (fired % 1))) ** sharpness).astype(np.float32)
    return fire


def _motor(
    cue: Cue, rng: Rng, turns_hz: float, cylinders: int, sharpness: float, body_hz: Sequence[float], rasp: float
) -> Iterator[Stereo]:
    """Pulses of combustion through exhaust and body, with noise in time with them."""
    phase, drift, slow = Phase(rng), Drift(rng, 0.012, 0.09), Drift(rng, 0.03, 1.7)
    uneven = rng.uniform(0.75, 1.1, cylinders)
    body = [Filter(resonance(spread(rng, hz, 0.08), 3.0)) for hz in body_hz]
    direct, air, floor = Filter(band(30, 5000)), Filter(band(600, 8000)), Filter(band(40, 300))
    while True:
        turns = phase((turns_hz * cue.pitch * drift() * slow()).astype(np.float32))
        fire = _pulses(turns, cylinders, sharpness, uneven)[:, np.newaxis]
        hiss = stereo_noise(rng, BLOCK, 0.6)
        train = np.repeat(fire - np.float32(fire.mean()), 2, axis=1) + 0.12 * hiss * (0.3 + fire)
        out = 0.25 * direct(train) + 0.06 * floor(hiss) + rasp * air(hiss * (0.2 + fire))
        for each in body:
            out = out + 0.45 * each(train)
        yield (0.28 * out).astype(np.float32)


def engine(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """Four strokes, four cylinders, idling."""
    return _motor(cue, rng, 13.0, 2, 6.0, (85, 160, 310, 620), 0.05)


def car(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """A car that drives: engine beneath, tyres on the road above it."""
    motor = _motor(cue, rng, 38.0, 2, 2.5, (110, 220, 400), 0.02)
    road, tyre = Filter(band(70, 900)), Filter(band(900, 4000))
    way = Drift(rng, 0.12, 0.7)
    for block in motor:
        surface = stereo_noise(rng, BLOCK, 0.5) * way()[:, np.newaxis]
        yield (0.5 * block + 0.17 * road(surface) + 0.05 * tyre(surface)).astype(np.float32)


def chainsaw(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """One two-stroke cylinder, revved and laboured in turn, and the teeth's rasp."""
    phase, drift, load = Phase(rng), Drift(rng, 0.02, 0.05), Drift(rng, 0.18, 0.9)
    body = [Filter(resonance(hz, 3.5)) for hz in (420, 950, 1700, 2900, 4300)]
    air = Filter(band(1500, 9000))
    while True:
        speed = load()
        turns = phase((115 * cue.pitch * speed * drift()).astype(np.float32))
        fire = _pulses(turns, 1, 9.0, (1.0,))[:, np.newaxis]
        hiss = stereo_noise(rng, BLOCK, 0.4)
        train = np.repeat(fire - np.float32(fire.mean()), 2, axis=1) + 0.25 * hiss * (0.2 + fire)
        out = 0.2 * train + 0.22 * air(hiss * (0.3 + fire))
        for each in body:
            out = out + 0.4 * each(train)
        yield (0.3 * out).astype(np.float32)


def helicopter(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """Blades that slap the air about eleven times a second, the turbine's whine above them."""
    blade, whine = Phase(rng), Phase(rng)
    rotor_hz = spread(rng, 11.0, 0.12) * cue.pitch
    sway = Drift(rng, 0.015, 0.6)
    low, mid, high = Filter(band(30, 250)), Filter(band(250, 1500)), Filter(band(1500, 6000))
    rotor, tail = Filter(band(30, 500)), Filter(band(80, 1200))
    tail_phase = Phase(rng)
    while True:
        swing = sway()
        turns = blade((rotor_hz * swing).astype(np.float32))
        slap = ((0.5 + 0.5 * np.cos(2 * np.pi * turns)) ** 5).astype(np.float32)[:, np.newaxis]
        air = stereo_noise(rng, BLOCK, 0.6)
        tone = np.sin(2 * np.pi * whine((2300 * cue.pitch * swing).astype(np.float32))).astype(np.float32)
        second = ((0.5 + 0.5 * np.cos(2 * np.pi * tail_phase((5.1 * rotor_hz * swing).astype(np.float32)))) ** 3)[
            :, np.newaxis
        ].astype(np.float32)
        out = 0.35 * low(air) * (0.25 + 1.6 * slap) + 0.3 * mid(air * (0.2 + 1.3 * slap)) + 0.08 * high(air)
        out = out + 0.35 * rotor(np.repeat(slap, 2, axis=1)) + 0.08 * tail(np.repeat(second, 2, axis=1))
        yield (0.4 * out + 0.004 * tone[:, np.newaxis]).astype(np.float32)


def airplane(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """A jet far above or a cabin: a broad roar, two turbines that beat."""
    low, mid, high = Filter(band(40, 300)), Filter(band(300, 1500)), Filter(band(1500, 6000))
    whines = [Phase(rng), Phase(rng)]
    sway = Drift(rng, 0.15, 1.2)
    while True:
        air = stereo_noise(rng, BLOCK, 0.7) * sway()[:, np.newaxis]
        hz = 1150 * cue.pitch
        tones = [np.sin(2 * np.pi * whine(np.full(BLOCK, hz + 3 * i, np.float32))) for i, whine in enumerate(whines)]
        roar = 0.4 * low(air) + 0.25 * mid(air) + 0.07 * high(air)
        yield (0.45 * roar + 0.006 * np.stack(tones, axis=1)).astype(np.float32)


def train(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """Wheels over joints, two by two, in a rumble with a thin squeal."""
    rumble, rush = Filter(band(35, 250)), Filter(band(250, 2500))
    squeal = Filter(resonance(spread(rng, 3100, 0.1), 40))
    clacks = [
        mixed(
            (0, 1.0, strike(MATERIALS["metal"], Cue("metal", 0.5, 0, 0.5), rng)[: seconds(0.3)]),
            (0, 0.9, burst(rng, 60, 900, 0.07)),
        )
        for _ in range(6)
    ]
    joint_s = spread(rng, 1.15, 0.1) / cue.pitch
    clock = Beats([0.0, 0.13 / cue.pitch, 0.42 / cue.pitch, 0.55 / cue.pitch], joint_s, clacks, rng)
    sway = Drift(rng, 0.15, 0.5)
    while True:
        iron = stereo_noise(rng, BLOCK, 0.6) * sway()[:, np.newaxis]
        yield (0.32 * rumble(iron) + 0.07 * rush(iron) + 0.05 * squeal(iron) + 0.28 * clock()).astype(np.float32)


class Beats:
    """Sounds that come again and again at set times within a period, each time one of a pool."""

    def __init__(
        self, at_s: Sequence[float], period_s: float, pool: Sequence[Mono], rng: Rng, *, in_turn: bool = False
    ) -> None:
        self._pool, self._rng, self._in_turn = pool, rng, in_turn
        self._at = [round(each * RATE) for each in at_s]
        self._period = max(1, round(period_s * RATE))
        self._count = 0
        self._start = 0
        """Of the block, in samples."""
        self._tail: Stereo = np.zeros((max(len(each) for each in pool) + BLOCK, 2), np.float32)

    def __call__(self) -> Stereo:
        """The next block, [BLOCK, 2]."""
        out = np.concatenate((self._tail, np.zeros((BLOCK, 2), np.float32)))
        while True:
            turn, index = divmod(self._count, len(self._at))
            begin = turn * self._period + self._at[index] - self._start
            if begin >= BLOCK:
                break
            which = index % len(self._pool) if self._in_turn else int(self._rng.integers(len(self._pool)))
            sound = self._pool[which] * np.float32(self._rng.uniform(0.75, 1.0))
            out[begin : begin + len(sound)] += sound[:, np.newaxis]
            self._count += 1
        self._start += BLOCK
        self._tail = out[BLOCK:]
        return out[:BLOCK]


def clock(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """Tick and tock of one escapement, twice a second."""

    def tick(pitch: float) -> Mono:
        wheel = strike(MATERIALS["ceramic"], Cue("ceramic", 0.7, 0, 2.0 * pitch), rng)
        case = strike(MATERIALS["wood"], Cue("wood", 0.5, 0, 2.5 * pitch), rng)
        return peak_to_one(mixed((0, 0.8, wheel), (0, 0.5, case), (0.018, 0.35, latch(rng, pitch))))

    beats = Beats([0.0, 0.5], 1.0, [tick(cue.pitch), tick(0.88 * cue.pitch)], rng, in_turn=True)
    still = Filter(band(80, 3000))
    while True:
        yield (0.9 * beats() + 0.002 * still(stereo_noise(rng, BLOCK))).astype(np.float32)


def machine(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """A hum of the mains with its harmonics, a fan, a bearing."""
    phase = Phase(rng)
    gains = np.array([0.5, 1.0, 0.35, 0.6, 0.15, 0.25, 0.08, 0.12]) * rng.uniform(0.6, 1.3, 8)
    low, fan = Filter(band(60, 400)), Filter(band(300, 3000))
    breath = Drift(rng, 0.08, 0.8)
    while True:
        turns = phase(np.full(BLOCK, 50 * cue.pitch, np.float32))
        hum = sum(gain * np.sin(2 * np.pi * (n + 1) * turns) for n, gain in enumerate(gains))
        air = stereo_noise(rng, BLOCK, 0.8) * breath()[:, np.newaxis]
        yield (0.055 * np.asarray(hum)[:, np.newaxis] + 0.12 * low(air) + 0.05 * fan(air)).astype(np.float32)


def typing(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """Keys in bursts, with pauses to think; each goes down and comes up."""

    def key() -> Mono:
        down = strike(MATERIALS["plastic"], Cue("plastic", 0.6, 0, 1.8 * cue.pitch), rng)
        return mixed(
            (0, 1.0, down),
            (0, 0.5, burst(rng, 1500, 9000, 0.012)),
            (float(rng.uniform(0.05, 0.1)), 0.35, burst(rng, 1800, 8000, 0.010)),
        )

    pool = [peak_to_one(key()) for _ in range(20)]
    tail: Stereo = np.zeros((max(len(each) for each in pool) + BLOCK, 2), np.float32)
    wait = 0
    while True:
        out = np.concatenate((tail, np.zeros((BLOCK, 2), np.float32)))
        while wait < BLOCK:
            sound = pool[int(rng.integers(len(pool)))] * np.float32(rng.uniform(0.35, 0.8))
            side = rng.uniform(0.35, 0.65)
            out[wait : wait + len(sound), 0] += sound * np.float32(1 - side)
            out[wait : wait + len(sound), 1] += sound * np.float32(side)
            gap_s = rng.uniform(0.4, 0.9) if rng.random() < 0.08 else rng.gamma(6.0, 0.024)
            wait += seconds(max(0.05, float(gap_s)))
        wait -= BLOCK
        tail = out[BLOCK:]
        yield out[:BLOCK]
