"""Keeps videos as they arrive: private files in a folder of their own, never larger than allowed, never left half.

A file that is being written has a name that ends in `.part` and is locked by its writer; what is locked by nobody was
left by a process that died, and goes at the next start.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from server.errors import StorageFullError, VideoTooLargeError

T = TypeVar("T")

_PART: Final = ".part"
_YOUNG_S: Final = 60.0
"""What was written to so recently may not be locked yet."""
_LOOK_EVERY_BYTES: Final = 16 * 2**20
_MAX_WAITING_BYTES: Final = 2**20
"""Collected before a thread is asked to write them."""


@dataclass(frozen=True, slots=True)
class StoredVideo:
    """A whole file."""

    name: str
    """In the folder: letters and digits."""
    digest: str
    """SHA-256, hexadecimal: equal videos have equal ones."""
    n_bytes: int


class Uploads:
    """One folder of videos, shared by the processes of one server."""

    def __init__(self, folder: Path, *, max_bytes: int, max_folder_bytes: int, min_free_bytes: int = 2**30) -> None:
        """`max_bytes` of one video, `max_folder_bytes` of all; `min_free_bytes` have to stay free on the disk."""
        self.folder = folder
        self._max_bytes = max_bytes
        self._max_folder_bytes = max_folder_bytes
        self._min_free_bytes = min_free_bytes

    async def receive(self, pieces: AsyncIterator[bytes]) -> StoredVideo:
        """Keep what comes; nothing of it where that raises, or is cancelled.

        Raises:
            VideoTooLargeError: when more comes than one video may have.
            StorageFullError: when the disk has no room for it.
        """
        incoming = await asyncio.to_thread(self.begin)
        with incoming:
            waiting = bytearray()
            async for piece in pieces:
                waiting += piece
                if len(waiting) >= _MAX_WAITING_BYTES:
                    await _to_its_end(incoming.write, bytes(waiting))
                    waiting.clear()
            await _to_its_end(incoming.write, bytes(waiting))
            return await _to_its_end(incoming.finish)

    def begin(self) -> "IncomingVideo":
        """Start a file.

        Raises:
            StorageFullError: when the disk has no room for more.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return IncomingVideo(self.folder, self._max_bytes, self._check_room)

    def _check_room(self) -> None:
        with os.scandir(self.folder) as entries:
            used_bytes = sum(_size_bytes(entry) for entry in entries)
        if used_bytes >= self._max_folder_bytes or shutil.disk_usage(self.folder).free < self._min_free_bytes:
            raise _full()

    def path(self, name: str) -> Path:
        """Where a video lies.

        Raises:
            ValueError: when that is not the name of one.
        """
        if not name.isascii() or not name.isalnum():
            raise ValueError("not the name of an upload")
        return self.folder / name

    def remove(self, name: str) -> None:
        """Forget a video, if it is there."""
        self.path(name).unlink(missing_ok=True)

    def sweep(self) -> int:
        """Remove what processes that are gone have left half; how many files that were. For the start."""
        removed = 0
        for path in self.folder.glob(f"*{_PART}"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime < _YOUNG_S:
                    continue
                with open(path, "rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink()
                    removed += 1
        return removed


class IncomingVideo:
    """One video on its way to the disk. As a context it leaves no file unless `finish` was reached."""

    def __init__(self, folder: Path, max_bytes: int, check_room: Callable[[], None]) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._check_room = check_room
        self._look_at_bytes = _LOOK_EVERY_BYTES
        self._n_bytes = 0
        self._hash = hashlib.sha256()
        self._name = secrets.token_hex(16)
        self._part = folder / f"{self._name}{_PART}"
        check_room()
        descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def write(self, data: bytes) -> None:
        """The next bytes.

        Raises:
            VideoTooLargeError: when that is more than one video may have.
            StorageFullError: when the disk has no room for it.
        """
        self._n_bytes += len(data)
        if self._n_bytes > self._max_bytes:
            raise VideoTooLargeError(f"The video is larger than {self._max_bytes // 2**20} MB; send a smaller one.")
        if self._n_bytes > self._look_at_bytes:
            self._look_at_bytes += _LOOK_EVERY_BYTES
            self._check_room()
        try:
            self._file.write(data)
        except OSError:
            raise _full() from None
        self._hash.update(data)

    def finish(self) -> StoredVideo:
        """All has come; the file has its lasting name. Raises StorageFullError as `write` does."""
        try:
            self._file.close()
        except OSError:
            raise _full() from None
        os.replace(self._part, self._folder / self._name)
        return StoredVideo(self._name, self._hash.hexdigest(), self._n_bytes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # First the name, then the lock: nobody else has to sweep up.
        self._part.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # what its buffer held finds no room
            self._file.close()


async def _to_its_end(work: Callable[..., T], *arguments: bytes) -> T:
    """Run in a thread; where the caller is cancelled meanwhile, wait for it still, so that nobody closes its file."""
    running = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


def _full() -> StorageFullError:
    return StorageFullError("The server has no room for more videos now; try again later.", retry_after_s=600.0)


def _size_bytes(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:  # gone meanwhile
        return 0
