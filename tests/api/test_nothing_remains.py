"""Whoever leaves, however, leaves nothing behind: no session, no sound, no queue, no task, no entry in any table.

The clocks that would clear up later (pings, stalls) are set to a minute, so that nothing here is their doing.
"""

import asyncio
import gc
import json
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import socketio
from aiohttp import web
from engineio.async_socket import AsyncSocket
from tcp_proxy import tcp_proxy

from server.api import websocket
from server.api.socketio import SocketServer
from server.api.websocket import PlainWebSocket
from server.audio.chunk import AudioChunk
from server.streaming.outbox import Lane, Outbox
from server.streaming.pipe import Pipe
from server.streaming.session import Session

ENDLESS = 10**9
TRACES = (AsyncSocket, AudioChunk, Outbox, Pipe, PlainWebSocket, Session, web.WebSocketResponse)
PATIENT = {"ping_interval_s": 60, "ping_timeout_s": 60, "stall_timeout_s": 60}
HASTY = {"ping_interval_s": 1, "ping_timeout_s": 1, "stall_timeout_s": 1}


class Wire:
    """A Socket.IO client that is nothing but bytes: it reads and acknowledges only when it is told to."""

    def __init__(self, client: socket.socket) -> None:
        self.client = client
        self.loop = asyncio.get_running_loop()

    @classmethod
    async def connect(cls, port: int, *, receive_buffer_bytes: int | None = None) -> "Wire":
        client = socket.socket()
        if receive_buffer_bytes is not None:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        client.setblocking(False)
        wire = cls(client)
        await wire.loop.sock_connect(client, ("127.0.0.1", port))
        await wire.loop.sock_sendall(
            client,
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + b"A" * 22 + b"==\r\n\r\n",
        )
        await wire.read_until(b'"maxPayload"')
        return wire

    async def read_until(self, wanted: bytes) -> None:
        read = b""
        while wanted not in read:
            data = await self.loop.sock_recv(self.client, 4096)
            assert data
            read += data

    async def send(self, packet: str) -> None:
        """One text frame (RFC 6455, 5.2), masked with zeros."""
        data = packet.encode()
        await self.loop.sock_sendall(self.client, b"\x81\xfe" + struct.pack("!HI", len(data), 0) + data)

    async def speak(self, **body: Any) -> None:
        await self.send("40")
        await self.read_until(b'"sid"')
        await self.send(f"420{json.dumps(['synthesize', {'text': 'Hello.', **body}])}")
        await self.read_until(b'"audio_chunk"')

    def leave(self, how: str) -> None:
        if how == "reset":
            self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.client.close()
        elif how == "end":
            self.client.close()
        elif how == "half":  # it says that it sends no more, and reads nothing either
            self.client.shutdown(socket.SHUT_WR)
        elif how == "goodbye":  # a Close frame (RFC 6455, 5.5.1), and it reads no answer
            self.client.send(b"\x88\x80" + bytes(4))
        elif how == "disconnect":  # Socket.IO's; the WebSocket stays open
            self.client.send(b"\x81\x82" + bytes(4) + b"41")
        elif how == "close":  # Engine.IO's
            self.client.send(b"\x81\x81" + bytes(4) + b"1")


Connect = Callable[..., Awaitable[Wire]]


@pytest.fixture
def connect() -> Iterator[Connect]:
    wires: list[Wire] = []

    async def one(port: int, **options: Any) -> Wire:
        wires.append(await Wire.connect(port, **options))
        return wires[-1]

    yield one
    for wire in wires:
        wire.client.close()


def living() -> Counter[str]:
    gc.collect()
    return Counter(type(each).__name__ for each in gc.get_objects() if type(each) in TRACES)


def tables_of_socketio() -> list[Any]:
    """What python-socketio and python-engineio remember of clients; of all servers that are alive."""
    servers = [each for each in gc.get_objects() if type(each) is SocketServer]
    tables = []
    for server in servers:
        manager = server.manager
        tables += [server.eio.sockets, server.eio.open_sockets, server.environ, server._binary_packet]
        tables += [manager.rooms, manager.callbacks, manager.pending_connect, manager.pending_disconnect]
    return tables


@pytest.fixture
def nothing_remains() -> Callable[..., Any]:
    """Taken before anybody comes; holds once everybody has left."""
    alive_before = living()

    async def wait(served: Any, tasks_before: set[asyncio.Task[Any]]) -> None:
        def holds() -> bool:
            return (
                all(job.closed for job in served.engine.jobs)
                and served.context.scheduler.open_streams == 0
                and asyncio.all_tasks() <= tasks_before
                and not any(tables_of_socketio())
                and living() <= alive_before
                and not any(type(each) is Lane and each.chunks for each in gc.get_objects())
            )

        try:
            async with asyncio.timeout(10):
                while not holds():
                    await asyncio.sleep(0.1)
        except TimeoutError:
            tasks = asyncio.all_tasks() - tasks_before
            pytest.fail(f"{living() - alive_before} {tasks} {[table for table in tables_of_socketio() if table]}")

    return wait


@pytest.mark.parametrize("how", ["reset", "end", "goodbye", "close"])
async def test_who_leaves_the_socket_takes_everything_along(
    serve: Any, connect: Connect, hum_engine: Any, nothing_remains: Any, how: str
) -> None:
    served = await serve(hum_engine(n_chunks=ENDLESS, step_s=0.001), **PATIENT)
    before = asyncio.all_tasks()
    wire = await connect(served.client.port)
    await wire.speak()
    wire.leave(how)
    await nothing_remains(served, before)


