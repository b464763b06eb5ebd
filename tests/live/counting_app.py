"""What gunicorn serves in a test: the real application around an engine that takes 28 ms for 100 ms of sound."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web
from fakes import CountingEngine, CountingJob

from server.app import create_app
from server.engines.base import SpeechRequest
from server.engines.tts.voices import VOICES, Voice, VoiceCatalogue
from server.loading import Speech
from server.settings import load_settings
from server.streaming.capacity import Cost

STEP_S = 0.028


@dataclass
class CountingVoiceJob(CountingJob):
    voice: Voice = VOICES[0]
    language: str = "en"
    notice: str | None = None


class CountingVoice(CountingEngine):
    """The text says how many chunks there are."""

    def open(self, request: SpeechRequest) -> CountingVoiceJob:
        return CountingVoiceJob(value=0.0, n_chunks=int(request.text))


async def application() -> web.Application:
    """As `server.app.application`, without models."""
    settings = load_settings()
    engine: Any = CountingVoice(step_s=STEP_S)
    speech = Speech(engine, VoiceCatalogue(VOICES), {}, {"counting": Cost(STEP_S, 10 * STEP_S)})
    return create_app(settings, speech, processes=settings.workers)
