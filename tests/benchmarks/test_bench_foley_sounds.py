"""The judge of Foley's sounds: statistics that hold, and a checkpoint that is read without running anything of it."""

import io
import os
import pickle
import zipfile

import numpy as np
import pytest

from benchmarks.foley_sounds.aisfx import graph, log_mel, read_checkpoint
from benchmarks.foley_sounds.making import CLIP_S, clip, event, rendered
from benchmarks.foley_sounds.probe import space_of, trained
from server.engines.foley.sound.catalogue import MODELS
from server.runtime.sessions import open_session


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def test_a_probe_names_classes_that_lie_apart() -> None:
    labels = np.arange(90) % 3
    rows = rng().standard_normal((90, 8)) + 3 * np.eye(8)[labels]
    probe = trained(rows[:60], labels[:60])
    assert np.mean(probe.predict(rows[60:]) == labels[60:]) > 0.9


def test_the_distance_of_a_crowd_to_itself_is_nothing_and_a_shift_counts_squared() -> None:
    rows = rng(1).standard_normal((400, 30))
    space = space_of(rows)
    assert space.distance(rows, rows) == pytest.approx(0, abs=1e-6)
    shift = 2.0 * space.axes[0]
    assert space.distance(rows, rows + shift) == pytest.approx(4.0, rel=1e-6)


def test_spectra_have_the_shape_that_the_judge_takes_and_do_not_see_loudness() -> None:
    sound = rng(2).standard_normal(44_100).astype(np.float32)
    spectra = log_mel(sound)
    assert spectra.shape == (44, 96)
    assert np.allclose(spectra, log_mel(sound * 0.1), atol=1e-4)


def test_the_graph_of_a_tiny_checkpoint_embeds_blocks() -> None:
    weights = {}
    n_in = 1
    for block, n_out in enumerate((2, 3, 4, 512), start=1):
        for layer in (1, 2):
            at = f"embedding_net.conv_block{block}"
            weights[f"{at}.conv{layer}.weight"] = rng(block).standard_normal((n_out, n_in, 3, 3)).astype(np.float32)
            for name in ("weight", "bias", "running_mean", "running_var"):
                weights[f"{at}.bn{layer}.{name}"] = np.ones(n_out, np.float32)
            n_in = n_out
    session = open_session(graph(weights).SerializeToString()).session
    (out,) = session.run(None, {"mel": np.zeros((2, 1, 100, 96), np.float32)})
    assert out.shape == (2, 512)


class _Harm:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


def test_a_checkpoint_that_would_run_something_is_refused() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps((_Harm(),)))
    with pytest.raises(pickle.UnpicklingError, match="no part of a checkpoint"):
        read_checkpoint(content.getvalue())


def test_clips_are_made_of_beds_and_of_events() -> None:
    for label in ("stream", "knock"):
        made = clip(MODELS, label, 3)
        assert made.shape == (round(CLIP_S * 48_000), 2)
        assert made.any()
        assert not np.array_equal(made, clip(MODELS, label, 4))
    alone = np.abs(rendered(MODELS, 1, [event("clap", 1.25)])).max(axis=1)
    first = int(np.flatnonzero(alone > 0.03 * alone.max())[0])
    assert abs(first / 48_000 - 1.25) < 0.003
