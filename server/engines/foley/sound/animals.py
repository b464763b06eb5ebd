"""Voices of animals, simply: a source and its resonances."""

from collections.abc import Iterator, Sequence

import numpy as np

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


def voiced(rng: Rng, pitch: Sequence[tuple[float, float]], formants_hz: Sequence[float], breath: float) -> Mono:
    """Glottal pulses on a line of (time in seconds, hertz), through formants; with breath."""
    n = seconds(pitch[-1][0])
    hz = curve(n, pitch) * (1 + 0.01 * filtered(noise(rng, n), band(2, 25)) * 4)
    turns = np.cumsum(hz.astype(np.float64)) / RATE
    saw = (2 * (turns % 1) - 1).astype(np.float32)
    source = saw - np.float32(saw.mean()) + np.float32(breath) * noise(rng, n)
    out = np.zeros(n, np.float32)
    for index, formant in enumerate(formants_hz):
        out += filtered(source, resonance(spread(rng, formant, 0.05), 5.0)) * np.float32(0.8**index)
    return out


def dog(cue: Cue, rng: Rng) -> Mono:
    """One or two barks."""
    parts = []
    at_s = 0.0
    size = spread(rng, 1.0, 0.3) * cue.pitch
    for _ in range(int(rng.integers(1, 3))):
        length_s = float(rng.uniform(0.13, 0.24))
        top = spread(rng, 520 * size, 0.15)
        line = [(0, 0.6 * top), (0.25 * length_s, top), (length_s, 0.55 * top)]
        bark = voiced(rng, line, (620 * size, 1250 * size, 2400 * size, 3600 * size), 0.5)
        swell = curve(len(bark), [(0, 0.3), (0.015, 1), (0.6 * length_s, 0.7), (length_s, 0)])
        parts.append((at_s, 1.0, peak_to_one((bark * swell).astype(np.float32))))
        at_s += length_s + float(rng.uniform(0.15, 0.35))
    return peak_to_one(mixed(*parts))


def rooster(cue: Cue, rng: Rng) -> Mono:
    """Four syllables, the last the longest."""
    size = spread(rng, 1.0, 0.15) * cue.pitch
    parts = []
    at_s = 0.0
    for length_s, low, high in ((0.16, 520, 700), (0.14, 700, 820), (0.25, 780, 950), (0.85, 950, 560)):
        line = [(0.0, low * size), (0.4 * length_s, max(low, high) * size), (length_s, high * size)]
        call = voiced(rng, line, (1000 * size, 1900 * size, 2900 * size, 3900 * size), 0.2)
        swell = curve(len(call), [(0, 0.3), (0.02, 1), (0.7 * length_s, 0.8), (length_s, 0)])
        parts.append((at_s, 1.0, peak_to_one((call * swell).astype(np.float32))))
        at_s += length_s + 0.05
    return peak_to_one(mixed(*parts))


def baby(cue: Cue, rng: Rng) -> Mono:
    """Two or three cries with a breath between them."""
    parts = []
    at_s = 0.0
    for _ in range(int(rng.integers(2, 4))):
        length_s = float(rng.uniform(0.7, 1.2))
        top = spread(rng, 460 * cue.pitch, 0.1)
        line = [(0, 0.75 * top), (0.2 * length_s, top), (0.7 * length_s, 0.95 * top), (length_s, 0.7 * top)]
        cry = voiced(rng, line, (1100, 1700, 3200, 4800), 0.15)
        swell = curve(len(cry), [(0, 0.2), (0.06, 1), (0.8 * length_s, 0.8), (length_s, 0)])
        parts.append((at_s, 1.0, peak_to_one((cry * swell).astype(np.float32))))
        at_s += length_s + float(rng.uniform(0.25, 0.5))
    return peak_to_one(mixed(*parts))


def sneeze(cue: Cue, rng: Rng) -> Mono:
    """A breath in, then out at once."""
    n = seconds(0.45)
    inward = filtered(noise(rng, n), band(700, 4000)) * curve(n, [(0, 0.6), (0.35, 1), (0.45, 0)])
    call = voiced(rng, [(0, 320 * cue.pitch), (0.3, 180 * cue.pitch)], (700, 1500, 2800), 1.2)
    outward = burst(rng, 900, 11000, 0.4, 0.006)
    return peak_to_one(
        mixed(
            (0, 0.15, peak_to_one(inward)),
            (0.45, 1.0, outward),
            (0.45, 0.6, peak_to_one(call * curve(len(call), [(0, 1), (0.3, 0)]))),
        )
    )


def _chirp(rng: Rng, pitch: float) -> Mono:
    """One call of a small bird: a few notes that glide."""
    base = float(np.exp(rng.uniform(np.log(2200), np.log(5500)))) * pitch
    parts = []
    at_s = 0.0
    glide, length_s = float(rng.uniform(-0.35, 0.35)), float(rng.uniform(0.04, 0.16))
    for _ in range(int(rng.integers(1, 7))):
        n = seconds(length_s)
        hz = base * (1 + glide * np.linspace(-1, 1, n)) * (1 + 0.03 * np.sin(np.linspace(0, rng.uniform(0, 60), n)))
        tone = np.sin(2 * np.pi * np.cumsum(hz) / RATE) * np.sin(np.pi * np.linspace(0, 1, n)) ** 0.7
        parts.append((at_s, float(rng.uniform(0.6, 1)), tone.astype(np.float32)))
        at_s += length_s + float(rng.uniform(0.02, 0.08))
    return peak_to_one(mixed(*parts))


def birds(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """Several small birds, each with calls of its own, in still air."""
    calls = Scatter(rng, [_chirp(rng, cue.pitch) for _ in range(24)], 1.7, 10)
    air = Filter(band(200, 5000))
    busy = Drift(rng, 0.6, 1.5)
    while True:
        yield (0.42 * calls(float(busy().mean())) + 0.006 * air(stereo_noise(rng, BLOCK))).astype(np.float32)


def crickets(cue: Cue, rng: Rng) -> Iterator[Stereo]:
    """Four crickets: a high tone in groups of three pulses, and the night's still air."""
    singers = []
    for _ in range(4):
        hz, pulse_hz = spread(rng, 4500 * cue.pitch, 0.06), spread(rng, 32, 0.15)
        singers.append((hz, pulse_hz, int(rng.integers(3, 5)), int(rng.integers(2, 14)), rng.random(), rng.random()))
    air = Filter(band(150, 2500))
    start = 0
    while True:
        time = (start + np.arange(BLOCK)) / RATE
        out = 0.012 * air(stereo_noise(rng, BLOCK))
        for hz, pulse_hz, pulses, rests, phase, side in singers:
            count = time * pulse_hz + phase * 10
            sounds = (count.astype(int) % (pulses + rests)) < pulses
            swell = np.sin(np.pi * (count % 1)) ** 0.8 * sounds
            tone = (swell * np.sin(2 * np.pi * hz * time)).astype(np.float32)[:, np.newaxis]
            places = np.array([np.cos(side * np.pi / 2), np.sin(side * np.pi / 2)], np.float32)
            out = out + np.float32(0.16) * tone * places
        yield out.astype(np.float32)
        start += BLOCK
