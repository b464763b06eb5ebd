"""Puts the server together: the only file that names concrete classes."""

import asyncio
import contextlib
import gc
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

import numpy as np
from aiohttp import web

from server.api.context import CONTEXT, ApiContext, Readiness
from server.api.keys import KeyStore, require_safe_binding
from server.api.limits import RequestLimiter
from server.api.middleware import MIDDLEWARES
from server.api.routes import add_routes
from server.api.socketio import attach_socketio
from server.engines.tts.acoustic import AcousticModel, Utterance
from server.engines.tts.hibari import Hibari
from server.engines.tts.kokoro import Kokoro
from server.engines.tts.speech import SpeechEngine
from server.engines.tts.voices import VOICES, VoiceCatalogue
from server.logs import configure_logging, get_logger
from server.runtime.model_card import ModelCard, load_card, verify_files
from server.runtime.sessions import open_session
from server.settings import Settings, load_settings
from server.streaming.scheduler import Scheduler
from server.streaming.stream import Stream
from server.text.phonemizer import Phonemizer

_log = get_logger(__name__)
LARGEST_JSON_BODY_BYTES = 256 * 1024
"""A request of 4096 characters, escaped in the longest way, is a fifth of it."""


@dataclass(frozen=True, slots=True)
class Speech:
    """All that speaks, loaded and warm."""

    engine: SpeechEngine
    catalogue: VoiceCatalogue
    cards: Mapping[str, ModelCard]
    """By the names that `Voice.model` uses."""


def load_speech(settings: Settings) -> Speech:
    """Load the models and dictionaries, and run each once so that the first listener does not wait for it.

    Raises:
        ModelUnavailableError: when a model is missing or not the one that was exported.
        ConfigurationError: when the device that was asked for is not there.
    """
    cards = {name: load_card(settings.models_dir / folder) for name, folder in _MODEL_FOLDERS.items()}
    models: dict[str, AcousticModel] = {}
    vocabulary: dict[str, int] = {}
    for name, card in cards.items():
        begun_s = time.perf_counter()
        verify_files(card)
        models[name], provider = _LOADERS[name](card, settings)
        vocabulary = card.vocabulary
        voice = next(voice for voice in VOICES if voice.model == name)
        for _ in models[name].stream(Utterance("həlˈO", voice.model_voice, 1.0), np.random.default_rng(0)):
            pass
        _log.info("model_loaded", model=name, provider=provider, seconds=round(time.perf_counter() - begun_s, 2))
    phonemizer = Phonemizer(vocabulary)
    phonemizer.warm_up()
    # The dictionaries are a million objects that live for good: left to the collector, they would stop the event loop
    # for a tenth of a second at every full collection.
    gc.collect()
    gc.freeze()
    catalogue = VoiceCatalogue(VOICES)
    engine = SpeechEngine(models=models, catalogue=catalogue, phonemizer=phonemizer, chunk_ms=settings.chunk_ms)
    return Speech(engine, catalogue, cards)


_MODEL_FOLDERS = {"hibari": "hibari-heart", "kokoro": "kokoro"}


def _load_hibari(card: ModelCard, settings: Settings) -> tuple[AcousticModel, str]:
    opened = open_session(card.graph_path("model"), settings.device)
    return Hibari(card, opened.session), opened.provider


def _load_kokoro(card: ModelCard, settings: Settings) -> tuple[AcousticModel, str]:
    encoder = open_session(card.graph_path("encoder"), settings.device)
    decoder = open_session(card.graph_path("decoder"), settings.device)
    return Kokoro(card, encoder.session, decoder.session), decoder.provider


_LOADERS: dict[str, Callable[[ModelCard, Settings], tuple[AcousticModel, str]]] = {
    "hibari": _load_hibari,
    "kokoro": _load_kokoro,
}


def create_app(settings: Settings, speech: Speech) -> web.Application:
    """Build the application around a loaded engine.

    Raises:
        ConfigurationError: when it would be open to other machines without API keys.
    """
    keys = KeyStore(settings.data_dir)
    require_safe_binding(settings, keys)
    app = web.Application(middlewares=MIDDLEWARES, client_max_size=LARGEST_JSON_BODY_BYTES)
    context = ApiContext(
        settings=settings,
        engine=speech.engine,
        scheduler=Scheduler(
            threads=settings.engine_threads or usable_cores(),
            max_streams=settings.max_streams,
            max_lead_s=settings.max_lead_s,
            stall_timeout_s=settings.stall_timeout_s,
        ),
        catalogue=speech.catalogue,
        cards=speech.cards,
        keys=keys,
        limiter=RequestLimiter(settings.requests_per_minute),
        readiness=Readiness(),
        on_stream_ended=log_stream,
    )
    app[CONTEXT] = context

    async def run_scheduler(_: web.Application) -> AsyncIterator[None]:
        async with context.scheduler:
            yield

    async def drain(_: web.Application) -> None:
        """Let running streams finish, for a while; nothing new is taken meanwhile."""
        context.readiness.is_draining = True
        if context.readiness.lets_streams_finish:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(settings.drain_timeout_s):
                    await context.scheduler.wait_until_idle()

    app.cleanup_ctx.append(run_scheduler)
    app.on_shutdown.append(drain)
    attach_socketio(app, context)
    add_routes(app)
    return app


def log_stream(stream: Stream) -> None:
    """Write the one line that tells of a stream: what it cost and how soon it began, never what it said."""
    first_s = stream.first_chunk_at_s
    _log.info(
        "stream",
        stream=stream.stream_id,
        voice=stream.job.voice.id,
        outcome=stream.outcome,
        first_audio_ms=None if first_s is None else round((first_s - stream.opened_at_s) * 1000, 1),
        audio_s=round(stream.produced_s, 2),
        cpu_s=round(stream.cpu_s, 3),
        underruns=stream.underruns,
    )


def usable_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


async def application() -> web.Application:
    """What gunicorn serves: `gunicorn -c gunicorn.conf.py server.app:application`."""
    settings = load_settings()
    configure_logging(settings.log_level)
    speech = await asyncio.to_thread(load_speech, settings)
    return create_app(settings, speech)
