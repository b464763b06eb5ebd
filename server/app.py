"""Puts the server together: doors, scheduler and engine. With `loading.py`, the place that names concrete classes."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from aiohttp import web

from server.api.context import CONTEXT, ApiContext, FoleyDoor, Readiness
from server.api.keys import KeyStore, require_safe_binding
from server.api.limits import RequestLimiter
from server.api.middleware import MIDDLEWARES
from server.api.routes import add_routes
from server.api.socketio import attach_socketio
from server.foley import open_foley
from server.loading import Speech, engine_threads, load_speech
from server.logs import configure_logging
from server.metrics import Metrics
from server.runtime.cpu import usable_cores
from server.settings import Settings, load_settings
from server.streaming.accounts import count_stream, log_stream
from server.streaming.capacity import Capacity
from server.streaming.pulse import feel_pulse
from server.streaming.scheduler import Limits, Scheduler
from server.streaming.stream import Stream

LARGEST_JSON_BODY_BYTES = 256 * 1024
"""A request of 4096 characters, escaped in the longest way, is a fifth of it."""


def create_app(settings: Settings, speech: Speech, *, processes: int = 1) -> web.Application:
    """Build the application around a loaded engine; `processes` of its kind share the cores.

    Raises:
        ConfigurationError: when it would be open to other machines without API keys.
    """
    keys = KeyStore(settings.data_dir)
    require_safe_binding(settings, keys)
    app = web.Application(middlewares=MIDDLEWARES, client_max_size=LARGEST_JSON_BODY_BYTES)
    metrics = Metrics()

    def stream_ended(stream: Stream) -> None:
        log_stream(stream)
        count_stream(metrics, stream)

    context = ApiContext(
        settings=settings,
        engine=speech.engine,
        scheduler=_scheduler(settings, speech, processes, metrics),
        catalogue=speech.catalogue,
        cards=speech.cards,
        keys=keys,
        limiter=RequestLimiter(settings.requests_per_minute),
        readiness=Readiness(),
        metrics=metrics,
        on_stream_ended=stream_ended,
        foley=FoleyDoor(),
    )
    app[CONTEXT] = context

    async def run_scheduler(_: web.Application) -> AsyncIterator[None]:
        async with context.scheduler:
            pulse = asyncio.create_task(feel_pulse(metrics, context.scheduler), name="pulse")
            yield
            pulse.cancel()

    async def run_foley(_: web.Application) -> AsyncIterator[None]:
        async with open_foley(settings, context.foley):
            yield

    async def drain(_: web.Application) -> None:
        """Let running streams finish, for a while; nothing new is taken meanwhile."""
        context.readiness.is_draining = True
        if context.readiness.lets_streams_finish:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(settings.drain_timeout_s):
                    await context.scheduler.wait_until_idle()

    app.cleanup_ctx.append(run_scheduler)
    app.cleanup_ctx.append(run_foley)
    app.on_shutdown.append(drain)
    attach_socketio(app, context)
    add_routes(app)
    return app


def _scheduler(settings: Settings, speech: Speech, processes: int, metrics: Metrics) -> Scheduler:
    threads = engine_threads(settings, processes)
    capacity = Capacity(
        threads=min(threads, usable_cores() / processes),
        costs=speech.costs,
        headroom=settings.headroom,
        first_audio_s=settings.max_first_audio_s,
        clock=time.monotonic,
    )
    limits = Limits(
        max_streams=settings.max_streams,
        max_lead_s=settings.max_lead_s,
        stall_timeout_s=settings.stall_timeout_s,
        max_waiting=settings.max_waiting,
        max_wait_s=settings.max_wait_s,
        text_timeout_s=settings.text_timeout_s,
    )
    return Scheduler(threads=threads, capacity=capacity, limits=limits, clock=time.monotonic, on_step=metrics.stepped)


async def application() -> web.Application:
    """What gunicorn serves: `gunicorn -c gunicorn.conf.py server.app:application`."""
    settings = load_settings()
    configure_logging(settings.log_level)
    speech = await asyncio.to_thread(load_speech, settings, settings.workers)
    return create_app(settings, speech, processes=settings.workers)
