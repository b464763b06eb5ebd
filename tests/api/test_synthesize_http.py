"""POST /api/synthesize and what lists and describes the API."""

import asyncio
import io
import json
from typing import Any

import openapi_spec_validator
import pytest
import soundfile

from server.api.routes import OPERATIONS
from server.engines.tts.voices import VOICES


async def test_a_text_comes_as_a_wav(serve: Any) -> None:
    served = await serve()
    response = await served.client.post("/api/synthesize", json={"text": "Hello."})
    assert response.status == 200
    assert response.content_type == "audio/wav"
    data = await response.read()
    sound, rate_hz = soundfile.read(io.BytesIO(data[:4] + data[4:]))
    assert rate_hz == 24_000
    assert len(sound) == 5 * 2400


async def test_all_that_is_asked_reaches_the_engine(serve: Any) -> None:
    served = await serve()
    body = {"text": "Hi.", "emotion": "neutral", "voice": "bf_emma", "language": "en-GB", "speed": 2, "seed": 9}
    await (await served.client.post("/api/synthesize", json=body)).read()
    asked = served.engine.requests[-1]
    assert (asked.voice_id, asked.language, asked.speed, asked.seed) == ("bf_emma", "en-GB", 2.0, 9)


async def test_the_models_are_listed_as_openai_lists_them(serve: Any) -> None:
    served = await serve()
    listed = await (await served.client.get("/v1/models")).json()
    assert listed["object"] == "list"
    assert "tts-1" in [model["id"] for model in listed["data"]]
    assert all(model["object"] == "model" and model["created"] > 0 for model in listed["data"])


async def test_the_voices_are_listed_with_all_that_a_menu_needs(serve: Any) -> None:
    served = await serve()
    voices = (await (await served.client.get("/v1/audio/voices")).json())["voices"]
    assert [voice["id"] for voice in voices] == [voice.id for voice in VOICES]
    xiaoxiao = next(voice for voice in voices if voice["id"] == "zf_xiaoxiao")
    assert xiaoxiao == {
        "id": "zf_xiaoxiao",
        "name": "Xiaoxiao",
        "native_name": "晓晓",
        "language": "zh-CN",
        "languages": ["en", "zh"],
        "gender": "female",
        "engine": "kokoro",
        "licence": "Apache-2.0",
        "sample_rate_hz": 24_000,
        "is_default_for": ["zh"],
    }
    assert [voice["id"] for voice in voices if "en" in voice["is_default_for"]] == ["heart"]


async def test_the_description_is_valid_and_has_every_route(serve: Any) -> None:
    served = await serve()
    document = await (await served.client.get("/openapi.json")).json()
    openapi_spec_validator.validate(document)
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    routed = {
        (route.method, route.resource.canonical)
        for route in served.client.app.router.routes()
        if route.method != "HEAD"
    }
    page = {("GET", "/"), ("GET", "/{path}"), ("GET", "/openapi.json"), ("GET", "/vendor/socket.io.esm.min.js")}
    sockets = ("socket.io/", "/ws/")
    assert described == {(method, path) for method, path in routed if not any(each in path for each in sockets)} - page
    assert len({operation.operation_id for operation in OPERATIONS}) == len(OPERATIONS)


async def test_the_description_names_every_error_an_operation_can_answer_with(serve: Any) -> None:
    served = await serve()
    document = await (await served.client.get("/openapi.json")).json()
    responses = document["paths"]["/v1/audio/speech"]["post"]["responses"]
    assert "`voice_not_found`" in responses["400"]["description"]
    assert "`rate_limited`" in responses["429"]["description"]
    assert "audio/mpeg" in responses["200"]["content"]
    schema = document["components"]["schemas"]["SpeechBody"]
    assert schema["required"] == ["input"]
    assert schema["properties"]["voice"]["default"] == "default"


async def test_health_is_told(serve: Any) -> None:
    served = await serve()
    assert await (await served.client.get("/healthz")).json() == {"status": "ok"}
    assert await (await served.client.get("/readyz")).json() == {"status": "ready"}
    assert (await served.client.head("/healthz")).status == 200


@pytest.mark.parametrize("text", ["Hello.", "中文。"])
async def test_a_text_in_either_language_is_described_by_its_voice(serve: Any, text: str) -> None:
    served = await serve()
    response = await served.client.post("/api/synthesize", json={"text": text})
    assert response.headers["X-Wildtrack-Voice"] == ("zf_xiaoxiao" if "中" in text else "heart")
    await response.read()
    await asyncio.sleep(0)
    assert json.dumps(text) not in str(response.headers)
