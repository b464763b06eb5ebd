"""/ws/{task_id}: a plain WebSocket that is told whenever a task comes further."""

import asyncio
import contextlib
from contextlib import aclosing
from typing import Final

from aiohttp import WSCloseCode, web

from server.api.access import check_ready
from server.api.context import CONTEXT, Foley
from server.api.departure import cut
from server.api.foley_access import foley_of, reader, task_in
from server.api.foley_tasks import audio_url, progress_of
from server.errors import InvalidRequestError, TooManyStreamsError, WildtrackError
from server.protocol.foley import WebSocketMessage
from server.tasks.state import Credential

SEND_TIMEOUT_S: Final = 60.0
"""Who takes nothing for so long is let go."""
_HEARTBEAT_S: Final = 20.0
_CLOSE_TIMEOUT_S: Final = 1.0
_MAX_MESSAGE_BYTES: Final = 4096
"""Of what a client sends, which nobody reads."""


class OpenSockets:
    """Those of this process, so that they can be counted, and closed when it stops."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: set[web.WebSocketResponse] = set()

    def add(self, socket: web.WebSocketResponse) -> None:
        """One more.

        Raises:
            TooManyStreamsError: when there are as many as there may be.
        """
        if len(self._open) >= self._most:
            raise TooManyStreamsError("As many follow tasks as may; try again in a moment.", retry_after_s=5.0)
        self._open.add(socket)

    def discard(self, socket: web.WebSocketResponse) -> None:
        """One fewer."""
        self._open.discard(socket)

    async def close_all(self, _app: web.Application) -> None:
        """Say that the server stops (1012, RFC 6455 registry)."""
        saying: list[asyncio.Task[bool]] = [
            asyncio.create_task(socket.close(code=WSCloseCode.SERVICE_RESTART, message=b"restart"))
            for socket in self._open
        ]
        if saying:
            _, late = await asyncio.wait(saying, timeout=_CLOSE_TIMEOUT_S)
            for each in late:
                each.cancel()


SOCKETS: web.AppKey[OpenSockets] = web.AppKey("foley_sockets", OpenSockets)


async def follow_task(request: web.Request) -> web.StreamResponse:
    """Tell how the task is now, whenever that changes, and how it ended."""
    check_ready(request.app[CONTEXT])
    foley, task_id, credential = foley_of(request), task_in(request), reader(request)
    await foley.tasks.open(task_id, credential)
    socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_S, compress=False, max_msg_size=_MAX_MESSAGE_BYTES)
    if not socket.can_prepare(request).ok:
        raise InvalidRequestError("This is a WebSocket; open it with `new WebSocket(ws_url)`.")
    sockets = request.app[SOCKETS]
    sockets.add(socket)
    try:
        await socket.prepare(request)
        telling = asyncio.create_task(_tell(request, socket, foley, task_id, credential), name="follow-task")
        try:
            await _listen(socket, telling)
        finally:
            telling.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await telling
    finally:
        sockets.discard(socket)
    return socket


async def _listen(socket: web.WebSocketResponse, telling: asyncio.Task[None]) -> None:
    """Until either side has had enough. What comes in is not read, but that it closes is."""
    receiving = asyncio.create_task(_receive(socket))
    try:
        await asyncio.wait((receiving, telling), return_when=asyncio.FIRST_COMPLETED)
    finally:
        receiving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await receiving
    if telling.done():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                await socket.close(code=WSCloseCode.OK)


async def _receive(socket: web.WebSocketResponse) -> None:
    async for _ in socket:
        pass


async def _tell(
    request: web.Request, socket: web.WebSocketResponse, foley: Foley, task_id: str, credential: Credential
) -> None:
    await _send(request, socket, await _message(request, foley, task_id, credential))
    with contextlib.suppress(WildtrackError):  # the last message says how it ended
        async with aclosing(foley.tasks.watch(task_id, credential)) as entries:
            async for entry in entries:
                if entry.event is not None and entry.event["type"] == "progress":
                    event = entry.event
                    message = WebSocketMessage(
                        status="processing",
                        step=event["step"],
                        progress=min(99, event["percent"]),
                        message=event["message"],
                        audio_url=None,
                    )
                    await _send(request, socket, message)
    with contextlib.suppress(WildtrackError):
        await _send(request, socket, await _message(request, foley, task_id, credential))


async def _message(request: web.Request, foley: Foley, task_id: str, credential: Credential) -> WebSocketMessage:
    task = await foley.tasks.status(task_id, credential)
    step, percent, sentence = progress_of(task)
    return WebSocketMessage(
        status=task.state,
        step=step,
        progress=percent,
        message=sentence,
        audio_url=await audio_url(request, foley, task, credential) if task.state == "completed" else None,
    )


async def _send(request: web.Request, socket: web.WebSocketResponse, message: WebSocketMessage) -> None:
    try:
        async with asyncio.timeout(SEND_TIMEOUT_S):
            await socket.send_str(message.model_dump_json())
    except TimeoutError:
        cut(request.transport)
        raise ConnectionResetError("the client takes nothing") from None
