"""ResponseBody: a response that is written piece by piece to a client that may be slow, or stop, or go."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiohttp import HttpVersion11, web

from server.api.context import ApiContext
from server.api.departure import cut

WRITE_BUFFER_BYTES = 32 * 1024
"""What may wait in this process for a client that reads slowly, besides the chunks of its pipe."""


class ResponseBody:
    """A streamed response, begun with its first byte."""

    def __init__(self, request: web.Request, context: ApiContext, headers: Mapping[str, str], begun_s: float) -> None:
        """`begun_s` is when the request came, on the scheduler's clock."""
        self.response = web.StreamResponse(headers={**headers, "Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._request = request
        self._stall_timeout_s = context.settings.stall_timeout_s
        self._clock = context.scheduler.clock
        self._begun_s = begun_s

    @property
    def has_begun(self) -> bool:
        """Whether the status is sent, and cannot change any more."""
        return self.response.prepared

    async def write(self, data: bytes) -> None:
        """Send bytes, and wait until the client has taken enough of what was sent before.

        Raises:
            ConnectionResetError: when it is gone, or has taken nothing for `stall_timeout_s`.
        """
        async with self._patience():
            if not self.has_begun:
                await self._begin()
            await self.response.write(data)
            # aiohttp waits only once in 64 KiB; that is 1.4 s of PCM, and 8 s of MP3.
            await self._request.writer.drain()

    async def end(self) -> None:
        """Send the end of the body. Raises as `write` does."""
        async with self._patience():
            await self.response.write_eof()

    def break_off(self) -> None:
        """Close the connection in the middle of the body, so that the client knows that something is missing."""
        transport = self._request.transport
        if transport is None:
            return
        if self._request.version < HttpVersion11:
            cut(transport)  # HTTP/1.0 has no chunks: only a reset tells a break from the end.
        else:
            transport.close()

    @asynccontextmanager
    async def _patience(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._stall_timeout_s):
                yield
        except TimeoutError:
            cut(self._request.transport)
            raise ConnectionResetError("the client takes nothing") from None

    async def _begin(self) -> None:
        if self._request.transport is not None:
            self._request.transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES)
        self.response.headers["Server-Timing"] = f"ttfa;dur={(self._clock() - self._begun_s) * 1000:.1f}"
        await self.response.prepare(self._request)
