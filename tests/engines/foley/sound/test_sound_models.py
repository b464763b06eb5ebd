"""Every class sounds: finite, not silent, from its first sample on, and never twice the same."""

from itertools import islice

import numpy as np
import pytest

from server.engines.foley.classes import CLASS, CLASSES
from server.engines.foley.sound.catalogue import MODELS, texture_of
from server.engines.foley.sound.cue import BLOCK, RATE, Cue

HITS = [(sound.id, material) for sound in CLASSES if MODELS[sound.id].hit for material in (sound.materials or (None,))]


def rng(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def test_every_class_has_a_model_and_no_model_lacks_a_class() -> None:
    assert set(MODELS) == set(CLASS)
    assert all((sound.hit is None) != (sound.texture is None) for sound in MODELS.values())


@pytest.mark.parametrize(("label", "material"), HITS)
def test_a_hit_begins_at_its_first_sample_and_is_never_made_twice(label: str, material: str | None) -> None:
    make = MODELS[label].hit
    assert make is not None
    sound = make(Cue(material, 0.8), rng(1))
    assert sound.dtype == np.float32
    assert np.isfinite(sound).all()
    assert 0.99 < np.abs(sound).max() <= 1.001
    first = int(np.flatnonzero(np.abs(sound) > 0.03)[0])
    assert first < 0.003 * RATE
    again = make(Cue(material, 0.8), rng(1))
    assert np.array_equal(sound, again)
    other = make(Cue(material, 0.8), rng(2))
    n = min(len(sound), len(other))
    assert abs(np.corrcoef(sound[:n], other[:n])[0, 1]) < 0.9


@pytest.mark.parametrize("label", [sound.id for sound in CLASSES])
def test_every_class_can_lie_under_a_scene(label: str) -> None:
    sound = np.concatenate(list(islice(texture_of(MODELS[label])(Cue(), rng(3)), 12)))
    assert sound.dtype == np.float32
    assert sound.shape == (12 * BLOCK, 2)
    assert np.isfinite(sound).all()
    assert sound.std() > 0.001
    other = np.concatenate(list(islice(texture_of(MODELS[label])(Cue(), rng(4)), 12)))
    assert not np.array_equal(sound, other)


def test_outdoor_beds_differ_between_left_and_right() -> None:
    for label in ("rain", "wind", "sea", "stream", "fire", "city", "forest"):
        sound = np.concatenate(list(islice(texture_of(MODELS[label])(Cue(), rng(3)), 20)))
        assert abs(np.corrcoef(sound.T)[0, 1]) < 0.7, label