@pytest.mark.parametrize("how", ["reset", "end", "half", "goodbye", "close"])
async def test_who_reads_nothing_and_acknowledges_nothing_leaves_nothing_either(
    serve: Any, connect: Connect, hum_engine: Any, nothing_remains: Any, eventually: Any, how: str
) -> None:
    served = await serve(hum_engine(n_chunks=ENDLESS), window_messages=256, **PATIENT)
    before = asyncio.all_tasks()
    wire = await connect(served.client.port, receive_buffer_bytes=4096)
    await wire.speak()
    await eventually(lambda: is_parked(served))
    wire.leave(how)
    await nothing_remains(served, before)


async def test_who_leaves_before_being_let_in_leaves_nothing(
    serve: Any, connect: Connect, nothing_remains: Any
) -> None:
    served = await serve(**PATIENT)
    before = asyncio.all_tasks()
    for how in ("reset", "end", "goodbye"):
        (await connect(served.client.port)).leave(how)
    for headers in ({}, {"Upgrade": "websocket"}):  # neither is a handshake
        path = "/socket.io/?EIO=4&transport=websocket"
        async with served.client.get(path, headers={**headers, "Connection": "close"}) as response:
            assert response.status == 400
    await nothing_remains(served, before)


async def test_who_never_asks_to_be_let_in_is_closed(
    serve: Any, connect: Connect, nothing_remains: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "CONNECT_TIMEOUT_S", 0.1)
    served = await serve(**PATIENT)
    before = asyncio.all_tasks()
    await connect(served.client.port)
    await nothing_remains(served, before)


async def test_who_leaves_socketio_but_keeps_the_line_is_closed(
    serve: Any, connect: Connect, hum_engine: Any, nothing_remains: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "CONNECT_TIMEOUT_S", 0.1)
    served = await serve(hum_engine(n_chunks=ENDLESS, step_s=0.001), **{**PATIENT, "ping_interval_s": 1})
    before = asyncio.all_tasks()
    wire = await connect(served.client.port)
    await wire.speak()
    wire.leave("disconnect")
    await nothing_remains(served, before)


@pytest.mark.parametrize("is_deaf", [False, True])
async def test_a_client_behind_a_line_that_goes_black_is_noticed_by_its_silence(
    serve: Any, connect: Connect, hum_engine: Any, nothing_remains: Any, eventually: Any, is_deaf: bool
) -> None:
    served = await serve(hum_engine(n_chunks=ENDLESS), **HASTY)
    async with tcp_proxy(served.client.port) as proxy:
        before = asyncio.all_tasks()
        wire = await connect(proxy.port, receive_buffer_bytes=4096 if is_deaf else None)
        await wire.speak()
        await eventually(lambda: is_parked(served))
        carriers = set(proxy._carriers)
        proxy.go_black()
        await nothing_remains(served, before | carriers)


async def test_a_client_on_a_slow_line_is_not_taken_for_dead(serve: Any, hum_engine: Any, eventually: Any) -> None:
    """A ping waits behind three seconds of messages, longer than the patience there is; the acknowledgements do not."""
    served = await serve(hum_engine(n_chunks=25), **{**PATIENT, "ping_interval_s": 1, "ping_timeout_s": 1})
    async with tcp_proxy(served.client.port, latency_s=0.15) as proxy:
        client, seen = socketio.AsyncClient(reconnection=False), []
        client.on("audio_chunk", lambda message: seen.append(message["sequence"]))
        client.on("done", lambda message: seen.append("done"))
        await client.connect(f"http://127.0.0.1:{proxy.port}", transports=["websocket"])
        await client.call("synthesize", {"text": "Hello."})
        await eventually(lambda: "done" in seen or not client.connected)
        assert seen == [*range(25), "done"]
        await client.disconnect()


@pytest.mark.parametrize("how", ["black", "reset"])
async def test_an_http_body_on_a_line_that_breaks_leaves_nothing(
    serve: Any, connect: Connect, hum_engine: Any, nothing_remains: Any, eventually: Any, how: str
) -> None:
    served = await serve(hum_engine(n_chunks=ENDLESS), **(HASTY if how == "black" else PATIENT))
    async with tcp_proxy(served.client.port) as proxy:
        before = asyncio.all_tasks()
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port, limit=4096)
        body = json.dumps({"input": "Hello.", "response_format": "pcm"}).encode()
        head = b"POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
        writer.write(head + body)
        await reader.read(100)
        await eventually(lambda: is_parked(served))
        carriers = set(proxy._carriers)
        if how == "black":
            proxy.go_black()
        else:
            proxy.reset()
        try:
            await nothing_remains(served, before | carriers)
        finally:
            writer.transport.abort()


async def test_who_asks_and_asks_without_reading_is_not_read_either(
    serve: Any, connect: Connect, eventually: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "MAX_QUEUED_PACKETS", 8)
    served = await serve(**PATIENT)
    wire = await connect(served.client.port)
    await wire.send("40")
    await wire.read_until(b'"sid"')
    blocked = asyncio.Event()
    monkeypatch.setattr(PlainWebSocket, "send", lambda self, message: blocked.wait())
    for n in range(500):
        await wire.send(f'42{n}["cancel",{{}}]')
    (engine,) = [each for each in gc.get_objects() if type(each) is AsyncSocket]
    await eventually(lambda: engine.queue.qsize() > 8)
    await asyncio.sleep(0.1)
    assert engine.queue.qsize() < 20
    blocked.set()


def is_parked(served: Any) -> bool:
    streams = list(served.context.scheduler.streams)
    return bool(streams) and all(stream.parked_since_s is not None for stream in streams)
