"""What we write on a WebSocket ourselves is what RFC 6455 says, read by an implementation that is not ours."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from server.api.websocket import frame_of


@pytest.mark.parametrize("n_bytes", [0, 1, 125, 126, 65_535, 65_536])
def test_a_frame_says_its_length_in_the_shortest_way(n_bytes: int) -> None:
    frame = frame_of(b"x" * n_bytes)
    header = {0: 2, 1: 2, 125: 2, 126: 4, 65_535: 4, 65_536: 10}[n_bytes]
    assert len(frame) == header + n_bytes
    assert frame[0] == 0x82
    assert int.from_bytes(frame[2:header] or frame[1:2]) == n_bytes


def test_text_is_counted_in_bytes() -> None:
    assert frame_of("é") == b"\x81\x02\xc3\xa9"


async def test_an_event_and_its_sound_are_two_messages_that_belong_together(serve: Any) -> None:
    served = await serve()
    url = f"{served.url}/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as http, http.ws_connect(url) as socket:
        assert (await socket.receive_str()).startswith("0")
        await socket.send_str("40")
        assert (await socket.receive_str()).startswith("40")
        await socket.send_str('420["synthesize",{"text":"Hello."}]')
        heads, sounds = [], []
        async with asyncio.timeout(10):
            while True:
                message = await socket.receive()
                if message.type is aiohttp.WSMsgType.BINARY:
                    sounds.append(message.data)
                    assert len(heads) == len(sounds)  # nothing between a head and its sound
                    await socket.send_str(f"43{heads[-1][0]}[]")
                elif message.data.startswith("451-"):
                    ack_id, _, event = message.data.removeprefix("451-").partition("[")
                    heads.append((int(ack_id), json.loads(f"[{event}")))
                elif message.data.startswith('42["done"'):
                    break
    assert [name for _, (name, _) in heads] == ["audio_chunk"] * 5
    assert [data["pcm"] for _, (_, data) in heads] == [{"_placeholder": True, "num": 0}] * 5
    assert [data["sequence"] for _, (_, data) in heads] == list(range(5))
    assert len({ack_id for ack_id, _ in heads}) == 5
    assert [len(sound) for sound in sounds] == [4800] * 5
