"""The official client, unmodified, against our server."""

from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest

from server.audio.pcm import to_s16le


@pytest.fixture
async def served_and_client(serve: Any, hum_engine: Any) -> AsyncIterator[tuple[Any, openai.AsyncOpenAI]]:
    served = await serve(hum_engine(n_chunks=8))
    async with openai.AsyncOpenAI(base_url=f"{served.url}/v1", api_key="none is needed", max_retries=0) as client:
        yield served, client


@pytest.mark.parametrize("name", ["mp3", "pcm", "wav", "opus", "aac", "flac"])
async def test_it_streams_every_format(served_and_client: Any, hummed: Any, name: Any) -> None:
    served, client = served_and_client
    received = b""
    async with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="coral", input="Hello.", instructions="Kindly.", response_format=name
    ) as response:
        assert response.headers["X-Wildtrack-Ignored"] == "instructions"
        async for data in response.iter_bytes():
            received += data
    plain = await (await served.speak(voice="coral", response_format=name)).read()
    assert received == plain
    if name == "pcm":
        assert received == to_s16le(hummed("Hello.", 8))


async def test_it_gets_a_whole_file(served_and_client: Any) -> None:
    _, client = served_and_client
    answer = await client.audio.speech.create(model="tts-1", voice="alloy", input="Hello.", speed=1.25)
    assert len(answer.content) > 1000


async def test_it_takes_a_voice_by_its_id(served_and_client: Any) -> None:
    served, client = served_and_client
    await client.audio.speech.create(model="tts-1", voice={"id": "af_sarah"}, input="Hello.")
    assert served.engine.requests[-1].voice_id == "af_sarah"


async def test_it_lists_the_models(served_and_client: Any) -> None:
    _, client = served_and_client
    assert "tts-1" in [model.id async for model in client.models.list()]


async def test_it_understands_our_errors(served_and_client: Any) -> None:
    _, client = served_and_client
    with pytest.raises(openai.BadRequestError) as refused:
        await client.audio.speech.create(model="tts-1", voice="nobody", input="Hello.")
    assert refused.value.code == "voice_not_found"
    assert refused.value.type == "invalid_request_error"
    assert "GET /v1/audio/voices" in refused.value.message
    assert refused.value.request_id


async def test_it_knows_a_wrong_key_and_a_flood_by_their_kinds(serve: Any, hum_engine: Any) -> None:
    served = await serve(hum_engine(), requests_per_minute=1)
    async with openai.AsyncOpenAI(base_url=f"{served.url}/v1", api_key="x", max_retries=0) as client:
        await client.audio.speech.create(model="tts-1", voice="alloy", input="Hello.")
        with pytest.raises(openai.RateLimitError):
            await client.audio.speech.create(model="tts-1", voice="alloy", input="Hello.")


async def test_it_notices_a_body_that_breaks_off(serve: Any, hum_engine: Any) -> None:
    served = await serve(hum_engine(fail_at_step=2))
    async with openai.AsyncOpenAI(base_url=f"{served.url}/v1", api_key="x", max_retries=0) as client:
        speech = client.audio.speech.with_streaming_response
        async with speech.create(model="tts-1", voice="alloy", input="Hello.", response_format="pcm") as response:
            with pytest.raises(Exception, match=r"incomplete|peer closed"):
                await response.read()
