"""POST /v1/audio/speech: six formats, two stream formats, and what happens when something breaks."""

import asyncio
import base64
import hashlib
import io
import json
import struct
from typing import Any

import av
import numpy as np
import pytest
from aiohttp import ClientPayloadError

from server.audio.pcm import to_s16le
from server.errors import ModelUnavailableError

CONTENT_TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}


def decode(data: bytes) -> Any:
    """Mono samples of any file, shape [n_samples]."""
    with av.open(io.BytesIO(data)) as file:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=24_000)
        frames = [part for frame in file.decode(audio=0) for part in resampler.resample(frame)]
        frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])


@pytest.mark.parametrize("name", CONTENT_TYPES)
async def test_each_format_decodes_to_what_was_hummed(serve: Any, hum_engine: Any, hummed: Any, name: str) -> None:
    served = await serve(hum_engine(n_chunks=10))
    response = await served.speak(response_format=name)
    assert response.status == 200
    assert response.content_type == CONTENT_TYPES[name]
    data = await response.read()
    wanted = hummed("Hello.", 10)[:, 0]
    if name == "pcm":
        assert data == to_s16le(wanted[:, None])
        return
    sound = decode(data)
    if name in ("flac", "wav"):
        assert np.allclose(sound, wanted, atol=1 / 32768)
        return
    assert len(sound) >= len(wanted)
    spectrum = np.abs(np.fft.rfft(sound[4800:19200]))
    wanted_spectrum = np.abs(np.fft.rfft(wanted[4800:19200]))
    assert abs(int(spectrum.argmax()) - int(wanted_spectrum.argmax())) <= 1


async def test_mp3_is_what_comes_when_nothing_is_said(serve: Any) -> None:
    served = await serve()
    response = await served.client.post("/v1/audio/speech", json={"model": "tts-1", "input": "Hi.", "voice": "alloy"})
    assert response.content_type == "audio/mpeg"
    await response.read()


async def test_a_streamed_wav_has_open_sizes(serve: Any) -> None:
    served = await serve()
    data = await (await served.speak(response_format="wav")).read()
    assert struct.unpack("<I", data[4:8])[0] == struct.unpack("<I", data[40:44])[0] == 0xFFFFFFFF


async def test_the_first_audio_leaves_before_the_second_is_made(serve: Any, hum_engine: Any, hummed: Any) -> None:
    engine = hum_engine(n_chunks=2, block_at_step=1)
    served = await serve(engine)
    for name in ("pcm", "wav", "flac", "mp3"):
        engine.let_go.clear()
        async with asyncio.timeout(10):
            response = await served.speak(response_format=name)
            first = await response.content.readany()
            assert first
            assert engine.jobs[-1].steps == 1
            engine.let_go.set()
            await response.read()


async def test_the_headers_tell_of_the_voice_and_the_wait(serve: Any) -> None:
    served = await serve()
    response = await served.speak(voice="heart", input="中 hello")
    assert response.headers["X-Wildtrack-Voice"] == "af_heart"
    assert "reads English only" in response.headers["X-Wildtrack-Notice"]
    assert response.headers["X-Accel-Buffering"] == "no"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Server-Timing"].startswith("ttfa;dur=")
    assert "X-Wildtrack-Ignored" not in response.headers
    assert response.headers["Content-Security-Policy"]
    await response.read()


async def test_unknown_fields_are_ignored_and_named(serve: Any) -> None:
    served = await serve()
    response = await served.speak(instructions="Whisper.", lang_code="a", extra=None, **{"bad\r\nname": 1, "日": 2})
    assert response.status == 200
    assert response.headers["X-Wildtrack-Ignored"] == "instructions, lang_code, ?, ?"
    await response.read()


async def test_a_hundred_unknown_fields_do_not_make_a_hundred_names(serve: Any) -> None:
    served = await serve()
    response = await served.speak(**{f"field_{number}": 1 for number in range(100)})
    assert response.headers["X-Wildtrack-Ignored"].endswith("field_15, ...")
    await response.read()


async def test_what_is_asked_reaches_the_engine(serve: Any) -> None:
    served = await serve()
    for voice in ("af_bella", {"id": "af_bella"}):
        await (await served.speak(voice=voice, speed=1.5, input="A b.")).read()
        asked = served.engine.requests[-1]
        assert (asked.text, asked.voice_id, asked.speed, asked.seed, asked.language) == (
            "A b.",
            "af_bella",
            1.5,
            0,
            None,
        )


