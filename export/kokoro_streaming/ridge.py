"""Fits the statistics of the norms to features of the utterances: a ridge regression around each voice's means.

What features do to statistics is much the same for all voices, but not quite. So the slopes of a voice are the sum of
slopes that all share and of its own, both kept small: in the dual form, utterances of one voice are simply `OWN` times
more alike (Evgeniou and Pontil 2004, doi:10.1145/1014052.1014067). It halves the error of either alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from server.engines.tts.kokoro_norms import FEATURE_LIMIT, PROSODY_FEATURES, X_FEATURES, NormPredictor

Floats = npt.NDArray[np.float32]

RIDGE: Final = 0.03
"""Relative to the mean of the kernel's diagonal."""
OWN: Final = 0.5
"""How much a voice's own slopes may be, against the shared ones."""
COMPONENTS: Final = 96
FACTORS: Final = 96
_X_WEIGHT: Final = 0.3
"""Of all features of x together, against those of F0 and energy together."""
_LEAST_SCALE: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Observation:
    """One utterance with its true statistics."""

    voice: str
    features: Floats
    """As `norm_features` makes them."""
    mean: Floats
    """Shape [NORM_CHANNELS]."""
    log_deviation: Floats
    """Likewise."""


def fit(observations: Sequence[Observation], *, ridge: float = RIDGE, own: float = OWN) -> NormPredictor:
    """The predictor that fits the observations.

    Errors of a mean count by how many deviations of its channel they are; those of a logarithm as they are.

    Args:
        observations: several of every voice.
        ridge: the larger, the closer predictions stay to the voice's means.
        own: as `OWN`.
    """
    voices = tuple(dict.fromkeys(each.voice for each in observations))
    row = np.array([voices.index(each.voice) for each in observations])
    features = np.stack([each.features for each in observations]).astype(np.float64)
    means = np.stack([each.mean for each in observations]).astype(np.float64)
    logs = np.stack([each.log_deviation for each in observations]).astype(np.float64)
    unit = np.concatenate((np.exp(logs.mean(axis=0)), np.ones(logs.shape[1])))
    statistics = np.concatenate((means, logs), axis=1) / unit

    centre, typical = (_means_by_voice(values, row, len(voices)) for values in (features, statistics))
    strayed = features - centre[row]
    scale = np.sqrt((strayed**2).mean(axis=0)) + _LEAST_SCALE
    weight = _feature_weights()
    weighted = np.clip(strayed / scale, -FEATURE_LIMIT, FEATURE_LIMIT) * weight
    directions = np.linalg.svd(weighted, full_matrices=False)[2][:COMPONENTS]
    components = weighted @ directions.T
    wanted = statistics - typical[row]

    # Fewer utterances than statistics: the dual form, whose matrix is [utterances, utterances].
    kernel = (components @ components.T) * (1 + own * (row[:, np.newaxis] == row))
    penalty = ridge * np.trace(kernel) / len(kernel) * np.eye(len(kernel))
    dual = np.linalg.solve(kernel + penalty, wanted)
    # The best approximation of the fitted values by a few factors (Izenman 1975, reduced-rank regression).
    basis = np.linalg.svd(kernel @ dual, full_matrices=False)[2][:FACTORS]
    slopes = dual @ basis.T
    coefficients = [
        components.T @ slopes + own * components[row == voice].T @ slopes[row == voice] for voice in range(len(voices))
    ]
    return NormPredictor(
        voices=voices,
        centre=centre.astype(np.float32),
        scale=scale.astype(np.float32),
        projection=(weight[:, np.newaxis] * directions.T).astype(np.float32),
        coefficients=np.stack(coefficients).astype(np.float32),
        basis=(basis * unit).astype(np.float32),
        typical=(typical * unit).astype(np.float32),
    )


def _means_by_voice(
    values: npt.NDArray[np.float64], row: npt.NDArray[np.int64], n_voices: int
) -> npt.NDArray[np.float64]:
    return np.stack([values[row == voice].mean(axis=0) for voice in range(n_voices)])


def _feature_weights() -> npt.NDArray[np.float64]:
    of_x = np.full(X_FEATURES, np.sqrt(_X_WEIGHT / X_FEATURES))
    return np.concatenate((of_x, np.full(PROSODY_FEATURES, np.sqrt(1 / PROSODY_FEATURES))))
