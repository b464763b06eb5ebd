"""Clients of the store, whichever it is: connected when they are first used, patient while it is started again."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import quote

import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from server.errors import FoleyUnavailableError
from server.settings import Settings
from server.stores.embedded import socket_path

REQUEST_RETRIES: Final = 8
"""About two seconds: somebody waits for an answer."""
WORK_RETRIES: Final = 40
"""About twenty seconds: longer than a store takes to be started again."""
_CONNECT_TIMEOUT_S: Final = 2.0
_READ_TIMEOUT_S: Final = 10.0
"""Longer than any blocking read of ours."""
_MAX_CONNECTIONS: Final = 512


def store_url(settings: Settings) -> str:
    """Where the store is: what is set, or the socket of the server's own child."""
    return settings.store_url or "unix://" + quote(str(socket_path(settings.foley_folder / "store")))


def connect(url: str, retries: int) -> redis.asyncio.Redis:
    """A client for event loops."""
    return redis.asyncio.Redis.from_url(
        url,
        retry=AsyncRetry(_backoff(), retries),
        # Before 3.12, asyncio.wait_for, which redis-py sends with under a timeout, loses a cancellation that comes as
        # it ends (python/cpython#86296). There, keepalive alone finds a store that is gone without a word.
        socket_timeout=_READ_TIMEOUT_S if sys.version_info >= (3, 12) else None,
        socket_connect_timeout=_CONNECT_TIMEOUT_S,
        max_connections=_MAX_CONNECTIONS,
        protocol=2,  # Redis 6 and 7, Valkey and their proxies all answer it in one shape
    )


def connect_blocking(url: str, retries: int) -> redis.Redis:
    """A client for threads; several may share it."""
    return redis.Redis.from_url(
        url,
        retry=Retry(_backoff(), retries),
        socket_timeout=_READ_TIMEOUT_S,
        socket_connect_timeout=_CONNECT_TIMEOUT_S,
        max_connections=_MAX_CONNECTIONS,
        protocol=2,  # Redis 6 and 7, Valkey and their proxies all answer it in one shape
    )


@contextmanager
def store_errors() -> Iterator[None]:
    """Say in our own words that the store cannot be reached or takes nothing.

    Raises:
        FoleyUnavailableError: whatever went wrong with it within the block.
    """
    try:
        yield
    except RedisError as error:
        raise FoleyUnavailableError(
            "Sound for videos cannot be made right now; try again in a moment.", retry_after_s=5.0
        ) from error


def _backoff() -> ExponentialBackoff:
    """0.02 s, doubled up to half a second."""
    return ExponentialBackoff(cap=0.5, base=0.02)
