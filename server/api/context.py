"""What every handler works with; `server.app` fills it, and nothing else names concrete classes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from server.api.keys import KeyStore
from server.api.limits import RequestLimiter
from server.engines.tts.speech import SpeechEngine
from server.engines.tts.voices import VoiceCatalogue
from server.metrics import Metrics
from server.runtime.model_card import ModelCard
from server.settings import Settings
from server.streaming.scheduler import Scheduler
from server.streaming.stream import Stream


@dataclass(slots=True)
class Readiness:
    """Whether the server takes new work."""

    is_draining: bool = False
    """True once it was told to stop: what runs is finished, nothing new is taken."""
    lets_streams_finish: bool = True
    """False when whoever stops it is waiting at a keyboard: then running streams end at once."""


@dataclass(frozen=True, slots=True)
class ApiContext:
    """The server's parts, as the handlers see them."""

    settings: Settings
    engine: SpeechEngine
    scheduler: Scheduler
    catalogue: VoiceCatalogue
    cards: Mapping[str, ModelCard]
    """The models' cards, by the names that `Voice.model` uses: rates and licences."""
    keys: KeyStore
    limiter: RequestLimiter
    readiness: Readiness
    metrics: Metrics
    on_stream_ended: Callable[[Stream], None]
    """Told of every stream that ends: logs and counts it."""


CONTEXT: web.AppKey[ApiContext] = web.AppKey("context", ApiContext)
