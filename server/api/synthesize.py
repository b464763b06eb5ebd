"""POST /api/synthesize: our own request, answered with a WAV that streams."""

from aiohttp import web

from server.api.access import check_ready
from server.api.audio_body import PlainAudio, stream_audio
from server.api.context import CONTEXT, ApiContext
from server.api.emotions import manner_of
from server.api.json_body import read_json_object
from server.api.middleware import CLIENT
from server.api.speech import check_length
from server.api.spoken_text import what_to_say
from server.engines.base import SpeechRequest
from server.protocol.events import parse
from server.protocol.http import SynthesizeBody


async def synthesize(request: web.Request) -> web.StreamResponse:
    """Speak `text`."""
    context = request.app[CONTEXT]
    check_ready(context)
    context.limiter.check(request[CLIENT])
    body = parse(SynthesizeBody, await read_json_object(request))
    return await stream_audio(
        request,
        context,
        await speech_asked_for(context, body),
        is_bulk=body.priority == "bulk",
        format_name="wav",
        wrapping=PlainAudio(),
        headers={},
    )


async def speech_asked_for(context: ApiContext, body: SynthesizeBody) -> SpeechRequest:
    """What a body of ours asks to have said, and how.

    Raises:
        WildtrackError: when there is no such emotion, the text is too long, its markup broken or its lexicon wrong.
    """
    manner = manner_of(body.emotion, body.emotion_intensity, body.pitch_semitones)
    check_length(body.text, context.settings)
    said = await what_to_say(context, body.text, is_ssml=body.ssml, lexicon=body.lexicon)
    return SpeechRequest(
        text=said.text,
        script=said.script,
        lexicon=said.lexicon,
        voice_id=body.voice,
        language=body.language,
        speed=body.speed,
        manner=manner,
        seed=body.seed,
    )
