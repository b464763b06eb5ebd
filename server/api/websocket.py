"""Engine.IO's WebSocket on aiohttp: no permessage-deflate, a heartbeat of our own, and nothing left of who has left.

python-engineio keeps a dead client in three ways: its ping sleeps on with the socket in hand, its watch over all
sockets holds a copy of them for a round, and its writer waits for the kernel, which tries for a quarter of an hour.
"""

import asyncio
import struct
from typing import Any, Final

import engineio
from aiohttp import WSCloseCode, WSMsgType, web
from engineio.async_drivers.aiohttp import WebSocket
from engineio.async_socket import AsyncSocket
from engineio.packet import PING, Packet

from server.api.departure import cut
from server.errors import InvalidRequestError

CLOSE_TIMEOUT_S: Final = 2.0
"""How long a client may take to answer our goodbye."""
FLUSH_TIMEOUT_S: Final = 0.5
"""How long a client who says goodbye may take to read what was sent to it."""
CONNECT_TIMEOUT_S: Final = 10.0
"""A client that has not been let in by then (Socket.IO's CONNECT, with its API key) is closed: it counts nowhere."""
MAX_QUEUED_PACKETS: Final = 1024
"""More than a window of audio. Who asks and asks without reading the answers is not read any further either."""
_TEXT, _BINARY = 0x81, 0x82
"""How a frame begins that is a whole message."""
_HEAD: Final = "451-"
"""How the head of an event begins that one binary message follows: Engine.IO's 4, Socket.IO's 5, one attachment."""
_POLL_S: Final = 0.05
LET_IN: Final = "wildtrack.let_in"
"""Set in the environ of a connection once it was let in."""


