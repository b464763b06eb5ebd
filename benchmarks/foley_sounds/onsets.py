"""Measures on the waveform when an event begins to sound, against the onset that its timeline gave."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.foley_sounds.making import event, rendered
from server.engines.foley.backend import SAMPLE_RATE_HZ
from server.engines.foley.classes import CLASSES
from server.engines.foley.sound.catalogue import Sound

_BELOW_PEAK_DB: Final = 30.0
"""The onset on the waveform: the first sample this near to the event's peak."""
_SEEDS: Final = range(8)
_DURATION_S: Final = 1.0
"""Of what lasts."""


@dataclass(frozen=True, slots=True)
class OnsetErrors:
    """Of one class, over its materials and eight seeds."""

    label: str
    errors_ms: tuple[float, ...]
    """Measured less wanted."""


def measure_onsets(sounds: Mapping[str, Sound]) -> list[OnsetErrors]:
    """All classes that are no beds, each alone in the picture at a drawn time."""
    measured = []
    for sound in CLASSES:
        if sound.kind == "bed":
            continue
        errors = []
        for seed in _SEEDS:
            rng = np.random.Generator(np.random.PCG64(seed))
            for material in sound.materials or (None,):
                onset_s = float(rng.uniform(0.05, 1.5))
                lasts_s = _DURATION_S if sound.kind == "spot" else 0.0
                mix = np.abs(rendered(sounds, seed, [event(sound.id, onset_s, material, lasts_s)])).max(axis=1)
                first = int(np.flatnonzero(mix > mix.max() * 10 ** (-_BELOW_PEAK_DB / 20))[0])
                errors.append(1000 * (first / SAMPLE_RATE_HZ - onset_s))
        measured.append(OnsetErrors(sound.id, tuple(errors)))
    return measured
