"""Puts Foley together from the settings: what the doors ask of it, and what a worker does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from server.api.context import Foley, FoleyDoor
from server.engines.foley.plugins import backend_version, load_backend
from server.errors import WildtrackError
from server.logs import get_logger
from server.settings import Settings
from server.tasks.fetch import FetchPolicy, fetched
from server.tasks.files import Files
from server.tasks.state import Source
from server.tasks.uploads import Uploads
from server.tasks.wiring import open_tasks
from server.tasks.work import FoleyWork
from server.tasks.worker import Fetch
from server.video.limits import VideoLimits

_log = get_logger(__name__)


@asynccontextmanager
async def open_foley(settings: Settings, door: FoleyDoor) -> AsyncIterator[None]:
    """Open the door for as long as the block runs; it stays shut where Foley is off or its models are not there."""
    if not settings.foley:
        yield
        return
    try:
        version = backend_version(settings)
    except WildtrackError as error:  # speech does not need it
        _log.error("foley_left_out", reason=error.message)
        yield
        return
    uploads = uploads_of(settings)
    await asyncio.to_thread(uploads.sweep)
    async with open_tasks(settings) as tasks:
        door.parts = Foley(tasks, uploads, fetch_policy(settings), video_limits(settings), version)
        yield
        door.parts = None


def uploads_of(settings: Settings) -> Uploads:
    """Where videos are kept as they arrive."""
    return Uploads(
        Files(settings.foley_folder).uploads,
        max_bytes=settings.foley_max_upload_bytes,
        max_folder_bytes=settings.foley_disk_bytes,
    )


def fetch_policy(settings: Settings) -> FetchPolicy:
    """Where videos may be fetched from."""
    policy = FetchPolicy(settings.foley_max_upload_bytes, settings.foley_fetch_timeout_s)
    return replace(policy, private=True, ports=None) if settings.foley_fetch_private else policy


def video_limits(settings: Settings) -> VideoLimits:
    """What a video may ask of the decoder."""
    return VideoLimits(max_bytes=settings.foley_max_upload_bytes, max_duration_s=settings.foley_max_video_s)


def load_work(settings: Settings) -> FoleyWork:
    """What a worker does with a job, with all models in memory.

    Raises:
        ConfigurationError, ModelUnavailableError: when the back end cannot be had.
    """
    return FoleyWork(load_backend(settings), video_limits(settings))


def fetch_of(settings: Settings) -> Fetch:
    """What a worker does with a video that is somewhere else."""
    uploads, policy = uploads_of(settings), fetch_policy(settings)

    async def fetch(url: str) -> Source:
        stored = await uploads.receive(fetched(url, policy))
        return Source(stored.name, stored.digest)

    return fetch
