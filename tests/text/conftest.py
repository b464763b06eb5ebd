"""What the tests of the text rooms share: dictionaries are loaded once for all of them."""

import json
from importlib.resources import files

import pytest

from server.text.phonemizer import Phonemizer


@pytest.fixture(scope="session")
def vocabulary() -> frozenset[str]:
    """Kokoro's alphabet, as hibari ships it; both voices have the same."""
    return frozenset(json.loads((files("hibari") / "assets" / "vocab.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def phonemizer(vocabulary: frozenset[str]) -> Phonemizer:
    phonemizer = Phonemizer(vocabulary)
    phonemizer.warm_up()
    return phonemizer
