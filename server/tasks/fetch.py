"""Fetches a video from an address that a stranger gives, without becoming their way into private networks.

Names prove nothing: what a name resolves to is judged where the socket is made, so there is no time between the check
and the connection, and no spelling of an address gets past it. Redirects are followed by hand, each judged like the
first. Traps: a proxy from the environment would connect for us, a cache of names would outlive a check, and a body that
is unpacked on the way may be a thousand times as long as it is on the wire.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from server.errors import UrlFailedError, UrlRefusedError, VideoTooLargeError
from server.tasks.addresses import is_allowed

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_BLOCK_BYTES: Final = 64 * 1024
_MAX_URL_CHARACTERS: Final = 2048
_SOCK_READ_S: Final = 20.0
_CONNECT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """Where from, and how much."""

    max_bytes: int
    timeout_s: float = 300.0
    """For all of it, redirects included."""
    private: bool = False
    """Whether private networks and this machine may be fetched from."""
    ports: frozenset[int] | None = frozenset({80, 443})
    """None for any."""
    max_redirects: int = 3
    is_allowed_address: Callable[..., bool] = is_allowed
    """Takes an address, and `private`."""


def check_url(url: str, policy: FetchPolicy) -> URL:
    """What can be said of a URL before anything is asked of anybody.

    Raises:
        UrlRefusedError: when its scheme, its port or its form is none that is fetched from.
    """
    try:
        parsed = URL(url) if len(url) <= _MAX_URL_CHARACTERS and url.isprintable() else URL()
        port = parsed.port
    except ValueError:
        parsed, port = URL(), None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise UrlRefusedError("The address of the video has to begin with http:// or https:// and a host.")
    if parsed.user is not None or parsed.password is not None:
        raise UrlRefusedError("The address of the video may hold no user name and no password.")
    if policy.ports is not None and port not in policy.ports:
        raise UrlRefusedError("The address of the video names a port that is not fetched from; leave it out.")
    return parsed


async def fetched(
    url: str, policy: FetchPolicy, resolver: AbstractResolver | None = None
) -> AsyncGenerator[bytes, None]:
    """The body at a URL, in blocks of up to 64 kB as they come. To be closed where it is not read to its end.

    Raises:
        UrlRefusedError: when it, or what it redirects to, is nowhere to be fetched from.
        UrlFailedError: when the other side cannot be reached, answers anything but 200, breaks off or takes too long.
        VideoTooLargeError: when there is more than `max_bytes` of it.
    """
    door = _Door(policy)
    connector = aiohttp.TCPConnector(
        socket_factory=door.open, use_dns_cache=False, resolver=resolver, limit=1, force_close=True
    )
    deadline_s = asyncio.get_running_loop().time() + policy.timeout_s
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S, sock_read=_SOCK_READ_S),
        trust_env=False,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Accept-Encoding": "identity", "User-Agent": "wildtrack"},
    ) as session:
        with door.explained():
            response = await _answer(session, url, policy, deadline_s)
        async with response:
            _check_answer(response, policy)
            n_bytes = 0
            while True:
                # The clock runs for the other side alone: who takes the blocks is not cut off in the middle of it.
                with door.explained():
                    async with asyncio.timeout_at(deadline_s):
                        block = await response.content.read(_BLOCK_BYTES)
                if not block:
                    return
                n_bytes += len(block)
                if n_bytes > policy.max_bytes:
                    raise _too_large(policy)
                yield block


class _Door:
    """Makes the sockets of one fetch, and none for an address that is not allowed."""

    def __init__(self, policy: FetchPolicy) -> None:
        self._policy = policy
        self.has_refused = False

    def open(self, address: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
        """A socket for what `getaddrinfo` found, before it is connected."""
        family, kind, protocol, _, where = address
        if family not in (socket.AF_INET, socket.AF_INET6) or not self._is_allowed(str(where[0])):
            self.has_refused = True
            raise PermissionError("not an address to fetch from")
        return socket.socket(family, kind, protocol)

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """What goes wrong inside, in our words. Nothing of the other side's is told: who fetches by another's hand
        should not learn what that hand has touched."""
        try:
            yield
        except TimeoutError:
            raise UrlFailedError("The video did not arrive in time; try again, or upload it.") from None
        except (aiohttp.ClientError, OSError, ValueError):
            # ValueError: what aiohttp makes of headers and addresses that are none.
            if self.has_refused:
                raise UrlRefusedError(
                    "The address of the video leads into a network that is not fetched from."
                ) from None
            raise UrlFailedError("The video could not be fetched; check its address, or upload it.") from None

    def _is_allowed(self, address: str) -> bool:
        return self._policy.is_allowed_address(address, private=self._policy.private)


async def _answer(
    session: aiohttp.ClientSession, url: str, policy: FetchPolicy, deadline_s: float
) -> aiohttp.ClientResponse:
    """The response that has the video; its body is not read yet."""
    target = check_url(url, policy)
    async with asyncio.timeout_at(deadline_s):
        for _ in range(policy.max_redirects + 1):
            response = await session.get(target, allow_redirects=False)
            if response.status not in _REDIRECTS:
                return response
            response.close()
            # An absolute or a relative reference (RFC 9110, 10.2.2).
            target = check_url(str(response.url.join(URL(response.headers.get("Location", "")))), policy)
    raise UrlRefusedError(f"The address of the video redirects more than {policy.max_redirects} times.")


def _check_answer(response: aiohttp.ClientResponse, policy: FetchPolicy) -> None:
    if response.status != 200:
        raise UrlFailedError(f"The video's server answered {response.status}; check the address, or upload the video.")
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise UrlFailedError("The video's server packs what it sends; upload the video instead.")
    if (response.content_length or 0) > policy.max_bytes:
        raise _too_large(policy)


def _too_large(policy: FetchPolicy) -> VideoTooLargeError:
    return VideoTooLargeError(f"The video is larger than {policy.max_bytes // 2**20} MB; send a smaller one.")
