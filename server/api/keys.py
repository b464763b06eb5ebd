"""KeyStore: the API keys. Only keyed hashes of them are kept, in one file that its owner alone can read."""

import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.errors import ConfigurationError, InvalidRequestError
from server.settings import Settings

KEYS_FILE = "keys.json"
PREFIX = "wt_"
"""Begins every key, so that people and secret scanners can tell what it is."""
_KEY_BYTES = 32
_MAX_PRESENTED_CHARACTERS = 128


class ApiKey(BaseModel):
    """What is kept of a key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    """Names the key in lists and logs; no secret."""
    label: str
    """Whom or what it was made for."""
    created: str
    """ISO 8601, UTC."""
    digest: str = Field(repr=False)
    """BLAKE2b-256 of the key, keyed with the store's secret (RFC 7693, 2.9); hexadecimal."""


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    secret: str = Field(pattern="^[0-9a-f]{64}$", repr=False)
    keys: tuple[ApiKey, ...] = ()


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made: the only time that it can be read."""

    key: ApiKey
    presented: str
    """What a client sends."""


class KeyStore:
    """The keys in `data_dir`. A change of the file, by this process or another, holds from the next look on."""

    def __init__(self, data_dir: Path) -> None:
        """The folder need not exist before the first key."""
        self._path = data_dir / KEYS_FILE
        self._content: _File | None = None
        self._stamp: tuple[int, int, int] | None = None

    @property
    def keys(self) -> tuple[ApiKey, ...]:
        """All keys, the oldest first.

        Raises:
            ConfigurationError: when the file is there but cannot be read.
        """
        content = self._read()
        return () if content is None else content.keys

    def add(self, label: str, created: datetime) -> NewKey:
        """Make a key and keep its hash.

        Raises:
            InvalidRequestError: when the label is empty, longer than 64 characters or not printable.
            ConfigurationError: when the file cannot be read or written.
        """
        if not (1 <= len(label.strip()) <= 64 and label.isprintable()):
            raise InvalidRequestError("A label has 1 to 64 printable characters, such as `kitchen-radio`.")
        content = self._read() or _File(secret=secrets.token_hex(32))
        presented = PREFIX + secrets.token_urlsafe(_KEY_BYTES)
        key = ApiKey(
            id=secrets.token_hex(4),
            label=label.strip(),
            created=created.isoformat(timespec="seconds"),
            digest=_digest(presented, content.secret),
        )
        self._write(content.model_copy(update={"keys": (*content.keys, key)}))
        return NewKey(key, presented)

    def remove(self, key_id: str) -> bool:
        """Forget a key; False when there is none of that id.

        Raises:
            ConfigurationError: when the file cannot be read or written.
        """
        content = self._read()
        if content is None or all(key.id != key_id for key in content.keys):
            return False
        self._write(content.model_copy(update={"keys": tuple(key for key in content.keys if key.id != key_id)}))
        return True

    def find(self, presented: str) -> ApiKey | None:
        """The key that somebody presents, or None. Takes as long for a wrong key as for a right one.

        Raises:
            ConfigurationError: when the file is there but cannot be read.
        """
        content = self._read()
        if content is None or len(presented) > _MAX_PRESENTED_CHARACTERS:
            return None
        digest = _digest(presented, content.secret)
        found = None
        for key in content.keys:  # all of them, so that time tells nothing about which
            if hmac.compare_digest(key.digest, digest):
                found = key
        return found

    def _read(self) -> _File | None:
        try:
            status = self._path.stat()
            stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
            if stamp != self._stamp:
                self._content = _File.model_validate_json(self._path.read_bytes())
                self._stamp = stamp
        except FileNotFoundError:
            self._content = self._stamp = None
        except OSError as error:
            raise ConfigurationError(f"{self._path} cannot be read ({error.strerror}); check whose it is.") from None
        except ValidationError:
            raise ConfigurationError(
                f"{self._path} is damaged; remove it and make new keys with `python -m server keys add LABEL`."
            ) from None
        return self._content

    def _write(self, content: _File) -> None:
        """Replace the file at once: a crash leaves the old one or the new one, whole."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # mkstemp makes files that only their owner can read (0600).
            descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{KEYS_FILE}.")
            try:
                with open(descriptor, "w", encoding="utf-8") as file:
                    file.write(content.model_dump_json(indent=1) + "\n")
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(name, self._path)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(name)
                raise
        except OSError as error:
            raise ConfigurationError(
                f"{self._path} cannot be written ({error.strerror}); check whose folder it is."
            ) from None


def require_safe_binding(settings: Settings, keys: KeyStore) -> None:
    """Refuse to serve other machines without API keys.

    Raises:
        ConfigurationError: when `host` is no loopback address and there is no key.
    """
    if not settings.is_loopback and not keys.keys:
        raise ConfigurationError(
            f"Other machines can reach {settings.host}, so API keys are needed: make one with "
            "`python -m server keys add LABEL`, or set WILDTRACK_HOST=127.0.0.1."
        )


def _digest(presented: str, secret: str) -> str:
    # What is presented comes from outside and may hold half a surrogate pair.
    data = presented.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, key=bytes.fromhex(secret), digest_size=32, person=b"wildtrack-key").hexdigest()
