"""Makes the clips that are judged: five seconds of one class each, by the whole renderer, as the server would."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from server.engines.foley.backend import CHUNK_SAMPLES, SAMPLE_RATE_HZ, FoleyRequest
from server.engines.foley.classes import CLASS
from server.engines.foley.sound.catalogue import Sound
from server.engines.foley.sound.renderer import FoleyRenderer
from server.engines.foley.timeline import Bed, FoleyEvent, TimelinePart

Stereo = npt.NDArray[np.float32]

CLIP_S: Final = 5.0
_LEVEL: Final = 0.5
"""Of beds: what a request has that asks for nothing."""
_LASTING_S: Final = {"baby": 4.0, "dog": 1.5}
"""What is seen of those that go on for a while."""
_COUNTS: Final = (1, 1, 2, 3)
"""Events of a clip, one of these."""


def clip(sounds: Mapping[str, Sound], label: str, seed: int) -> Stereo:
    """A bed of the class, or one to three events of it at drawn times, 48 kHz, [240 000, 2]."""
    if CLASS[label].kind == "bed":
        return rendered(sounds, seed, beds=(Bed(0.0, CLIP_S, label, _LEVEL),))
    rng = np.random.Generator(np.random.PCG64(seed))
    onsets_s = rng.uniform(0, 0.6) + np.cumsum(rng.uniform(1.0, 2.0, rng.choice(_COUNTS))) - 1.0
    events = [
        event(label, float(onset_s), None, _LASTING_S.get(label, 0.0), float(rng.uniform(0.1, 0.4)))
        for onset_s in onsets_s
    ]
    return rendered(sounds, seed, events)


def event(
    label: str, onset_s: float, material: str | None = None, duration_s: float = 0.0, distance: float = 0.3
) -> FoleyEvent:
    """One sound in the middle of the picture."""
    return FoleyEvent(onset_s, duration_s, label, material, 0.9, 0.0, 1.0, distance)


def rendered(
    sounds: Mapping[str, Sound], seed: int, events: Sequence[FoleyEvent] = (), beds: Sequence[Bed] = ()
) -> Stereo:
    """A timeline of CLIP_S as the server renders it."""
    renderer = FoleyRenderer(FoleyRequest(seed=seed), sounds)
    renderer.push(TimelinePart(CLIP_S, tuple(events), tuple(beds)))
    n_chunks = round(CLIP_S * SAMPLE_RATE_HZ / CHUNK_SAMPLES)
    return np.concatenate([renderer.render() for _ in range(n_chunks)])
