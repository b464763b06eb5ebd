"""The doctor says whether the store that sound for videos needs can be had."""

from pathlib import Path

import pytest

from server.doctor import look_at_foley, look_at_foleys_engine
from server.settings import Settings


@pytest.mark.parametrize(
    ("changed", "is_good", "said"),
    [
        ({}, True, "of our own"),
        ({"foley": False}, True, "not needed"),
        ({"store_url": "redis://127.0.0.1:1"}, False, "does not answer"),
    ],
)
def test_the_doctor_says_whether_foley_has_a_store(
    tmp_path: Path, changed: dict[str, object], is_good: bool, said: str
) -> None:
    (finding,) = look_at_foley(Settings(data_dir=tmp_path, **changed))  # type: ignore[arg-type]
    assert finding.is_good is is_good
    assert said in finding.sentence


@pytest.mark.parametrize(
    ("backend", "is_good", "said"),
    [
        ("tests.support.foley_server:FlashBackend", True, "FlashBackend"),
        ("nowhere:Nothing", False, "WILDTRACK_FOLEY_BACKEND"),
    ],
)
def test_the_doctor_says_whether_foley_has_an_engine(backend: str, is_good: bool, said: str) -> None:
    (finding,) = look_at_foleys_engine(Settings(foley_backend=backend))
    assert finding.is_good is is_good
    assert said in finding.sentence
    assert not list(look_at_foleys_engine(Settings(foley=False)))
