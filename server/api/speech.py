"""POST /v1/audio/speech: OpenAI's speech API, streamed from the first chunk on."""

from aiohttp import web

from server.api.access import check_ready
from server.api.audio_body import AudioEvents, PlainAudio, stream_audio
from server.api.context import CONTEXT
from server.api.emotions import manner_of
from server.api.json_body import read_json_object
from server.api.middleware import CLIENT
from server.api.spoken_text import what_to_say
from server.audio.encoders import FORMATS
from server.engines.base import SpeechRequest
from server.errors import TextTooLongError, UnsupportedFormatError
from server.protocol.openai import STREAM_FORMATS, header_list, parse_speech
from server.settings import Settings


async def speech(request: web.Request) -> web.StreamResponse:
    """Speak `input` with `voice`."""
    context = request.app[CONTEXT]
    check_ready(context)
    context.limiter.check(request[CLIENT])
    body, ignored = parse_speech(await read_json_object(request))
    check_length(body.input, context.settings)
    check_formats(body.response_format, body.stream_format)
    said = await what_to_say(context, body.input, is_ssml=body.ssml, lexicon=body.lexicon)
    return await stream_audio(
        request,
        context,
        SpeechRequest(
            text=said.text,
            script=said.script,
            lexicon=said.lexicon,
            voice_id=body.voice,
            speed=body.speed,
            manner=manner_of(body.emotion, body.emotion_intensity, body.pitch_semitones),
        ),
        is_bulk=body.priority == "bulk",
        format_name=body.response_format,
        wrapping=AudioEvents(body.timings) if body.stream_format == "sse" else PlainAudio(),
        headers={"X-Wildtrack-Ignored": header_list(ignored)} if ignored else {},
    )


def check_formats(response_format: str, stream_format: str) -> None:
    """Refuse what cannot be written.

    Raises:
        UnsupportedFormatError: when there is no such format.
    """
    if response_format not in FORMATS:
        raise UnsupportedFormatError(f"There is no such `response_format`; choose one of {', '.join(FORMATS)}.")
    if stream_format not in STREAM_FORMATS:
        raise UnsupportedFormatError("There is no such `stream_format`; choose `audio` or `sse`.")


def check_length(text: str, settings: Settings) -> None:
    """Refuse a text that is longer than HTTP takes.

    Raises:
        TextTooLongError: when it is.
    """
    limit = settings.max_text_characters_http
    if len(text) > limit:
        raise TextTooLongError(f"The text is longer than {limit} characters; send it in parts, or over Socket.IO.")
