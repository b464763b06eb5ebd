"""The regression finds what features do to statistics, and the calibration says enough of everything."""

from pathlib import Path

import numpy as np
import pytest

from export.kokoro_streaming.calibrate import CALIBRATED, write_norms
from export.kokoro_streaming.cases import cases_for
from export.kokoro_streaming.ridge import Observation, fit
from server.engines.tts.kokoro_norms import PROSODY_FEATURES, X_FEATURES, NormPredictor
from server.engines.tts.voices import VOICES

N_STATISTICS = 6
N_FEATURES = X_FEATURES + PROSODY_FEATURES


def observations(n_each: int) -> list[Observation]:
    """Two voices whose statistics follow three hidden traits of the utterance, as do all features."""
    draw = np.random.default_rng(4)
    seen_as = draw.normal(size=(3, N_FEATURES))
    slopes, level = draw.normal(size=(3, N_STATISTICS)), {"ann": 1.0, "bob": -2.0}
    made = []
    for voice in ("ann", "bob"):
        for _ in range(n_each):
            traits = draw.uniform(-1, 1, 3)
            made.append(
                Observation(
                    voice=voice,
                    features=(traits @ seen_as + level[voice]).astype(np.float32),
                    mean=(traits @ slopes + level[voice]).astype(np.float32),
                    log_deviation=(0.1 * traits @ slopes).astype(np.float32),
                )
            )
    return made


def test_statistics_of_unheard_utterances_are_predicted() -> None:
    every = observations(40)
    heard, unheard = [each for i, each in enumerate(every) if i % 4], every[::4]
    predictor = fit(heard, ridge=1e-3)
    errors = [predictor.predict({each.voice: 1.0}, each.features).mean - each.mean for each in unheard]
    spread = np.std([each.mean for each in unheard if each.voice == "ann"], axis=0).mean()
    assert np.sqrt(np.mean(np.square(errors))) < 0.1 * spread


def test_a_strong_ridge_leaves_the_means_of_the_voice() -> None:
    every = observations(10)
    predictor = fit(every, ridge=1e9)
    mean = np.mean([each.mean for each in every if each.voice == "bob"], axis=0)
    np.testing.assert_allclose(predictor.predict({"bob": 1.0}, every[-1].features).mean, mean, atol=1e-4)


def test_a_written_predictor_predicts_the_same_but_for_half_precision(tmp_path: Path) -> None:
    every = observations(10)
    predictor = fit(every)
    write_norms(predictor, tmp_path / "norms.npz")
    read = NormPredictor.load(tmp_path / "norms.npz")
    assert read.voices == ("ann", "bob")
    found, expected = (each.predict({"ann": 1.0}, every[3].features) for each in (read, predictor))
    np.testing.assert_allclose(found.mean, expected.mean, atol=1e-2)
    np.testing.assert_allclose(found.log_deviation, expected.log_deviation, atol=1e-2)


def test_every_listed_voice_is_calibrated() -> None:
    listed = {voice.model_voice for voice in VOICES if voice.model == "kokoro"}
    assert set(NormPredictor.load(CALIBRATED).voices) == listed


@pytest.mark.parametrize("voice", ["af_heart", "zf_xiaobei"])
def test_a_voice_says_clauses_of_both_languages_at_many_speeds(voice: str) -> None:
    cases = list(cases_for(voice, 3))
    own = "zh" if voice.startswith("z") else "en"
    assert len({case.clause.text for case in cases if case.clause.language == own}) >= 16
    assert {case.clause.language for case in cases} == {"en", "zh"}
    assert min(case.speed for case in cases) < 1 < max(case.speed for case in cases)
    assert any(case.prosody is not None for case in cases)


def test_the_sentences_of_the_evaluation_are_not_among_those_of_the_calibration() -> None:
    root = CALIBRATED.parents[2]
    for language in ("en", "zh"):
        judged = (root / f"benchmarks/quality/sentences_{language}.txt").read_text(encoding="utf-8").splitlines()
        heard = CALIBRATED.with_name(f"calibration_{language}.txt").read_text(encoding="utf-8").splitlines()
        assert len(heard) >= 24
        assert not set(judged) & set(heard)
