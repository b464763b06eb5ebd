"""What a model of a sound is told, and the shapes of what it gives back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from server.engines.foley.backend import CHUNK_SAMPLES, SAMPLE_RATE_HZ

Mono = npt.NDArray[np.float32]
"""[n_samples]"""
Stereo = npt.NDArray[np.float32]
"""[n_samples, 2]"""
Rng = np.random.Generator

RATE: Final = SAMPLE_RATE_HZ
BLOCK: Final = CHUNK_SAMPLES
"""Samples that a texture gives at a time."""


@dataclass(frozen=True, slots=True)
class Cue:
    """How a sound is wanted."""

    material: str | None = None
    """One of its class's materials."""
    strength: float = 0.7
    """0..1. Harder is brighter as well as louder; the loudness is the mixer's."""
    duration_s: float = 0.0
    """Of what is seen to happen; 0 where nothing tells."""
    pitch: float = 1.0
    """All frequencies times this: a larger thing below 1, a smaller one above."""


Hit = Callable[[Cue, Rng], Mono]
"""A sound made in one piece; it begins at its first sample and peaks near 1."""
Texture = Callable[[Cue, Rng], Iterator[Stereo]]
"""A sound without end, BLOCK samples at a time."""
