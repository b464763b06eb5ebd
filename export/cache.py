"""SourceCache: fetched packages, addressed by their sha256, kept outside the checkout so that each comes once."""

import os
from dataclasses import dataclass
from pathlib import Path

from export.errors import ExportError
from export.sources import Package
from server.runtime.model_card import file_sha256


@dataclass(frozen=True, slots=True)
class SourceCache:
    """A folder that any number of processes may use at once: files only ever appear in it whole."""

    folder: Path

    def path(self, package: Package) -> Path:
        """Where the package's file lies, or would."""
        return self.folder / "sources" / package.sha256 / package.filename

    def holds(self, package: Package) -> bool:
        """Whether the file is there and is, bit for bit, the pinned one."""
        path = self.path(package)
        try:
            return path.stat().st_size == package.size_bytes and file_sha256(path) == package.sha256
        except FileNotFoundError:
            return False

    def add(self, package: Package, fetched: Path) -> None:
        """Check a fetched file and move it in; it must lie on the cache's own file system.

        Raises:
            ExportError: when it is not the pinned file. It is left where it is then.
        """
        found = file_sha256(fetched)
        if found != package.sha256:
            raise ExportError(
                f"{package.requirement} came with sha256 {found[:12]}…, but {package.sha256[:12]}… is pinned: it was "
                "refused; ask who runs your package index or proxy why the file differs."
            )
        path = self.path(package)
        path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(fetched, path)
