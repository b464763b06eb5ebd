"""POST /v1/audio/captions: when each word of a text is heard, as subtitles or as numbers."""

from typing import Final

from aiohttp import web

from server.api.access import check_ready
from server.api.context import CONTEXT
from server.api.departure import while_connected
from server.api.emotions import manner_of
from server.api.json_body import read_json_object
from server.api.middleware import CLIENT
from server.api.speech import check_length
from server.api.spoken_text import what_to_say
from server.audio.subtitles import as_srt, as_webvtt, cues
from server.audio.timing import SpeechTiming
from server.engines.base import SpeechRequest
from server.protocol.events import parse
from server.protocol.http import CaptionsBody
from server.streaming.direct import open_direct
from server.streaming.timing_message import timing_message
from server.text.lexicon import Lexicon

_TYPES: Final = {"vtt": "text/vtt", "srt": "application/x-subrip"}


async def captions(request: web.Request) -> web.Response:
    """Speak a text to nobody, and tell when what is heard: the sound of the same request has the same times."""
    context = request.app[CONTEXT]
    check_ready(context)
    context.limiter.check(request[CLIENT])
    body = parse(CaptionsBody, await read_json_object(request))
    manner = manner_of(body.emotion, body.emotion_intensity, body.pitch_semitones)
    check_length(body.text, context.settings)
    text, script = await what_to_say(context, body.text, is_ssml=body.ssml)
    speech = SpeechRequest(
        text=text,
        script=script,
        lexicon=Lexicon(body.lexicon),
        voice_id=body.voice,
        language=body.language,
        speed=body.speed,
        manner=manner,
        seed=body.seed,
    )
    timings: list[SpeechTiming] = []
    n_samples = 0
    async with (
        while_connected(request),
        open_direct(context.engine, context.scheduler, speech, context.on_stream_ended, is_bulk=True) as direct,
    ):
        rate_hz = direct.stream.job.sample_rate_hz
        async for chunk in direct.chunks:
            timings += chunk.timings
            n_samples = chunk.end_sample
    if body.format == "json":
        return web.json_response(
            {
                "sample_rate_hz": rate_hz,
                "n_samples": n_samples,
                "clauses": [timing_message(timing, ("words", "phonemes", "visemes")) for timing in timings],
            }
        )
    lines = cues(timings, body.text, rate_hz, is_ssml=body.ssml)
    written = as_webvtt(lines) if body.format == "vtt" else as_srt(lines)
    return web.Response(text=written, content_type=_TYPES[body.format])
