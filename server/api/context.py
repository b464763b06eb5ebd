"""What every handler works with; `server.app` fills it, and nothing else names concrete classes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from server.api.keys import KeyStore
from server.api.limits import RequestLimiter
from server.engines.tts.speech import SpeechEngine
from server.engines.tts.voices import VoiceCatalogue
from server.errors import FoleyUnavailableError
from server.metrics import Metrics
from server.runtime.model_card import ModelCard
from server.settings import Settings
from server.streaming.scheduler import Scheduler
from server.streaming.stream import Stream
from server.tasks.fetch import FetchPolicy
from server.tasks.service import TaskService
from server.tasks.uploads import Uploads
from server.video.limits import VideoLimits


@dataclass(slots=True)
class Readiness:
    """Whether the server takes new work."""

    is_draining: bool = False
    """True once it was told to stop: what runs is finished, nothing new is taken."""
    lets_streams_finish: bool = True
    """False when whoever stops it is waiting at a keyboard: then running streams end at once."""


@dataclass(frozen=True, slots=True)
class Foley:
    """What makes sound for videos, as the handlers see it."""

    tasks: TaskService
    uploads: Uploads
    fetch_policy: FetchPolicy
    video_limits: VideoLimits
    version: str
    """Of what makes the sound: what another version made is not given again."""


@dataclass(slots=True)
class FoleyDoor:
    """Where Foley is asked for."""

    parts: Foley | None = None
    """None before the server has started, and for good where it makes none."""

    def open(self) -> Foley:
        """What makes it.

        Raises:
            FoleyUnavailableError: when this server does not.
        """
        if self.parts is None:
            raise FoleyUnavailableError("No sound is made for videos here; `python -m server doctor` says why.")
        return self.parts


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
    foley: FoleyDoor


CONTEXT: web.AppKey[ApiContext] = web.AppKey("context", ApiContext)
