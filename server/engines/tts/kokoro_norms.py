"""Predicts the statistics of the norms in Kokoro's generator from what goes into it, before it runs.

An adaptive instance norm takes mean and deviation of its input over the whole utterance. Nearly all of what makes them
differ from one utterance to the next can be read from the generator's inputs: a ridge regression (Hoerl and Kennard
1970, doi:10.1080/00401706.1970.10488634) around each voice's own means,

    2583 features -> 96 components -> (a matrix for each voice) -> 96 factors -> 18 432 statistics

The export fits it; `export/kokoro_streaming/ridge.py` tells how.
"""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from server.errors import ModelUnavailableError

Floats = npt.NDArray[np.float32]

NORMS_FILE: Final = "norms.npz"
"""Its name in the model's folder."""
VOICED_ABOVE_HZ: Final = 10.0
"""As the generator's own source decides it."""
FEATURE_LIMIT: Final = 2.5
"""Standard deviations. Beyond what was calibrated a line goes astray: unclipped, an utterance of 20 s failed."""
X_FEATURES: Final = 5 * 512
PROSODY_FEATURES: Final = 23
_LEAKY: Final = 0.1
"""Slope of the generator's first LeakyRelu."""
_QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
_EPSILON: Final = 1e-3


def norm_features(x: Floats, f0: Floats, energy: Floats) -> Floats:
    """What the statistics are predicted from, float32 [X_FEATURES + PROSODY_FEATURES].

    Args:
        x: what the generator gets, [1, 512, 2F].
        f0: hertz, [1, 2F].
        energy: [1, 2F].
    """
    columns = x[0]
    leaky = np.maximum(columns, _LEAKY * columns)
    return np.concatenate(
        (
            columns.mean(axis=1),
            _log_deviation(columns),
            leaky.mean(axis=1),
            _log_deviation(leaky),
            _log_deviation(np.diff(columns, axis=1)),
            _prosody_features(f0[0], energy[0]),
        )
    ).astype(np.float32)


def _log_deviation(rows: Floats) -> Floats:
    logarithms: Floats = np.log(rows.std(axis=1) + _EPSILON)
    return logarithms


def _prosody_features(f0: Floats, energy: Floats) -> list[float]:
    is_voiced = f0 > VOICED_ABOVE_HZ
    pitch = f0[is_voiced] if is_voiced.any() else np.array([100.0], np.float32)
    return [
        float(is_voiced.mean()),
        10 * float(np.abs(np.diff(is_voiced.astype(np.float32))).mean()),
        float(pitch.mean()) / 100,
        float(np.log(pitch.mean())),
        float(pitch.std()) / 50,
        *(np.quantile(pitch, _QUANTILES) / 100).tolist(),
        float(f0.mean()) / 100,
        _mean(f0[~is_voiced]) / 10,
        float(energy.mean()),
        float(energy.std()),
        _mean(energy[is_voiced]),
        _mean(energy[~is_voiced]),
        float(np.abs(np.diff(energy)).mean()),
        *np.quantile(energy, _QUANTILES).tolist(),
        float(np.log(len(f0))),
    ]


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else 0.0


@dataclass(frozen=True, slots=True)
class NormStatistics:
    """What the norms of one utterance are taken to measure, in the order of the graphs' vectors."""

    mean: Floats
    """Shape [NORM_CHANNELS]."""
    log_deviation: Floats
    """Likewise, natural logarithm."""


@dataclass(frozen=True, slots=True)
class NormPredictor:
    """The regression. Shared by all threads."""

    voices: tuple[str, ...]
    """Those it was calibrated for, in the order of the rows below."""
    centre: Floats
    """Each voice's mean features, [n_voices, n_features]."""
    scale: Floats
    """How far features stray from that, [n_features]."""
    projection: Floats
    """Standardised features -> components, [n_features, n_components]."""
    coefficients: Floats
    """Components -> factors, one matrix for each voice, [n_voices, n_components, n_factors]."""
    basis: Floats
    """Factors -> statistics, means first, then logarithms of deviations, [n_factors, 2 * NORM_CHANNELS]."""
    typical: Floats
    """Each voice's mean statistics, [n_voices, 2 * NORM_CHANNELS]."""

    @staticmethod
    def load(path: Path) -> "NormPredictor":
        """Read what the export wrote.

        Raises:
            ModelUnavailableError: when it cannot be read.
        """
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
                numbers = {
                    name: arrays[name].astype(np.float32)
                    for name in ("centre", "scale", "projection", "coefficients", "basis", "typical")
                }
                return NormPredictor(voices=tuple(arrays["voices"].tolist()), **numbers)
        except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise ModelUnavailableError(
                f"The file {path.name} is damaged; run `python -m export --only kokoro`."
            ) from error

    def predict(self, shares: Mapping[str, float], features: Floats) -> NormStatistics:
        """The statistics of an utterance with these features (`norm_features`).

        Args:
            shares: how much of each voice speaks, together 1; a blend has the mean of what its voices would have.
            features: [n_features].

        Raises:
            ValueError: when a voice was not calibrated.
        """
        total = np.zeros(self.typical.shape[1], np.float32)
        for voice, share in shares.items():
            total += np.float32(share) * self._of_voice(self.voices.index(voice), features)
        mean, log_deviation = np.split(total, 2)
        return NormStatistics(mean, log_deviation)

    def _of_voice(self, row: int, features: Floats) -> Floats:
        standardised = np.clip((features - self.centre[row]) / self.scale, -FEATURE_LIMIT, FEATURE_LIMIT)
        factors = (standardised @ self.projection) @ self.coefficients[row]
        statistics: Floats = self.typical[row] + factors @ self.basis
        return statistics
