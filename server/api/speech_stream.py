"""POST /v1/audio/speech/stream: lines of text go in while they are written, sound comes out while it is made."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import partial
from typing import Final

from aiohttp import web
from pydantic import ValidationError

from server.api.access import check_ready
from server.api.audio_body import AudioEvents, PlainAudio, stream_audio
from server.api.context import CONTEXT, ApiContext
from server.api.departure import while_connected
from server.api.emotions import manner_of
from server.api.middleware import CLIENT
from server.api.speech import check_formats
from server.api.text_lines import read_text_lines
from server.engines.base import SpeechRequest
from server.engines.tts.voices import DEFAULT_VOICE
from server.errors import InternalError, InvalidRequestError, TextTimeoutError, WildtrackError
from server.logs import frames_of, get_logger
from server.protocol.events import describe
from server.protocol.http import StreamOptions, TextLine
from server.streaming.direct import DirectStream
from server.text.language import contains_han

_log = get_logger(__name__)
PATH: Final = "/v1/audio/speech/stream"
_BYTES_PER_CHARACTER: Final = 64
"""Of a body's limit: a line for every character, with every field."""


async def speech_stream(request: web.Request) -> web.StreamResponse:
    """Speak the `text` of each line, with the options of the query."""
    context = request.app[CONTEXT]
    check_ready(context)
    context.limiter.check(request[CLIENT])
    options = _options(request)
    check_formats(options.response_format, options.stream_format)
    manner = manner_of(options.emotion, options.emotion_intensity, options.pitch_semitones)
    max_bytes = _BYTES_PER_CHARACTER * context.settings.max_text_characters
    async with aclosing(read_text_lines(request, max_bytes=max_bytes)) as lines:
        # Nothing is kept ready for a text that has not begun, and which voice is the default depends on how it does.
        async with while_connected(request):
            first = await _first(lines, context.settings.text_timeout_s)
        speech = SpeechRequest(
            text="",
            voice_id=_voice_id(context, options, first.text),
            language=options.language,
            speed=options.speed,
            manner=manner,
            seed=options.seed,
            is_open=True,
        )
        return await stream_audio(
            request,
            context,
            speech,
            is_bulk=False,
            format_name=options.response_format,
            wrapping=AudioEvents() if options.stream_format == "sse" else PlainAudio(),
            headers={},
            alongside=partial(_read, first, lines),
        )


def _options(request: web.Request) -> StreamOptions:
    if len(set(request.query)) < len(request.query):
        raise InvalidRequestError("Each option may stand in the query once.")
    try:
        return StreamOptions.model_validate(dict(request.query))
    except ValidationError as error:
        raise InvalidRequestError(describe(error)) from None


async def _first(lines: AsyncIterator[TextLine], timeout_s: float) -> TextLine:
    try:
        async with asyncio.timeout(timeout_s):
            return await anext(lines, TextLine(text="", flush=False, end=True))
    except TimeoutError:
        raise TextTimeoutError("No text came for too long; send the first line, and `end` after the last.") from None


def _voice_id(context: ApiContext, options: StreamOptions, begun: str) -> str:
    if options.voice == DEFAULT_VOICE and options.language is None and contains_han(begun):
        return context.catalogue.default_for("zh").id
    return options.voice


async def _read(first: TextLine, lines: AsyncIterator[TextLine], direct: DirectStream) -> None:
    """Take the lines as they come; what is wrong with one of them ends the stream."""
    try:
        direct.write(first.text, flush=first.flush, end=first.end)
        async for line in lines:
            direct.write(line.text, flush=line.flush, end=line.end)
        if not direct.has_ended:
            direct.write("", end=True)
    except WildtrackError as error:
        direct.fail(error)
    except ConnectionError:  # the client has left, which ends the stream by another way
        return
    except Exception as error:
        _log.error("lines_failed", error=type(error).__name__, frames=frames_of(error))
        direct.fail(InternalError("Something went wrong on the server; try again."))
