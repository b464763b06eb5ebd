"""All HTTP routes, in one table."""

import asyncio

from aiohttp import web

from server.api.captions import captions
from server.api.context import CONTEXT
from server.api.convert import CONVERSIONS, MAX_CONVERSIONS, convert
from server.api.emotions import emotions
from server.api.foley_routes import FOLEY_OPERATIONS, add_foley_routes
from server.api.half_open import allow_half_close
from server.api.health import healthz, readyz
from server.api.listing import models, voices
from server.api.metrics import metrics
from server.api.middleware import add_headers
from server.api.openapi import DOCUMENT, Operation, describe_api, openapi
from server.api.reading import reading
from server.api.speech import speech
from server.api.speech_stream import PATH as SPEECH_STREAM
from server.api.speech_stream import speech_stream
from server.api.static import FILE_PATTERN, VENDOR_FILE, index, page_file, vendor_file
from server.api.synthesize import synthesize
from server.audio.encoders import FORMATS
from server.errors import (
    DrainingError,
    ForbiddenError,
    InternalError,
    InvalidRequestError,
    InvalidSsmlError,
    OverloadedError,
    PayloadTooLargeError,
    RateLimitedError,
    TextEmptyError,
    TextEndedError,
    TextTimeoutError,
    TextTooLongError,
    UnauthorizedError,
    UnsupportedEmotionError,
    UnsupportedFormatError,
    UnsupportedLanguageError,
    VoiceNotFoundError,
)
from server.protocol.http import (
    CaptionsBody,
    EmotionList,
    Health,
    ReadingBody,
    ReadingResult,
    StreamOptions,
    SynthesizeBody,
    TextLine,
    VoiceList,
)
from server.protocol.openai import SpeechBody, SpeechModelList

_AUDIO_TYPES = ("audio/mpeg", "audio/ogg; codecs=opus", "audio/aac", "audio/flac", "audio/wav", "audio/pcm")
_EVENTS = "text/event-stream"
_GATE = (UnauthorizedError, ForbiddenError, InternalError)
_WORK = (InvalidRequestError, PayloadTooLargeError, RateLimitedError, OverloadedError, DrainingError)
_SPEECH = (TextEmptyError, TextTooLongError, InvalidSsmlError, VoiceNotFoundError)

_SPEECH_OPERATIONS = (
    Operation(
        "POST",
        "/v1/audio/speech",
        speech,
        "Speak a text, as OpenAI's API does; the sound streams from the first clause on.",
        (*_AUDIO_TYPES, _EVENTS),
        body=SpeechBody,
        errors=(*_WORK, *_SPEECH, UnsupportedEmotionError, UnsupportedFormatError, *_GATE),
    ),
    Operation(
        "POST",
        SPEECH_STREAM,
        speech_stream,
        "Speak a text while it is being written: lines go in, sound comes out.",
        (*_AUDIO_TYPES, _EVENTS),
        body_lines=TextLine,
        query=StreamOptions.model_json_schema()["properties"],
        errors=(
            *_WORK,
            *_SPEECH,
            UnsupportedLanguageError,
            UnsupportedEmotionError,
            UnsupportedFormatError,
            TextEndedError,
            TextTimeoutError,
            *_GATE,
        ),
    ),
    Operation(
        "POST",
        "/v1/text/reading",
        reading,
        "Say how a text would be read: in words and in phonemes.",
        ReadingResult,
        body=ReadingBody,
        errors=(*_WORK, *_SPEECH, UnsupportedLanguageError, *_GATE),
    ),
    Operation(
        "POST",
        "/v1/audio/captions",
        captions,
        "Say when each word of a text is heard, as subtitles or as numbers.",
        ("text/vtt", "application/x-subrip", "application/json"),
        body=CaptionsBody,
        errors=(*_WORK, *_SPEECH, UnsupportedLanguageError, UnsupportedEmotionError, *_GATE),
    ),
    Operation("GET", "/v1/models", models, "List the model names.", SpeechModelList, errors=_GATE),
    Operation("GET", "/v1/audio/voices", voices, "List the voices.", VoiceList, errors=_GATE),
    Operation("GET", "/v1/audio/emotions", emotions, "List the emotions.", EmotionList, errors=_GATE),
    Operation(
        "POST",
        "/api/synthesize",
        synthesize,
        "Speak a text as a WAV that streams.",
        ("audio/wav",),
        body=SynthesizeBody,
        errors=(*_WORK, *_SPEECH, UnsupportedLanguageError, UnsupportedEmotionError, *_GATE),
    ),
    Operation(
        "POST",
        "/api/convert",
        convert,
        "Convert a FLAC file.",
        _AUDIO_TYPES,
        body="audio/flac",
        query={"format": {"type": "string", "enum": list(FORMATS), "default": "mp3"}},
        errors=(*_WORK, UnsupportedFormatError, *_GATE),
    ),
    Operation("GET", "/metrics", metrics, "The server's numbers, for Prometheus.", ("text/plain",), errors=_GATE),
    Operation("GET", "/healthz", healthz, "Whether the server runs.", Health, needs_key=False),
    Operation("GET", "/readyz", readyz, "Whether it takes work.", Health, errors=(DrainingError,), needs_key=False),
)

OPERATIONS = (*_SPEECH_OPERATIONS, *FOLEY_OPERATIONS)
"""What /openapi.json describes."""


def add_routes(app: web.Application) -> None:
    """Give `app` its HTTP routes and the headers of their responses."""
    app[DOCUMENT] = describe_api(OPERATIONS)
    app[CONVERSIONS] = asyncio.Semaphore(MAX_CONVERSIONS)
    app.on_response_prepare.append(add_headers)
    allow_half_close(SPEECH_STREAM)
    for operation in OPERATIONS:
        if operation.method == "GET":
            app.router.add_get(operation.path, operation.handler)  # answers HEAD, too
        else:
            app.router.add_route(operation.method, operation.path, operation.handler)
    add_foley_routes(app, app[CONTEXT].settings)
    app.router.add_get("/openapi.json", openapi)
    app.router.add_get("/", index)
    app.router.add_get(f"/vendor/{VENDOR_FILE}", vendor_file)
    app.router.add_get(FILE_PATTERN, page_file)
