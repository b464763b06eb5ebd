"""Engine.IO's WebSocket on aiohttp, without permessage-deflate, and closable from our side."""

import asyncio
from typing import Any, ClassVar
from weakref import WeakSet

from aiohttp import WSCloseCode, web
from engineio.async_drivers.aiohttp import WebSocket

CLOSE_TIMEOUT_S = 2.0


class PlainWebSocket(WebSocket):  # type: ignore[misc]  # engineio ships no types
    """A WebSocket that does not deflate: PCM hardly shrinks, and deflating it costs five times the CPU.

    python-engineio has no setting for it, so this takes the place of its driver's class.
    """

    open_sockets: ClassVar[WeakSet[web.WebSocketResponse]] = WeakSet()
    """All that are open in this process."""

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        """Upgrade the request and hand the socket to engine.io until it closes."""
        self.environ = environ
        socket = web.WebSocketResponse(compress=False, max_msg_size=self.server.max_http_buffer_size)
        self._sock = socket
        await socket.prepare(environ["aiohttp.request"])
        self.open_sockets.add(socket)
        try:
            await self.handler(self)
        finally:
            self.open_sockets.discard(socket)
        return socket


async def close_all_sockets() -> None:
    """Close every WebSocket with 1012 (service restart, RFC 6455 registry), so that clients come back.

    A client that does not answer is not waited for longer than `CLOSE_TIMEOUT_S`.
    """
    closing = [
        asyncio.create_task(socket.close(code=WSCloseCode.SERVICE_RESTART, message=b"restart"))
        for socket in PlainWebSocket.open_sockets
    ]
    if closing:
        _, late = await asyncio.wait(closing, timeout=CLOSE_TIMEOUT_S)
        for task in late:
            task.cancel()
