"""Brings the packages that are not in the cache yet, a few at a time."""

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock
from typing import Final

from export.cache import SourceCache
from export.errors import ExportError
from export.progress import Progress
from export.sources import Package

Download = Callable[[Package, Path, Callable[[int], None], Event], Path]
"""`pip.pip_download`, or what a test puts in its place."""

_AT_ONCE: Final = 3
_SCRATCH_PREFIX: Final = "fetch-"
_ABANDONED_S: Final = 24 * 3600.0


def fetch(packages: Sequence[Package], cache: SourceCache, download: Download, progress: Progress) -> None:
    """See that the cache holds every package; the network is not touched when it does.

    Raises:
        ExportError: when one cannot be had. The others are stopped then; those already there stay in the cache.
    """
    missing = [package for package in packages if not cache.holds(package)]
    if not missing:
        return
    cache.folder.mkdir(parents=True, exist_ok=True)
    _sweep(cache.folder)
    tally = _Tally(missing, progress)
    stop = Event()
    # Inside the cache, so that a fetched file moves to its place without being copied.
    with tempfile.TemporaryDirectory(prefix=_SCRATCH_PREFIX, dir=cache.folder, ignore_cleanup_errors=True) as scratch:
        with ThreadPoolExecutor(_AT_ONCE) as pool:

            def bring(package: Package) -> None:
                if stop.is_set():
                    return
                folder = Path(scratch, package.sha256)
                folder.mkdir()
                fetched = download(package, folder, lambda count: tally.count(package, count), stop)
                if not fetched.is_file():
                    raise ExportError(f"{package.requirement} has no file {package.filename} in your package index.")
                cache.add(package, fetched)
                tally.finish(package)

            work = [pool.submit(bring, package) for package in missing]
            try:
                # Only what is done by now can hold the cause; what fails later was stopped because of it.
                done, _ = wait(work, return_when=FIRST_EXCEPTION)
            finally:
                stop.set()
        progress.end()
        for future in done:
            future.result()


def _sweep(folder: Path) -> None:
    """Remove the scratch folders of fetches that were killed; none takes a day."""
    for leftover in folder.glob(f"{_SCRATCH_PREFIX}*"):
        with suppress(FileNotFoundError):  # another fetch may tidy up too
            if time.time() - leftover.stat().st_mtime > _ABANDONED_S:
                shutil.rmtree(leftover, ignore_errors=True)


class _Tally:
    """Adds up the bytes of downloads that run side by side."""

    def __init__(self, packages: Sequence[Package], progress: Progress) -> None:
        self._progress = progress
        self._lock = Lock()
        self._bytes = {package: 0 for package in packages}
        self._open = list(packages)
        plural = "s" if len(packages) > 1 else ""
        total_bytes = sum(package.size_bytes for package in packages)
        progress.begin(f"Fetching {len(packages)} package{plural}", total_bytes, "MB")

    def count(self, package: Package, count: int) -> None:
        with self._lock:
            # Never back: pip takes its scratch file away at the end.
            self._bytes[package] = max(self._bytes[package], min(count, package.size_bytes))
            self._progress.update(sum(self._bytes.values()), self._text())

    def finish(self, package: Package) -> None:
        with self._lock:
            self._open.remove(package)
        self.count(package, package.size_bytes)

    def _text(self) -> str:
        return f"Fetching {self._open[0].requirement}" if self._open else "Fetched everything"
