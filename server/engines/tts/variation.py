"""What changes inside a clause: stretches of it that are higher, livelier or louder than the rest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from server.audio.prosody import PLAIN, Prosody
from server.engines.tts.acoustic import Rendering
from server.text.aligned import Aligned, Span
from server.text.manner import Manner

Floats = npt.NDArray[np.float32]

_RAMP_S: Final = 0.015


@dataclass(frozen=True, slots=True)
class Variation:
    """By the places of phonemes in an utterance: (first, one past the last, what)."""

    prosodies: tuple[tuple[int, int, Prosody], ...] = ()
    volumes_db: tuple[tuple[int, int, float], ...] = ()


def varied(phonemes: Aligned, variations: Sequence[tuple[Span, Manner]]) -> Variation:
    """Find the phonemes of the stretches that are said in another manner."""
    prosodies, volumes = [], []
    for wanted, manner in variations:
        places = [place for place, span in enumerate(phonemes.spans) if wanted.overlaps(span)]
        if not places:
            continue
        first, last = places[0], places[-1] + 1
        if manner.prosody != PLAIN:
            prosodies.append((first, last, manner.prosody))
        if manner.volume_db:
            volumes.append((first, last, manner.volume_db))
    return Variation(tuple(prosodies), tuple(volumes))


def with_gain(
    rendering: Rendering, gain: np.float32, volumes_db: Sequence[tuple[int, int, float]], sample_rate_hz: int
) -> Iterator[Floats]:
    """The sound of a rendering times `gain`, and louder or softer where its phonemes are to be; float32 [n_samples]."""
    if not volumes_db:
        for block in rendering.blocks:
            yield block * gain
        return
    at_samples, decibels = _corners(rendering, volumes_db, round(_RAMP_S * sample_rate_hz))
    position = 0
    for block in rendering.blocks:
        place = np.arange(position, position + len(block))
        more_db = np.interp(place, at_samples, decibels)
        yield (block * gain * 10 ** (more_db / 20)).astype(np.float32)
        position += len(block)


def _corners(
    rendering: Rendering, volumes_db: Sequence[tuple[int, int, float]], ramp_samples: int
) -> tuple[list[int], list[float]]:
    """A line from corner to corner: samples, rising, and decibels."""
    corners: list[tuple[int, float]] = [(0, 0.0)]
    for time in rendering.phonemes:
        level_db = sum(volume for first, last, volume in volumes_db if first <= time.place < last)
        if level_db != corners[-1][1]:
            start = max(time.start_sample, corners[-1][0])
            corners += [(start, corners[-1][1]), (start + ramp_samples, level_db)]
    return [sample for sample, _ in corners], [decibel for _, decibel in corners]
