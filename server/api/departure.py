"""Notices that a client has gone, wherever its handler waits, and lets go of one who has."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

LOOK_EVERY_S = 0.25
"""How soon a departure is noticed. aiohttp tells a handler nothing until it writes, and one that waits does not."""


@asynccontextmanager
async def while_connected(request: web.Request) -> AsyncIterator[None]:
    """Run what is within for as long as the client is there.

    Raises:
        ConnectionResetError: when it has left.
    """
    loop = asyncio.get_running_loop()
    scope = asyncio.timeout(None)

    async def watch() -> None:
        while is_connected(request):  # noqa: ASYNC110 - aiohttp has no event for it
            await asyncio.sleep(LOOK_EVERY_S)
        # A timeout that is now: the one way to interrupt a task that cannot be mistaken for its cancellation.
        scope.reschedule(loop.time())

    try:
        async with scope:
            watcher = asyncio.create_task(watch(), name="departure-watch")
            try:
                yield
            finally:
                watcher.cancel()
    except TimeoutError:
        if scope.expired():
            raise ConnectionResetError("the client has left") from None
        raise


def is_connected(request: web.Request) -> bool:
    """Whether the client can still be sent something."""
    transport = request.transport
    return transport is not None and not transport.is_closing()


def cut(transport: asyncio.Transport | None) -> None:
    """Reset a connection: the kernel forgets at once what it still had to send, and the client knows it was cut.

    Lingering for 0 s does that. Without, the kernel goes on trying for minutes on behalf of a client who is not there.
    """
    if transport is None:
        return
    with contextlib.suppress(OSError):  # it is closed already
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
