"""A Socket.IO client of the fewest instructions: eighty of them must leave the server room on the same two cores.

Engine.IO 4 and Socket.IO 5 over one WebSocket, text frames as the protocols' pages have them: `42["event",{}]` is an
event, `43` its acknowledgement, `451-` an event whose one binary attachment comes in the next frame.
"""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

import aiohttp

_PACKET = re.compile(r"4([0-6])(?:(\d+)-)?(\d*)(.*)", re.DOTALL)
_ANSWER_S = 60.0

OnAudio = Callable[[dict[str, Any], bytes], None]
OnEvent = Callable[[str, dict[str, Any]], None]


class Wire:
    """One connection."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, *, acknowledges: bool) -> None:
        self._socket = socket
        self._acknowledges = acknowledges
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._next_id = 0
        self.on_audio: OnAudio = lambda message, pcm: None
        self.on_event: OnEvent = lambda name, data: None
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, http: aiohttp.ClientSession, url: str, *, acknowledges: bool = True) -> "Wire":
        """Connect.

        Raises:
            ConnectionError: when the server does not take the connection.
        """
        # Uncompressed: PCM hardly shrinks, and the cores are the server's.
        socket = await http.ws_connect(f"{url}/socket.io/?EIO=4&transport=websocket", compress=0, max_msg_size=0)
        wire = cls(socket, acknowledges=acknowledges)
        await socket.receive_str()
        await socket.send_str("40")
        answer = await socket.receive_str()
        if not answer.startswith("40"):
            await socket.close()
            raise ConnectionError(f"the server does not take the connection: {answer[:100]}")
        wire._reader = asyncio.create_task(wire._read())
        return wire

    async def call(self, event: str, data: dict[str, Any]) -> dict[str, Any]:
        """Send an event and wait for its answer."""
        self._next_id += 1
        answer = asyncio.get_running_loop().create_future()
        self._answers[self._next_id] = answer
        await self._socket.send_str(f"42{self._next_id}{json.dumps([event, data])}")
        async with asyncio.timeout(_ANSWER_S):
            return await answer

    async def emit(self, event: str, data: dict[str, Any]) -> None:
        """Send an event that is not answered."""
        await self._socket.send_str(f"42{json.dumps([event, data])}")

    async def close(self) -> None:
        """Say goodbye."""
        await self._stop_reading()
        await self._socket.close()

    async def break_off(self) -> None:
        """End the connection as a cable that is pulled does: no goodbye. Nothing happens where the server did it."""
        await self._stop_reading()
        connection = self._socket._response.connection
        if connection is not None and connection.transport is not None:
            connection.transport.abort()
            connection.release()

    def stop_reading(self) -> None:
        """Take nothing more, and stay: frames pile up in the kernel and then at the server."""
        assert self._reader is not None
        self._reader.cancel()

    async def _stop_reading(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _read(self) -> None:
        announced: tuple[dict[str, Any], str] | None = None
        async for frame in self._socket:
            if frame.type is aiohttp.WSMsgType.BINARY:
                if announced is None:
                    raise AssertionError("sound came that nobody announced")
                message, packet_id = announced
                announced = None
                self.on_audio(message, frame.data)
                if self._acknowledges and packet_id:
                    await self._socket.send_str(f"43{packet_id}[]")
            elif frame.data == "2":
                await self._socket.send_str("3")
            else:
                packet = _PACKET.match(frame.data)
                if packet is None:
                    continue
                kind, _, packet_id, body = packet.groups()
                if kind == "5":
                    announced = json.loads(body)[1], packet_id
                elif kind == "2":
                    name, data = json.loads(body)
                    self.on_event(name, data)
                elif kind == "3":
                    answer = self._answers.pop(int(packet_id))
                    if not answer.done():
                        answer.set_result(json.loads(body)[0])
