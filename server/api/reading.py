"""POST /v1/text/reading: what would be said, to be seen before it is heard."""

import asyncio

from aiohttp import web

from server.api.access import check_ready
from server.api.context import CONTEXT
from server.api.json_body import read_json_object
from server.api.middleware import CLIENT
from server.api.speech import check_length
from server.api.spoken_text import what_to_say
from server.engines.base import SpeechRequest
from server.protocol.events import parse
from server.protocol.http import ReadingBody, ReadingResult, SentenceReading


async def reading(request: web.Request) -> web.Response:
    """Read `text` without a sound."""
    context = request.app[CONTEXT]
    check_ready(context)
    context.limiter.check(request[CLIENT])
    body = parse(ReadingBody, await read_json_object(request))
    check_length(body.text, context.settings)
    said = await what_to_say(context, body.text, is_ssml=body.ssml, lexicon=body.lexicon)
    asked = SpeechRequest(
        text=said.text, script=said.script, lexicon=said.lexicon, voice_id=body.voice, language=body.language
    )
    sentences = await asyncio.to_thread(lambda: list(context.engine.reading(asked)))
    result = ReadingResult(
        sentences=tuple(
            SentenceReading(text=each.text, spoken=each.spoken, phonemes=each.phonemes, language=each.language)
            for each in sentences
        )
    )
    return web.json_response(text=result.model_dump_json())
