"""The routes of Foley, in one table of their own."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from server.api.foley_audio import foley_audio
from server.api.foley_forms import hush_reader
from server.api.foley_socket import SOCKETS, OpenSockets, follow_task
from server.api.foley_start import UPLOADS, UploadRoom, generate_foley, start_generation
from server.api.foley_tasks import cancel_task, delete_task, foley_status, make_ticket
from server.api.foley_timeline import get_captions, get_timeline, put_timeline
from server.api.foley_video import MAX_VIDEOS, VIDEOS, foley_video
from server.api.followers import FOLLOWERS, Followers
from server.api.openapi import Operation
from server.errors import (
    DrainingError,
    FoleyUnavailableError,
    ForbiddenError,
    InternalError,
    InvalidRequestError,
    NotAVideoError,
    OverloadedError,
    PayloadTooLargeError,
    RateLimitedError,
    StorageFullError,
    TaskCancelledError,
    TaskNotFoundError,
    TaskNotReadyError,
    TextTooLongError,
    TooManyTasksError,
    UnauthorizedError,
    UnsupportedFormatError,
    UrlRefusedError,
    VideoTooLargeError,
)
from server.protocol.foley import (
    AudioOptions,
    GenerateBody,
    StartForm,
    TaskCancelled,
    TaskCreated,
    TaskDeleted,
    TaskStatus,
    Ticket,
    Timeline,
    TimelineEdit,
)
from server.settings import Settings

_TASK: Final = "/v1/video/foley/{task_id}"
_GATE: Final = (UnauthorizedError, ForbiddenError, InternalError, FoleyUnavailableError)
_MAKE: Final = (
    InvalidRequestError,
    TextTooLongError,
    PayloadTooLargeError,
    RateLimitedError,
    TooManyTasksError,
    DrainingError,
    *_GATE,
)
_HAVE: Final = (TaskNotFoundError, *_GATE)
_TOKEN: Final = ("X-Task-Token",)
_TICKET: Final[Mapping[str, Mapping[str, Any]]] = {"ticket": {"type": "string"}}

FOLEY_OPERATIONS: Final = (
    Operation(
        "POST",
        "/start-generation/",
        start_generation,
        "Make sound for a video that is sent as a form.",
        TaskCreated,
        form=("video", StartForm),
        status=202,
        errors=(*_MAKE, NotAVideoError, VideoTooLargeError, StorageFullError),
    ),
    Operation(
        "POST",
        "/v1/video/foley/generate",
        generate_foley,
        "Make sound for a video at an address.",
        TaskCreated,
        body=GenerateBody,
        status=202,
        errors=(*_MAKE, UnsupportedFormatError, UrlRefusedError),
    ),
    Operation(
        "GET",
        "/v1/video/foley/status",
        foley_status,
        "How far a task is, and what has come of it.",
        TaskStatus,
        query={"task_id": {"type": "string"}},
        headers=_TOKEN,
        errors=_HAVE,
    ),
    Operation(
        "GET",
        f"{_TASK}/timeline",
        get_timeline,
        "What is heard and when, as far as it is known.",
        Timeline,
        query=_TICKET,
        headers=_TOKEN,
        errors=_HAVE,
    ),
    Operation(
        "PUT",
        f"{_TASK}/timeline",
        put_timeline,
        "Render an edited timeline as a task of its own.",
        TaskCreated,
        body=TimelineEdit,
        status=202,
        headers=_TOKEN,
        errors=(*_MAKE, TaskNotFoundError, TaskNotReadyError),
    ),
    Operation(
        "GET",
        f"{_TASK}/audio",
        foley_audio,
        "The sound as a file, while it is made.",
        ("audio/wav", "audio/mpeg", "audio/aac", "audio/flac"),
        query={**AudioOptions.model_json_schema()["properties"], **_TICKET},
        headers=_TOKEN,
        errors=(*_HAVE, InvalidRequestError, UnsupportedFormatError, TaskCancelledError),
    ),
    Operation(
        "GET",
        f"{_TASK}/video",
        foley_video,
        "The video with its new sound.",
        ("video/mp4", "video/webm", "video/x-matroska", "video/quicktime"),
        query=_TICKET,
        headers=_TOKEN,
        errors=(*_HAVE, TaskNotReadyError, TaskCancelledError, OverloadedError),
    ),
    Operation(
        "GET",
        f"{_TASK}/captions.vtt",
        get_captions,
        "Sound captions for people who can't hear.",
        ("text/vtt",),
        query={"language": {"type": "string", "enum": ["en", "zh"], "default": "en"}, **_TICKET},
        headers=_TOKEN,
        errors=(*_HAVE, InvalidRequestError),
    ),
    Operation(
        "POST",
        f"{_TASK}/tickets",
        make_ticket,
        "A ticket for a URL that reads the task.",
        Ticket,
        headers=_TOKEN,
        errors=_HAVE,
    ),
    Operation(
        "POST",
        f"{_TASK}/cancel",
        cancel_task,
        "End the work.",
        TaskCancelled,
        headers=_TOKEN,
        errors=_HAVE,
    ),
    Operation("DELETE", _TASK, delete_task, "Forget the task.", TaskDeleted, headers=_TOKEN, errors=_HAVE),
)


def add_foley_routes(app: web.Application, settings: Settings) -> None:
    """Give `app` what its operations need beside their routes, and the plain WebSocket."""
    hush_reader()
    app[UPLOADS] = UploadRoom()
    app[VIDEOS] = asyncio.Semaphore(MAX_VIDEOS)
    app[FOLLOWERS] = Followers()
    app.on_shutdown.append(app[FOLLOWERS].leave)
    app[SOCKETS] = OpenSockets(settings.max_connections)
    app.on_shutdown.append(app[SOCKETS].close_all)
    app.router.add_get("/ws/{task_id}", follow_task)
