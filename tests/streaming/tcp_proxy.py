"""A small TCP proxy on loopback that can be slow, cut what it carries, or go black, as bad networks do."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class TcpProxy:
    """Carries every connection to `upstream_port`, both ways."""

    upstream_port: int
    latency_s: float = 0.0
    """Before each piece is passed on."""
    port: int = 0
    _light: asyncio.Event = field(default_factory=asyncio.Event)
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _carriers: list[asyncio.Task[None]] = field(default_factory=list)

    def go_black(self) -> None:
        """Carry nothing any more, and say nothing of it: both ends believe that the other is only quiet."""
        self._light.clear()

    def reset(self) -> None:
        """Cut every connection, with a reset to both ends."""
        for writer in self._writers:
            with contextlib.suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def carry(self, near_reader: asyncio.StreamReader, near_writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.upstream_port)
        self._writers += [near_writer, far_writer]
        for reader, writer in ((near_reader, far_writer), (far_reader, near_writer)):
            self._carriers.append(asyncio.create_task(self._carry_one_way(reader, writer)))

    async def _carry_one_way(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(4096):
                await asyncio.sleep(self.latency_s)
                await self._light.wait()
                writer.write(data)
                await writer.drain()
            await self._light.wait()
            writer.write_eof()
        except OSError:  # one end was cut: so is the other
            writer.transport.abort()

    async def close(self) -> None:
        for carrier in self._carriers:
            carrier.cancel()
        await asyncio.gather(*self._carriers, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)


@asynccontextmanager
async def tcp_proxy(upstream_port: int, latency_s: float = 0.0) -> AsyncIterator[TcpProxy]:
    """A proxy on a port of its own, for the length of a `with`."""
    proxy = TcpProxy(upstream_port, latency_s)
    proxy._light.set()
    server = await asyncio.start_server(proxy.carry, "127.0.0.1", 0, limit=4096)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
