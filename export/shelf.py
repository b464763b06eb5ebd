"""Shelf: onnx_models/ as the export sees it: what is there, what is missing, and how a new model gets in whole."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from export.manifest import hashes_of
from server.runtime.model_card import CARD_FILE, FileSpec, ModelCard

State = Literal["present", "absent", "changed"]

# A folder, so that the rule that keeps the models out of git keeps it out too.
_WORK: Final = ".work"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder that holds a folder per model."""

    folder: Path

    def state(self, name: str, pinned: Mapping[str, str]) -> State:
        """Whether every pinned file of the model is there, bit for bit: about a second per gigabyte.

        Args:
            name: the model's name.
            pinned: file -> sha256. Files that are not pinned are nobody's business.
        """
        folder = self.folder / name
        if not folder.is_dir():
            return "absent"
        found = hashes_of(folder)
        return "present" if all(found.get(file) == sha256 for file, sha256 in pinned.items()) else "changed"

    def size_bytes(self, name: str) -> int:
        """What the model takes on disk."""
        return sum(path.stat().st_size for path in (self.folder / name).rglob("*") if path.is_file())

    @contextmanager
    def lock(self, on_wait: Callable[[], None]) -> Iterator[None]:
        """Keep other exports out of this folder; waits for one that is in it, after saying so once.

        The lock is the operating system's (flock), so it ends with the process that holds it, however that ends.
        """
        work = self.folder / _WORK
        work.mkdir(parents=True, exist_ok=True)
        with (work / "lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                on_wait()
                fcntl.flock(handle, fcntl.LOCK_EX)
            self._sweep()
            yield

    def put(self, name: str, build: Callable[[Path], ModelCard], check: Callable[[dict[str, str]], None]) -> None:
        """Build a model beside the old one and swap them; an interrupted or failed build changes nothing.

        Args:
            name: the model's name.
            build: fills the folder it is given, and returns the card that describes it, its `files` still empty.
            check: is shown the sha256 of every file, the card's too, before the swap; raises to call it off.
        """
        new = Path(tempfile.mkdtemp(prefix=f"{name}-new-", dir=self.folder / _WORK))
        try:
            new.chmod(0o755)  # mkdtemp's 0700 would hide the model from a server that runs as somebody else
            _write_card(new, build(new))
            check(hashes_of(new))
            old = Path(tempfile.mkdtemp(prefix=f"{name}-old-", dir=self.folder / _WORK))
            if (self.folder / name).exists():
                os.replace(self.folder / name, old / name)
            os.replace(new, self.folder / name)
        finally:
            self._sweep()

    def _sweep(self) -> None:
        """Remove what this or an interrupted export left behind. Only under the lock."""
        for leftover in (self.folder / _WORK).iterdir():
            if leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)


def _write_card(folder: Path, card: ModelCard) -> None:
    files = {
        file: FileSpec(size_bytes=(folder / file).stat().st_size, sha256=sha256)
        for file, sha256 in hashes_of(folder).items()
    }
    (folder / CARD_FILE).write_text(card.model_copy(update={"files": files}).to_json(), encoding="utf-8")
