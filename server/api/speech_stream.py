"""POST /v1/audio/speech/stream: lines of text go in while they are written, sound comes out while it is made."""

from typing import Final

from aiohttp import web
from pydantic import ValidationError

from server.api.access import check_ready
from server.api.audio_body import AudioEvents, PlainAudio, stream_audio
from server.api.context import CONTEXT, ApiContext
from server.api.middleware import CLIENT
from server.api.speech import check_formats
from server.api.text_lines import read_text_lines
from server.engines.base import SpeechRequest
from server.errors import InternalError, InvalidRequestError, WildtrackError
from server.logs import frames_of, get_logger
from server.protocol.events import describe
from server.protocol.http import StreamOptions
from server.streaming.direct import DirectStream

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

    async def read(direct: DirectStream) -> None:
        await _read(request, context, direct)

    return await stream_audio(
        request,
        context,
        SpeechRequest(
            text="",
            voice_id=options.voice,
            language=options.language,
            speed=options.speed,
            seed=options.seed,
            is_open=True,
        ),
        is_bulk=False,
        format_name=options.response_format,
        wrapping=AudioEvents() if options.stream_format == "sse" else PlainAudio(),
        headers={},
        alongside=read,
    )


def _options(request: web.Request) -> StreamOptions:
    if len(set(request.query)) < len(request.query):
        raise InvalidRequestError("Each option may stand in the query once.")
    try:
        return StreamOptions.model_validate(dict(request.query))
    except ValidationError as error:
        raise InvalidRequestError(describe(error)) from None


async def _read(request: web.Request, context: ApiContext, direct: DirectStream) -> None:
    """Take the lines as they come; what is wrong with one of them ends the stream."""
    max_bytes = _BYTES_PER_CHARACTER * context.settings.max_text_characters
    try:
        async for line in read_text_lines(request, max_bytes=max_bytes):
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