async def test_a_body_is_json_whatever_its_type_says(serve: Any) -> None:
    served = await serve()
    for media_type in ("application/x-www-form-urlencoded", "text/plain", "application/json; charset=utf-8"):
        response = await served.client.post(
            "/v1/audio/speech", data=b'{"input": "Hi."}', headers={"Content-Type": media_type}
        )
        assert response.status == 200
        await response.read()


def events_of(body: bytes) -> list[dict[str, Any]]:
    blocks = body.decode("utf-8").split("\n\n")
    assert blocks.pop() == ""
    assert all(block.startswith("data: ") and "\n" not in block for block in blocks)
    return [json.loads(block[6:]) for block in blocks]


async def test_events_carry_the_same_file_and_end_with_the_usage(serve: Any) -> None:
    served = await serve()
    for name in ("pcm", "mp3", "wav"):
        response = await served.speak(response_format=name, stream_format="sse")
        assert response.content_type == "text/event-stream"
        *deltas, done = events_of(await response.read())
        assert {event["type"] for event in deltas} == {"speech.audio.delta"}
        plain = await (await served.speak(response_format=name)).read()
        assert b"".join(base64.b64decode(event["audio"]) for event in deltas) == plain
        assert done["type"] == "speech.audio.done"
        assert done["usage"] == {"input_tokens": 6, "output_tokens": 10, "total_tokens": 16}


async def test_an_error_before_the_first_audio_is_a_status(serve: Any, hum_engine: Any) -> None:
    error = ModelUnavailableError("The model is gone; export it again.")
    served = await serve(hum_engine(fail_at_step=0, error=error))
    for stream_format in ("audio", "sse"):
        response = await served.speak(stream_format=stream_format)
        assert response.status == 503
        assert (await response.json())["error"]["message"] == error.message


async def test_an_unexpected_error_before_the_first_audio_tells_nothing_of_itself(
    serve: Any, hum_engine: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    served = await serve(hum_engine(fail_at_step=0, error=RuntimeError("Hello. was asked for")))
    response = await served.speak()
    assert response.status == 500
    assert "asked for" not in await response.text()
    assert "asked for" not in "".join(capsys.readouterr())


async def test_an_error_after_the_first_audio_breaks_the_body_off(serve: Any, hum_engine: Any, hummed: Any) -> None:
    served = await serve(hum_engine(fail_at_step=3))
    response = await served.speak()
    assert response.status == 200
    assert await response.content.readexactly(3 * 4800) == to_s16le(hummed("Hello.", 3))
    with pytest.raises(ClientPayloadError):
        await response.content.read()
    assert (await served.client.get("/healthz")).status == 200


async def test_over_http_1_0_the_break_is_a_reset(serve: Any, hum_engine: Any, eventually: Any) -> None:
    served = await serve(hum_engine(fail_at_step=3))
    reader, writer = await asyncio.open_connection("127.0.0.1", served.client.port)
    body = json.dumps({"input": "Hello.", "response_format": "pcm"}).encode()
    writer.write(
        b"POST /v1/audio/speech HTTP/1.0\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    )
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()


async def test_an_error_among_events_is_an_event(serve: Any, hum_engine: Any) -> None:
    served = await serve(hum_engine(fail_at_step=3))
    *deltas, last = events_of(await (await served.speak(stream_format="sse")).read())
    assert len(deltas) == 3
    assert last["type"] == "error"
    assert last["error"]["code"] == "internal_error"


async def test_two_clients_at_once_each_hear_their_own_text(serve: Any, hum_engine: Any, hummed: Any) -> None:
    served = await serve(hum_engine(n_chunks=40, step_s=0.001))

    async def listen(text: str) -> str:
        digest = hashlib.sha256()
        async for data in (await served.speak(input=text)).content.iter_any():
            digest.update(data)
        return digest.hexdigest()

    texts = [f"Listener number {number}." for number in range(6)]
    heard = await asyncio.gather(*map(listen, texts))
    assert heard == [hashlib.sha256(to_s16le(hummed(text, 40))).hexdigest() for text in texts]


async def test_the_same_request_gives_the_same_bytes(serve: Any) -> None:
    served = await serve()
    for name in CONTENT_TYPES:
        first, second = [await (await served.speak(response_format=name)).read() for _ in range(2)]
        assert first == second


async def test_connections_are_kept_for_the_next_text(serve: Any) -> None:
    served = await serve()
    peers = set()
    for _ in range(3):
        response = await served.speak()
        peers.add(response.connection.transport.get_extra_info("sockname") if response.connection else "again")
        await response.read()
    assert len(peers) == 1
