"""The folders that Foley's uploads and results lie in, seen by gateways and workers alike."""

import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.errors import FoleyUnavailableError
from server.tasks.state import Source

_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """An upload, or the folder of a job's results."""

    name: str
    n_bytes: int
    age_s: float
    """Since it was last written."""


class Files:
    """Where things lie under one folder, which is its owner's alone."""

    def __init__(self, folder: Path) -> None:
        self.uploads = folder / "uploads"
        self.results = folder / "results"

    def make(self) -> None:
        """Make the folders.

        Raises:
            FoleyUnavailableError: they cannot be made.
        """
        try:
            for folder in (self.uploads, self.results):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise FoleyUnavailableError(f"{self.uploads.parent} cannot be written ({error.strerror}).") from None

    def upload(self, name: str) -> Path:
        """Where an upload lies."""
        return self.uploads / _checked(name)

    def result(self, job: str) -> Path:
        """Where the stretches of a job's log lie (`segments.py`)."""
        return self.results / _checked(job)

    def has(self, source: Source) -> bool:
        """Whether an upload is there."""
        return self.upload(source.name).is_file()

    def remove_upload(self, name: str) -> None:
        """Forget an upload, if it is there."""
        self.upload(name).unlink(missing_ok=True)

    def remove_result(self, job: str) -> None:
        """Forget what was made, if anything was."""
        shutil.rmtree(self.result(job), ignore_errors=True)

    def found_uploads(self) -> Iterator[FoundFile]:
        """All uploads, those that are still being written, too."""
        return self._found(self.uploads)

    def found_results(self) -> Iterator[FoundFile]:
        """The folders of all jobs."""
        return self._found(self.results)

    def _found(self, folder: Path) -> Iterator[FoundFile]:
        now_s = time.time()  # as the file system's own stamps
        for path in folder.iterdir() if folder.is_dir() else ():
            try:
                stats = [each.stat() for each in (path, *(path.iterdir() if path.is_dir() else ()))]
            except FileNotFoundError:  # gone meanwhile
                continue
            yield FoundFile(
                path.name,
                sum(stat.st_size for stat in stats),
                now_s - max(stat.st_mtime for stat in stats),
            )


def _checked(name: str) -> str:
    """The name, if it leads nowhere else: it comes back from the store."""
    if _NAME.fullmatch(name) is None:
        raise ValueError("not the name of a file of ours")
    return name
