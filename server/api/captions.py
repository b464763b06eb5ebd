"""POST /v1/audio/captions: when each word of a text is heard, as subtitles or as numbers."""

from typing import Final

from aiohttp import web

from server.api.access import check_ready
from server.api.context import CONTEXT
from server.api.departure import while_connected
from server.api.json_body import read_json_object
from server.api.middleware import CLIENT
from server.api.synthesize import speech_asked_for
from server.audio.subtitles import as_srt, as_webvtt, cues
from server.audio.timing import SpeechTiming
from server.protocol.events import parse
from server.protocol.http import CaptionsBody
from server.streaming.direct import open_direct
from server.streaming.timing_message import timing_message

_TYPES: Final = {"vtt": "text/vtt", "srt": "application/x-subrip"}


async def captions(request: web.Request) -> web.Response:
    """Speak a text to nobody, and tell when what is heard: the sound of the same request has the same times."""
    context = request.app[CONTEXT]
    check_ready(context)
    context.limiter.check(request[CLIENT])
    body = parse(CaptionsBody, await read_json_object(request))
    speech = await speech_asked_for(context, body)
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
