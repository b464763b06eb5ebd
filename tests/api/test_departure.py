"""Clients that leave, stop reading, or read slowly: the work for them stops, and memory does not grow."""

import asyncio
import json
import socket
from typing import Any

import pytest

from server.api.response_body import WRITE_BUFFER_BYTES
from server.audio.pcm import to_s16le

ENDLESS = 10**9


async def connect(served: Any, *, receive_buffer_bytes: int | None = None, **body: Any) -> socket.socket:
    """Send a request by hand, and return its socket with nothing read."""
    client = socket.socket()
    if receive_buffer_bytes is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
    client.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(client, ("127.0.0.1", served.client.port))
    content = json.dumps({"input": "Hello.", "response_format": "pcm", **body}).encode()
    head = b"POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(content)
    await loop.sock_sendall(client, head + content)
    return client


async def test_a_client_that_leaves_in_the_middle_stops_the_work(serve: Any, hum_engine: Any, eventually: Any) -> None:
    engine = hum_engine(n_chunks=ENDLESS, step_s=0.001)
    served = await serve(engine)
    client = await connect(served)
    await asyncio.get_running_loop().sock_recv(client, 1)
    client.close()
    await eventually(lambda: engine.jobs[0].closed)
    assert served.context.scheduler.open_streams == 0


async def test_a_client_that_leaves_before_the_first_audio_stops_the_work(
    serve: Any, hum_engine: Any, eventually: Any
) -> None:
    engine = hum_engine(n_chunks=ENDLESS, block_at_step=0)
    served = await serve(engine)
    client = await connect(served)
    await eventually(lambda: served.context.scheduler.open_streams == 1)
    client.close()
    await eventually(lambda: served.context.scheduler.open_streams == 0)
    engine.let_go.set()
    await eventually(lambda: engine.jobs[0].closed)
    assert engine.jobs[0].steps <= 1


async def test_a_client_that_leaves_while_its_stream_is_parked_stops_the_work(
    serve: Any, hum_engine: Any, eventually: Any
) -> None:
    engine = hum_engine(n_chunks=ENDLESS)
    served = await serve(engine)
    client = await connect(served, receive_buffer_bytes=4096)
    await eventually(lambda: is_parked(served))
    client.close()
    await eventually(lambda: engine.jobs[0].closed)


@pytest.mark.parametrize("stream_format", ["audio", "sse"])
async def test_a_client_that_reads_nothing_parks_its_stream_and_others_go_on(
    serve: Any, hum_engine: Any, eventually: Any, stream_format: str
) -> None:
    engine = hum_engine(n_chunks=ENDLESS)
    served = await serve(engine)
    client = await connect(served, receive_buffer_bytes=4096, stream_format=stream_format)
    await eventually(lambda: is_parked(served))
    steps = engine.jobs[0].steps
    for transport in transports_of(served):
        assert transport.get_write_buffer_size() <= WRITE_BUFFER_BYTES + 16 * 1024
    engine.n_chunks = 5
    assert len(await (await served.speak()).read()) == 5 * 4800
    assert engine.jobs[0].steps == steps
    client.close()


async def test_a_client_that_reads_on_after_a_pause_misses_nothing(
    serve: Any, hum_engine: Any, hummed: Any, eventually: Any
) -> None:
    engine = hum_engine(n_chunks=2000)
    served = await serve(engine)
    response = await served.speak()
    await eventually(lambda: is_parked(served) or engine.jobs[0].steps == 2000)
    assert await response.read() == to_s16le(hummed("Hello.", 2000))


async def test_a_client_that_takes_nothing_for_too_long_is_let_go(serve: Any, hum_engine: Any, eventually: Any) -> None:
    engine = hum_engine(n_chunks=ENDLESS)
    served = await serve(engine, stall_timeout_s=1)
    client = await connect(served, receive_buffer_bytes=4096)
    await eventually(lambda: is_parked(served))
    await eventually(lambda: engine.jobs[0].closed and not transports_of(served))
    client.close()


async def test_a_client_that_leaves_before_its_body_is_there_is_forgotten(serve: Any, eventually: Any) -> None:
    served = await serve()
    _, writer = await asyncio.open_connection("127.0.0.1", served.client.port)
    writer.write(b"POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{")
    await eventually(lambda: bool(transports_of(served)))
    writer.transport.abort()
    await eventually(lambda: not transports_of(served))
    assert served.engine.jobs == []


def is_parked(served: Any) -> bool:
    streams = served.context.scheduler._streams
    return bool(streams) and all(stream.parked_since_s is not None for stream in streams)


def transports_of(served: Any) -> list[Any]:
    """The server's side of every open connection."""
    return [connection.transport for connection in served.client.server.handler.connections if connection.transport]