class EngineServer(engineio.AsyncServer):  # type: ignore[misc]  # engineio ships no types
    """engine.io for WebSockets alone, each of which looks after its own life (`PlainWebSocket`)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "monitor_clients": False})
        self.open_sockets: set[web.WebSocketResponse] = set()
        # The only place where the driver's WebSocket class can be chosen.
        self._async: dict[str, Any] = {**self._async, "websocket": PlainWebSocket}

    async def handle_request(self, request: web.Request) -> Any:
        """Upgrade a request. One that cannot be upgraded would leave an entry in `sockets` that nobody removes.

        Raises:
            InvalidRequestError: when it is no WebSocket handshake.
        """
        if not web.WebSocketResponse().can_prepare(request).ok:
            raise InvalidRequestError("Socket.IO is spoken over WebSocket here: choose that transport.")
        return await super().handle_request(request)

    def start_background_task(self, target: Any, *args: Any, **kwargs: Any) -> Any:
        """Start anything but engine.io's own ping.

        It goes by the wall clock, would sleep on after its client has left, and takes one for dead who is only slow:
        a ping waits behind sound.
        """
        if getattr(target, "__func__", None) is AsyncSocket._send_ping:
            return None
        return super().start_background_task(target, *args, **kwargs)

    async def close_all(self) -> None:
        """Close every WebSocket with 1012 (service restart, RFC 6455 registry), so that clients come back.

        A client that does not answer is not waited for longer than `CLOSE_TIMEOUT_S`.
        """
        closing = [
            asyncio.create_task(socket.close(code=WSCloseCode.SERVICE_RESTART, message=b"restart"))
            for socket in self.open_sockets
        ]
        if closing:
            _, late = await asyncio.wait(closing, timeout=CLOSE_TIMEOUT_S)
            for task in late:
                task.cancel()


def frame_of(message: bytes | str) -> bytes:
    """A message as one frame, not masked, as servers send them (RFC 6455, section 5.2)."""
    kind, data = (_TEXT, message.encode()) if isinstance(message, str) else (_BINARY, message)
    if len(data) < 126:
        return struct.pack("!BB", kind, len(data)) + data
    if len(data) < 1 << 16:
        return struct.pack("!BBH", kind, 126, len(data)) + data
    return struct.pack("!BBQ", kind, 127, len(data)) + data


class PlainWebSocket(WebSocket):  # type: ignore[misc]  # engineio ships no types
    """One client's WebSocket. It does not deflate: PCM hardly shrinks, and deflating it costs five times the CPU."""

    _held: bytes = b""
    """A frame that is written together with the next."""

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        """Upgrade the request, hand the socket to engine.io until it closes, and leave nothing of it."""
        self.environ = environ
        self._request: web.Request = environ["aiohttp.request"]
        engine: AsyncSocket = self.handler.__self__
        self._engine = engine
        self._sock = web.WebSocketResponse(compress=False, max_msg_size=self.server.max_http_buffer_size)
        heartbeat: asyncio.Task[None] | None = None
        try:
            await self._sock.prepare(self._request)
            self._heard_at_s = asyncio.get_running_loop().time()
            self.server.open_sockets.add(self._sock)
            heartbeat = asyncio.create_task(self._keep_alive(), name="heartbeat")
            await self.handler(self)
        finally:
            if heartbeat is not None:
                heartbeat.cancel()
            self.server.open_sockets.discard(self._sock)
            await engine.close(wait=False, abort=True)  # does nothing where the handler has come to its end
            self.server.sockets.pop(engine.sid, None)
            while not engine.queue.empty():
                engine.queue.get_nowait()
        return self._sock

    async def send(self, message: bytes | str) -> None:
        """Send a message. The head of an event waits for the sound that follows it, so that both go out in one write.

        Raises:
            ConnectionResetError: when the connection is closed.
        """
        transport = self._request.transport
        if self._sock.closed or transport is None or transport.is_closing():
            raise ConnectionResetError("the WebSocket is closed")
        frames, self._held = self._held + frame_of(message), b""
        if isinstance(message, str) and message.startswith(_HEAD):
            self._held = frames
            return
        transport.write(frames)
        await self._request.writer.drain()

    async def wait(self) -> bytes | str:
        """The next message.

        Raises:
            OSError: when there will be none.
        """
        while self._engine.queue.qsize() > MAX_QUEUED_PACKETS:  # noqa: ASYNC110 - a queue has no event for it
            await asyncio.sleep(_POLL_S)
        loop = asyncio.get_running_loop()
        if self._engine.closed:  # Engine.IO said goodbye; whether WebSocket does is not waited for
            loop.call_later(FLUSH_TIMEOUT_S, self._cut)
            raise OSError("engine.io is closed")
        message = await self._sock.receive()
        self._heard_at_s = loop.time()
        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            data: bytes | str = message.data
            return data
        # Either side says goodbye. What is not sent soon is not wanted any more, and the writer may be waiting for it.
        is_ours = message.type is WSMsgType.CLOSING
        loop.call_later(CLOSE_TIMEOUT_S if is_ours else FLUSH_TIMEOUT_S, self._cut)
        raise OSError("the WebSocket is closed")

    async def _keep_alive(self) -> None:
        """Ping, and cut the line once nothing at all was heard for an interval and a timeout.

        Any message is a sign of life, not only a pong: on a slow line a ping arrives after the sound before it.
        """
        loop = asyncio.get_running_loop()
        interval_s, patience_s = self.server.ping_interval, self.server.ping_interval + self.server.ping_timeout
        begun_s = loop.time()
        ping_at_s = begun_s + interval_s
        while True:
            gone_at_s = self._heard_at_s + patience_s
            if LET_IN not in self.environ:
                gone_at_s = min(gone_at_s, begun_s + CONNECT_TIMEOUT_S)
            now_s = loop.time()
            if now_s >= gone_at_s:
                self._cut()
                return
            if now_s >= ping_at_s:
                self._engine.queue.put_nowait(Packet(PING))
                ping_at_s = now_s + interval_s
            await asyncio.sleep(min(ping_at_s, gone_at_s) - now_s)

    def _cut(self) -> None:
        cut(self._request.transport)  # None by then where it is closed already
