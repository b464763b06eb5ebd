"""POST /api/convert: FLAC up, anything down, within bounds."""

import asyncio
import io
from typing import Any

import av
import numpy as np
import pytest
import soundfile

from server.api.convert import CONVERSIONS, MAX_CONVERSIONS

RATE_HZ = 24_000


def flac(seconds: float) -> bytes:
    sound = 0.2 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * RATE_HZ)) / RATE_HZ)
    file = io.BytesIO()
    soundfile.write(file, sound.astype(np.float32), RATE_HZ, format="FLAC")
    return file.getvalue()


async def code_of(response: Any) -> tuple[int, str]:
    return response.status, (await response.json())["error"]["code"]


@pytest.mark.parametrize(
    ("query", "content_type", "codec"),
    [
        ("", "audio/mpeg", "mp3float"),
        ("?format=mp3", "audio/mpeg", "mp3float"),
        ("?format=opus", "audio/ogg", "opus"),
        ("?format=aac", "audio/aac", "aac"),
        ("?format=wav", "audio/wav", "pcm_s16le"),
        ("?format=flac", "audio/flac", "flac"),
    ],
)
async def test_flac_becomes_another_format_of_the_same_length(
    serve: Any, query: str, content_type: str, codec: str
) -> None:
    served = await serve()
    response = await served.client.post(f"/api/convert{query}", data=flac(20), headers={"Content-Type": "audio/flac"})
    assert response.status == 200
    assert response.content_type == content_type
    with av.open(io.BytesIO(await response.read())) as file:
        stream = file.streams.audio[0]
        assert stream.codec_context.name == codec
        rate_hz = stream.codec_context.sample_rate
        n_samples = sum(frame.samples for frame in file.decode(stream))
    assert n_samples / rate_hz == pytest.approx(20, abs=0.2)


@pytest.mark.parametrize(
    "body", [b"", b"fLaC", b"RIFF....WAVE", b"fLaC" + b"\xff" * 1000, b"\x00" * 100, flac(1)[:2000]]
)
async def test_what_is_no_whole_flac_is_refused_in_words_or_broken_off(serve: Any, body: bytes) -> None:
    served = await serve()
    response = await served.client.post("/api/convert", data=body)
    status, code = await code_of(response)
    assert status == 400
    assert code in ("unsupported_format", "invalid_request")


async def test_an_unknown_format_is_refused_before_the_file_is_read(serve: Any) -> None:
    served = await serve()
    assert await code_of(await served.client.post("/api/convert?format=ogg")) == (400, "unsupported_format")


async def test_a_file_larger_than_may_be_is_refused_with_and_without_its_length(serve: Any) -> None:
    served = await serve(max_convert_bytes=2048)

    async def in_pieces() -> Any:
        for _ in range(10):
            yield b"x" * 1024

    for body in (b"x" * 4096, in_pieces()):
        assert await code_of(await served.client.post("/api/convert", data=body)) == (413, "payload_too_large")


async def test_a_sound_longer_than_may_be_is_refused(serve: Any) -> None:
    served = await serve(max_convert_s=2)
    assert await code_of(await served.client.post("/api/convert", data=flac(3))) == (400, "invalid_request")


async def test_no_more_files_are_converted_at_once_than_may_be(serve: Any) -> None:
    served = await serve()
    conversions = served.client.app[CONVERSIONS]
    for _ in range(MAX_CONVERSIONS):
        await conversions.acquire()
    assert await code_of(await served.client.post("/api/convert", data=flac(1))) == (503, "overloaded")
    conversions.release()
    response = await served.client.post("/api/convert", data=flac(1))
    assert response.status == 200
    await response.read()


async def test_a_client_that_leaves_while_it_sends_gives_its_turn_back(serve: Any, eventually: Any) -> None:
    served = await serve()
    conversions = served.client.app[CONVERSIONS]
    _, writer = await asyncio.open_connection("127.0.0.1", served.client.port)
    writer.write(b"POST /api/convert HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nfLaC")
    await eventually(lambda: conversions._value == MAX_CONVERSIONS - 1)
    writer.transport.abort()
    await eventually(lambda: conversions._value == MAX_CONVERSIONS)


async def test_a_client_that_leaves_while_it_receives_gives_its_turn_back(serve: Any, eventually: Any) -> None:
    served = await serve()
    conversions = served.client.app[CONVERSIONS]
    response = await served.client.post("/api/convert?format=wav", data=io.BytesIO(flac(300)))
    await response.content.readany()
    response.close()
    await eventually(lambda: conversions._value == MAX_CONVERSIONS)
