"""What the norms are told lies near what was calibrated, whatever the utterance."""

from pathlib import Path

import numpy as np
import pytest

from server.engines.tts.kokoro_norms import (
    FEATURE_LIMIT,
    PROSODY_FEATURES,
    X_FEATURES,
    NormPredictor,
    norm_features,
)
from server.errors import ModelUnavailableError

N_FEATURES, N_STATISTICS = 7, 10


def predictor() -> NormPredictor:
    draw = np.random.default_rng(1)

    def numbers(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return draw.normal(size=shape).astype(np.float32)

    return NormPredictor(
        voices=("ann", "bob"),
        centre=numbers(2, N_FEATURES),
        scale=np.abs(numbers(N_FEATURES)) + np.float32(0.1),
        projection=numbers(N_FEATURES, 4),
        coefficients=numbers(2, 4, 3),
        basis=numbers(3, 2 * N_STATISTICS),
        typical=numbers(2, 2 * N_STATISTICS),
    )


def test_an_average_utterance_has_the_voices_typical_statistics() -> None:
    model = predictor()
    statistics = model.predict({"bob": 1.0}, model.centre[1])
    np.testing.assert_array_equal(np.concatenate((statistics.mean, statistics.log_deviation)), model.typical[1])


def test_a_blend_has_the_mean_of_what_its_voices_would_have() -> None:
    model, features = predictor(), predictor().centre[0] + np.float32(0.1)
    ann, bob = (model.predict({voice: 1.0}, features) for voice in ("ann", "bob"))
    both = model.predict({"ann": 0.25, "bob": 0.75}, features)
    np.testing.assert_allclose(both.mean, 0.25 * ann.mean + 0.75 * bob.mean, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(
        both.log_deviation, 0.25 * ann.log_deviation + 0.75 * bob.log_deviation, rtol=1e-5, atol=1e-5
    )


def test_what_strays_beyond_the_limit_counts_as_the_limit() -> None:
    model = predictor()
    direction = np.array([1, -1, 1, 1, -1, 1, -1], np.float32)
    at_the_limit = model.predict({"ann": 1.0}, model.centre[0] + FEATURE_LIMIT * model.scale * direction)
    far_beyond = model.predict({"ann": 1.0}, model.centre[0] + 1000 * model.scale * direction)
    np.testing.assert_allclose(far_beyond.mean, at_the_limit.mean, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(far_beyond.log_deviation, at_the_limit.log_deviation, rtol=1e-4, atol=1e-4)


def test_a_voice_that_was_not_calibrated_is_refused() -> None:
    with pytest.raises(ValueError, match="not in"):
        predictor().predict({"eve": 1.0}, predictor().centre[0])


@pytest.mark.parametrize("voiced", [0, 3, 8])
def test_features_are_finite_however_much_is_voiced(voiced: int) -> None:
    draw = np.random.default_rng(2)
    f0 = np.zeros((1, 8), np.float32)
    f0[0, :voiced] = 180.0
    features = norm_features(draw.normal(size=(1, 512, 8)).astype(np.float32), f0, np.ones((1, 8), np.float32))
    assert features.shape == (X_FEATURES + PROSODY_FEATURES,)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not an archive"])
def test_a_damaged_file_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "norms.npz").write_bytes(content)
    with pytest.raises(ModelUnavailableError, match="python -m export"):
        NormPredictor.load(tmp_path / "norms.npz")
