"""Tables of what is written and how it is said, by category: what the normalisers have to know."""

import pytest
from humming import KOKORO_SYMBOLS

from benchmarks.reading import WANTED, scored
from server.text.phonemizer import Phonemizer

WANTED_OF_A_CATEGORY = 0.85


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_written_is_said_as_people_say_it(language: str) -> None:
    table = list(scored(Phonemizer(KOKORO_SYMBOLS), language))
    assert len(table) >= 300
    wrong = [case for case in table if not case.is_right]
    assert 100 * (1 - len(wrong) / len(table)) >= WANTED, wrong
    for category in {case.category for case in table}:
        own = [case for case in table if case.category == category]
        assert sum(not case.is_right for case in own) <= max(1, (1 - WANTED_OF_A_CATEGORY) * len(own)), category
