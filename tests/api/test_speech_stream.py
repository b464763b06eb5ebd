"""POST /v1/audio/speech/stream: text goes in line by line while sound comes out."""

import asyncio
import io
import json
import socket
import threading
from collections.abc import AsyncIterator
from typing import Any

import av
import pytest
from humming import KOKORO_SYMBOLS, Humming, engine_of

from server.engines.tts.voices import VOICES, VoiceCatalogue
from server.text.phonemizer import Phonemizer

STREAM = "/v1/audio/speech/stream"
TEXT = "Good morning to all of you. 今天天气很好。 And that was the whole of it, more or less, for today."


@pytest.fixture(scope="module")
def phonemizer() -> Phonemizer:
    return Phonemizer(KOKORO_SYMBOLS)


@pytest.fixture
def engine(phonemizer: Phonemizer) -> Any:
    engine: Any = engine_of(Humming(), phonemizer)
    engine.catalogue, engine.let_go = VoiceCatalogue(VOICES), threading.Event()
    return engine


def lines(*messages: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(message).encode() + b"\n" for message in messages)


async def slowly(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
        await asyncio.sleep(0.005)


async def whole(served: Any, text: str, **more: Any) -> bytes:
    body = {"text": text, "voice": "am_michael", **more}
    wav: bytes = await (await served.client.post("/api/synthesize", json=body)).read()
    return wav[44:]


@pytest.mark.parametrize("length", [1, 5, 1000])
async def test_lines_of_text_sound_like_the_whole_text(serve: Any, engine: Any, length: int) -> None:
    served = await serve(engine)
    pieces = [TEXT[start : start + length] for start in range(0, len(TEXT), length)]
    body = slowly(*(lines({"text": piece}) for piece in pieces))
    query = {"voice": "am_michael", "response_format": "pcm", "seed": "3"}
    response = await served.client.post(STREAM, params=query, data=body)
    assert response.status == 200
    assert response.headers["X-Wildtrack-Voice"] == "am_michael"
    assert await response.read() == await whole(served, TEXT, seed=3)


@pytest.mark.parametrize(
    ("text", "query", "voice"),
    [
        ("你好", {}, "zf_xiaoxiao"),
        ("Hi.", {}, "af_heart"),
        ("Hi.", {"language": "en"}, "heart"),
        ("Hi.", {"language": "zh"}, "zf_xiaoxiao"),
        ("你好", {"voice": "am_puck"}, "am_puck"),
    ],
)
async def test_the_first_line_says_which_voice_is_the_default(
    serve: Any, engine: Any, text: str, query: dict[str, str], voice: str
) -> None:
    served = await serve(engine)
    response = await served.client.post(STREAM, params=query, data=lines({"text": text}))
    assert response.headers["X-Wildtrack-Voice"] == voice
    await response.read()


async def test_nothing_is_kept_ready_for_a_text_that_has_not_begun(serve: Any, engine: Any) -> None:
    served = await serve(engine, text_timeout_s=1)
    never = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"\n"
        await never.wait()

    async with asyncio.timeout(10):
        asking = asyncio.create_task(served.client.post(STREAM, data=body()))
        await asyncio.sleep(0.2)
        assert served.context.scheduler.open_streams == 0
        assert (await (await asking).json())["error"]["code"] == "text_timeout"
    never.set()


async def test_sound_comes_while_text_is_still_to_come(serve: Any, engine: Any) -> None:
    served = await serve(engine)
    may_go_on = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield lines({"text": "This comes first.", "flush": True})
        await may_go_on.wait()
        yield lines({"text": " This comes second.", "end": True})

    async with asyncio.timeout(10):
        response = await served.client.post(STREAM, params={"response_format": "pcm"}, data=body())
        first = await response.content.readexactly(len(await whole(served, "This comes first.", voice="af_heart")))
        may_go_on.set()
        assert len(await response.read()) > 10_000
    assert first == await whole(served, "This comes first.", voice="af_heart")


@pytest.mark.parametrize("format_name", ["mp3", "opus", "aac", "flac", "wav"])
async def test_every_format_is_a_whole_file(serve: Any, engine: Any, format_name: str) -> None:
    served = await serve(engine)
    body = slowly(lines({"text": "This comes first.", "flush": True}), lines({"text": " This comes second."}))
    response = await served.client.post(STREAM, params={"response_format": format_name}, data=body)
    assert response.status == 200
    with av.open(io.BytesIO(await response.read())) as file:
        duration_s = sum(frame.samples / frame.sample_rate for frame in file.decode(audio=0))
    assert duration_s > 2


async def test_server_sent_events_count_all_characters_that_came(serve: Any, engine: Any) -> None:
    served = await serve(engine)
    query = {"response_format": "pcm", "stream_format": "sse"}
    response = await served.client.post(STREAM, params=query, data=lines({"text": "Hello "}, {"text": "there."}))
    assert response.content_type == "text/event-stream"
    events = [json.loads(event[6:]) for event in (await response.text()).split("\n\n") if event]
    assert events[-1]["type"] == "speech.audio.done"
    assert events[-1]["usage"]["input_tokens"] == 12


async def test_the_last_line_needs_no_line_break_and_empty_ones_are_nothing(serve: Any, engine: Any) -> None:
    served = await serve(engine)
    body = slowly(b"\n\r\n", b'{"text": "Hel', b'lo."}\r\n  \n{"text": " You."}')
    query = {"response_format": "pcm", "voice": "am_michael"}
    response = await served.client.post(STREAM, params=query, data=body)
    assert await response.read() == await whole(served, "Hello. You.")


@pytest.mark.parametrize(
    ("query", "body", "status", "code"),
    [
        ({}, b"", 400, "text_empty"),
        ({}, lines({"text": "..."}), 400, "text_empty"),
        ({}, b"\n\n", 400, "text_empty"),
        ({}, lines({"end": True}), 400, "text_empty"),
        ({}, b"secret words\n", 400, "invalid_request"),
        ({}, b'{"text": "secret words"\n', 400, "invalid_request"),
        ({}, b'["secret words"]\n', 400, "invalid_request"),
        ({}, lines({"text": 5}), 400, "invalid_request"),
        ({}, lines({"text": "secret words", "flush": "yes"}), 400, "invalid_request"),
        ({}, lines({"text": "secret words", "wat": 1}), 400, "invalid_request"),
        ({}, lines({}), 400, "invalid_request"),
        ({}, b'{"text": "\\ud83d"}\n', 400, "invalid_request"),
        ({}, b"\xff\xfe\n", 400, "invalid_request"),
        ({}, b" " * 70_000, 413, "payload_too_large"),
        ({}, lines({"text": "secret words " * 6000}), 413, "payload_too_large"),
        ({}, lines({"text": "a" * 1500}, {"text": "b" * 501}), 400, "text_too_long"),
        ({}, lines({"text": "a", "end": True}, {"text": "b"}), 409, "text_ended"),
        ({"voice": "heart", "language": "en"}, lines({"text": "你好"}), 400, "unsupported_language"),
        ({"voice": "nobody"}, lines({"text": "Hi."}), 400, "voice_not_found"),
        ({"language": "fr"}, lines({"text": "Hi."}), 400, "unsupported_language"),
        ({"speed": "9"}, lines({"text": "Hi."}), 400, "invalid_request"),
        ({"speed": "nan"}, lines({"text": "Hi."}), 400, "invalid_request"),
        ({"seed": "x"}, lines({"text": "Hi."}), 400, "invalid_request"),
        ({"input": "Hi."}, lines({"text": "Hi."}), 400, "invalid_request"),
        ({"response_format": "ogg"}, lines({"text": "Hi."}), 400, "unsupported_format"),
        ({"stream_format": "video"}, lines({"text": "Hi."}), 400, "unsupported_format"),
    ],
)
async def test_what_is_wrong_is_told_by_a_code(
    serve: Any, engine: Any, query: dict[str, str], body: bytes, status: int, code: str
) -> None:
    served = await serve(engine, max_text_characters=2000)
    response = await served.client.post(STREAM, params=query, data=body)
    error = (await response.json())["error"]
    assert (response.status, error["code"]) == (status, code)
    assert error["message"].endswith(".")
    assert "secret" not in json.dumps(error)
    assert served.context.scheduler.open_streams == 0


async def test_an_option_that_is_there_twice_is_refused(serve: Any, engine: Any) -> None:
    served = await serve(engine)
    response = await served.client.post(f"{STREAM}?speed=1&speed=2", data=lines({"text": "Hi."}))
    assert (await response.json())["error"]["code"] == "invalid_request"


async def test_a_body_without_end_is_refused(serve: Any, engine: Any) -> None:
    served = await serve(engine, max_text_characters=1000)
    response = await served.client.post(STREAM, data=slowly(*[b" " * 60_000 + b"\n"] * 3))
    assert (await response.json())["error"]["code"] == "payload_too_large"


async def test_text_that_never_comes_ends_the_stream(serve: Any, engine: Any) -> None:
    served = await serve(engine, text_timeout_s=1)
    never = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield lines({"text": "Well"})
        await never.wait()

    async with asyncio.timeout(10):
        response = await served.client.post(STREAM, data=body())
        assert (response.status, (await response.json())["error"]["code"]) == (408, "text_timeout")
    never.set()


async def test_what_goes_wrong_after_the_first_sound_breaks_the_body_off_or_is_told_by_an_event(
    serve: Any, engine: Any
) -> None:
    served = await serve(engine)
    first = lines({"text": "This comes first.", "flush": True})
    for stream_format in ("audio", "sse"):
        begun = asyncio.Event()

        async def body(begun: asyncio.Event = begun) -> AsyncIterator[bytes]:
            yield first
            await begun.wait()
            yield b"nonsense\n"

        query = {"response_format": "pcm", "stream_format": stream_format}
        response = await served.client.post(STREAM, params=query, data=body())
        await response.content.readexactly(1000)
        begun.set()
        if stream_format == "sse":
            assert '"invalid_request"' in (await response.text())
        else:
            with pytest.raises(Exception, match=r"not completed|closed|reset"):
                await response.read()


async def opened(served: Any, head: bytes = b"Transfer-Encoding: chunked\r\n") -> tuple[Any, socket.socket]:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.client.port)
    path = f"{STREAM}?response_format=pcm&voice=am_michael"
    writer.write(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n".encode() + head + b"\r\n")
    return reader, writer


def chunked(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


@pytest.mark.parametrize("pause_s", [0, 0.1])
async def test_a_client_that_closes_its_side_after_the_text_hears_all_of_it(
    serve: Any, engine: Any, pause_s: float
) -> None:
    served = await serve(engine)
    reader, writer = await opened(served)
    await asyncio.sleep(pause_s)
    writer.write(chunked(lines({"text": TEXT})) + b"0\r\n\r\n")
    await asyncio.sleep(pause_s)
    writer.write_eof()
    async with asyncio.timeout(10):
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 200")
    assert len(answer) > len(await whole(served, TEXT))
    writer.close()


async def test_a_client_that_leaves_in_the_middle_of_its_text_costs_nothing_from_then_on(
    serve: Any, engine: Any, eventually: Any
) -> None:
    served = await serve(engine)
    for abort in (True, False):
        _, writer = await opened(served)
        writer.write(chunked(lines({"text": TEXT})))
        await eventually(lambda: served.context.scheduler.open_streams == 1)
        writer.transport.abort() if abort else writer.close()
        await eventually(lambda: served.context.scheduler.open_streams == 0)


async def test_a_client_that_leaves_after_its_text_stops_the_work(serve: Any, engine: Any, eventually: Any) -> None:
    served = await serve(engine)
    reader, writer = await opened(served)
    writer.write(chunked(lines({"text": TEXT * 300})) + b"0\r\n\r\n")
    await reader.readexactly(1000)
    writer.close()
    await eventually(lambda: served.context.scheduler.open_streams == 0)
    model = engine._models["kokoro"]
    assert len(model.rendered) < 300


async def test_several_bodies_at_once_are_never_mixed_up(serve: Any, engine: Any) -> None:
    served = await serve(engine)
    texts = [f"This is the text of number {number}, and of nobody else." for number in range(5)]

    async def speak(text: str) -> bytes:
        query = {"voice": "am_michael", "response_format": "pcm"}
        body = slowly(*(lines({"text": word + " "}) for word in text.split()))
        response = await served.client.post(STREAM, params=query, data=body)
        sound: bytes = await response.read()
        return sound

    for text, sound in zip(texts, await asyncio.gather(*map(speak, texts)), strict=True):
        assert sound == await whole(served, text)


async def test_its_lines_and_options_are_described(serve: Any, engine: Any) -> None:
    served = await serve(engine)
    operation = (await (await served.client.get("/openapi.json")).json())["paths"][STREAM]["post"]
    assert operation["requestBody"]["content"]["application/x-ndjson"]["schema"]["$ref"].endswith("TextLine")
    assert {parameter["name"] for parameter in operation["parameters"]} >= {"voice", "speed", "response_format"}
