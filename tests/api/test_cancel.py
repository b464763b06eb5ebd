"""However a listener ends what it asked for, at most the step that runs is finished, and nothing of it remains."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import socketio

from server.streaming.stream import StreamState

ENDLESS = 10**9
STEPS_BEFORE = 3

End = Callable[[], Awaitable[Any]]


@dataclass
class Asked:
    """What a test asked for, and how it takes that back."""

    end: End
    clean_up: End


async def by_socketio(served: Any, how: str) -> Asked:
    client, stream_ids = socketio.AsyncClient(reconnection=False), []
    client.on("audio_chunk", lambda message: stream_ids.append(message["stream_id"]))
    await client.connect(served.url, transports=["websocket"])
    asking = asyncio.create_task(client.call("synthesize", {"text": "Hello."}))

    async def end() -> None:
        if how == "cancel":
            assert (await client.call("cancel", {"stream_id": stream_ids[0]}))["cancelled"]
        elif how == "disconnect":
            await client.disconnect()
        else:  # the page is closed, or the machine it is on
            client.eio.ws._response.connection.transport.abort()

    async def clean_up() -> None:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await client.disconnect()
        if client.eio.http is not None:
            await client.eio.http.close()

    return Asked(end, clean_up)


async def by_http(served: Any, how: str) -> Asked:
    path = "/v1/audio/speech"
    body = {"input": "Hello.", "response_format": "pcm", "stream_format": "sse" if how == "sse" else "audio"}
    if how == "wav":
        path, body = "/api/synthesize", {"text": "Hello."}
    _, writer = await asyncio.open_connection("127.0.0.1", served.client.port)
    content = json.dumps(body).encode()
    writer.write(b"POST %s HTTP/1.1\r\nHost: localhost\r\n" % path.encode())
    writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))

    async def end() -> None:
        writer.transport.abort()

    return Asked(end, end)


DOORS = [(by_socketio, "cancel"), (by_socketio, "disconnect"), (by_socketio, "vanish")]
DOORS += [(by_http, "pcm"), (by_http, "sse"), (by_http, "wav")]


@pytest.mark.parametrize(("door", "how"), DOORS, ids=lambda value: value if isinstance(value, str) else "")
async def test_at_most_the_step_that_runs_is_finished(
    serve: Any, hum_engine: Any, eventually: Any, door: Any, how: str
) -> None:
    engine = hum_engine(n_chunks=ENDLESS, block_at_step=STEPS_BEFORE)
    served = await serve(engine)
    scheduler = served.context.scheduler
    asked = await door(served, how)
    await eventually(lambda: is_in_a_step(scheduler) and engine.jobs[0].steps == STEPS_BEFORE)
    await asyncio.sleep(0.05)  # for what was made to arrive
    await asked.end()
    await eventually(lambda: scheduler.open_streams == 0)
    engine.let_go.set()
    await eventually(lambda: engine.jobs[0].closed)
    assert engine.jobs[0].steps == STEPS_BEFORE + 1
    await asked.clean_up()


@pytest.mark.parametrize(("door", "how"), DOORS[1:], ids=lambda value: value if isinstance(value, str) else "")
async def test_who_leaves_the_line_is_never_served(
    serve: Any, hum_engine: Any, eventually: Any, door: Any, how: str
) -> None:
    engine = hum_engine(n_chunks=ENDLESS, step_s=0.001)
    served = await serve(engine, max_streams=1, max_waiting=1, max_wait_s=60)
    scheduler = served.context.scheduler
    first = await by_http(served, "pcm")
    await eventually(lambda: scheduler.open_streams == 1)
    asked = await door(served, how)
    await eventually(lambda: scheduler.waiting_in_line == 1)
    await asked.end()
    await eventually(lambda: scheduler.waiting_in_line == 0 and engine.jobs[1].closed)
    assert engine.jobs[1].steps == 0
    assert scheduler.open_streams == 1
    await asked.clean_up()
    await first.end()
    await eventually(lambda: scheduler.open_streams == 0)


@pytest.mark.parametrize(("door", "how"), DOORS[1:], ids=lambda value: value if isinstance(value, str) else "")
async def test_who_leaves_while_its_text_is_looked_through_is_never_served(
    serve: Any, hum_engine: Any, eventually: Any, monkeypatch: pytest.MonkeyPatch, door: Any, how: str
) -> None:
    engine, looks, let_go = hum_engine(n_chunks=ENDLESS), threading.Event(), threading.Event()
    open_job = engine.open

    def open_slowly(request: Any) -> Any:
        looks.set()
        let_go.wait(timeout=20)
        return open_job(request)

    monkeypatch.setattr(engine, "open", open_slowly)
    served = await serve(engine)
    asked = await door(served, how)
    await eventually(looks.is_set)
    await asked.end()
    await asyncio.sleep(0.4)  # longer than the server takes to look whether its client is there
    let_go.set()
    await eventually(lambda: bool(engine.jobs) and engine.jobs[0].closed)
    assert engine.jobs[0].steps == 0
    assert served.context.scheduler.open_streams == 0
    await asked.clean_up()


def is_in_a_step(scheduler: Any) -> bool:
    return any(stream.state is StreamState.STEPPING for stream in scheduler.streams)
