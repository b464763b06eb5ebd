"""Lets a client close its side of a connection once it has sent all of its request, and still have the answer.

aiohttp closes the whole connection when the client's side ends: for most requests that is right, since a client that
goes away closes it too, and nothing else tells. Where the text comes as it is written, closing is how programs end it.
"""

from typing import Any

from aiohttp import web_server
from aiohttp.web_protocol import RequestHandler


class HalfOpenHandler(RequestHandler):
    """aiohttp's protocol of one connection, with another answer to the end of what the client sends."""

    __slots__ = ("_last_message",)

    paths: frozenset[str] = frozenset()
    """Where half a connection is enough."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._last_message: tuple[Any, Any] | None = None

    def data_received(self, data: bytes) -> None:
        """Take what the client sent."""
        super().data_received(data)
        if self._messages:
            self._last_message = self._messages[-1]

    def eof_received(self) -> bool | None:  # type: ignore[override]  # asyncio lets it say that the transport stays
        """Keep the connection for the answer, where there is one to come and the request is whole."""
        if self._last_message is None or self._waiter is not None:
            return None
        message, payload = self._last_message
        if message.path.partition("?")[0] not in self.paths or not payload.is_eof():
            return None
        self.close()  # once the answer is sent
        return True


def allow_half_close(*paths: str) -> None:
    """Serve these paths to clients that have closed their side. For all servers of this process."""
    HalfOpenHandler.paths |= frozenset(paths)
    # The only place where the class can be chosen: aiohttp's Server makes one for each connection, by this name.
    web_server.RequestHandler = HalfOpenHandler  # type: ignore[attr-defined]
