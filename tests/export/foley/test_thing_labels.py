"""ImageNet's classes are dealt out to our sounds."""

from export.foley.things.labels import N_CLASSES, SHOWS, classes_of
from server.engines.foley.classes import CLASS


def test_every_sound_exists_and_no_class_shows_two() -> None:
    assert set(SHOWS) <= set(CLASS)
    dealt = [number for label in SHOWS for number in classes_of(label)]
    assert len(dealt) == len(set(dealt))
    assert all(0 <= number < N_CLASSES for number in dealt)
