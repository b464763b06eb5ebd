"""A store of our own, started once for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.stores.embedded import EmbeddedStore


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[EmbeddedStore]:
    """One that runs."""
    store = EmbeddedStore(tmp_path / "store", 32 * 2**20)
    assert store.lock()
    store.start()
    assert store.wait_until_ready()
    yield store
    store.stop()
