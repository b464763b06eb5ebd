"""The cache holds only what is, bit for bit, what was pinned."""

from pathlib import Path

import pytest

from export.cache import SourceCache
from export.errors import ExportError
from tests.export.stubs import package_of

DATA = b"weights"
PACKAGE = package_of("thing", DATA)


def fetched(folder: Path, data: bytes) -> Path:
    path = folder / "fetched"
    path.write_bytes(data)
    return path


def test_a_fetched_file_is_found_again(tmp_path: Path) -> None:
    cache = SourceCache(tmp_path / "cache")
    assert not cache.holds(PACKAGE)
    cache.add(PACKAGE, fetched(tmp_path, DATA))
    assert cache.holds(PACKAGE)
    assert cache.path(PACKAGE).read_bytes() == DATA


def test_a_file_with_another_hash_is_refused_in_one_sentence(tmp_path: Path) -> None:
    cache = SourceCache(tmp_path / "cache")
    with pytest.raises(ExportError, match=r"thing==1\.0 came with sha256 .* it was refused"):
        cache.add(PACKAGE, fetched(tmp_path, b"weighty"))
    assert not cache.holds(PACKAGE)


@pytest.mark.parametrize("damage", [b"weight", b"Weights"])
def test_a_file_that_changed_in_the_cache_counts_as_missing(tmp_path: Path, damage: bytes) -> None:
    cache = SourceCache(tmp_path / "cache")
    cache.add(PACKAGE, fetched(tmp_path, DATA))
    cache.path(PACKAGE).write_bytes(damage)
    assert not cache.holds(PACKAGE)


def test_files_are_addressed_by_their_hash(tmp_path: Path) -> None:
    cache = SourceCache(tmp_path)
    assert cache.path(PACKAGE) != cache.path(package_of("thing", b"other weights"))
