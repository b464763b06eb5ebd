"""POST /start-generation/ and POST /v1/video/foley/generate: what makes a task, in either known shape."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from aiohttp import web

from server.api.access import check_ready
from server.api.context import CONTEXT, Foley
from server.api.foley_access import foley_of, websocket_url
from server.api.foley_forms import read_form
from server.api.followers import FOLLOWERS
from server.api.json_body import read_json_object
from server.api.middleware import CLIENT
from server.audio.encoders import open_encoder
from server.engines.foley.backend import CHANNELS, SAMPLE_RATE_HZ, FoleyRequest
from server.errors import NotAVideoError, TextTooLongError, TooManyTasksError, VideoTooLargeError
from server.protocol.foley import GenerateBody, StartForm, TaskCreated, parse_generate, parse_start
from server.protocol.openai import header_list
from server.tasks.fetch import check_url
from server.tasks.state import Credential, Source, Submitted
from server.tasks.work import job_of

MAX_DESCRIPTION_CHARACTERS: Final = 1000
MAX_UPLOADS: Final = 16
"""At once in this process: each holds a connection and a file."""
MAX_UPLOADS_OF_ONE: Final = 4
"""Of one client: nobody keeps all others out by sending slowly."""

_FORM_BYTES: Final = 2**20
"""What a form may hold besides its video; only then is one refused before it is read."""


class UploadRoom:
    """How many videos are on their way, and whose they are."""

    def __init__(self, most: int = MAX_UPLOADS, most_of_one: int = MAX_UPLOADS_OF_ONE) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._open: Counter[str] = Counter()

    @property
    def n_open(self) -> int:
        """Videos on their way."""
        return self._open.total()

    @contextmanager
    def taken(self, client: str) -> Iterator[None]:
        """One more, for as long as the block runs.

        Raises:
            TooManyTasksError: when there are as many as there may be.
        """
        if self._open.total() >= self._most or self._open[client] >= self._most_of_one:
            raise TooManyTasksError("As many videos are being uploaded as may be; try again soon.", retry_after_s=10.0)
        self._open[client] += 1
        try:
            yield
        finally:
            self._open[client] -= 1
            self._open += Counter()  # forgets those at nought


UPLOADS: web.AppKey[UploadRoom] = web.AppKey("uploads", UploadRoom)


async def start_generation(request: web.Request) -> web.Response:
    """Take a video by upload."""
    context = request.app[CONTEXT]
    check_ready(context)
    foley = foley_of(request)
    context.limiter.check(request[CLIENT])
    most_bytes = context.settings.foley_max_upload_bytes
    if (request.content_length or 0) > most_bytes + _FORM_BYTES:
        raise VideoTooLargeError(f"The video is larger than {most_bytes // 2**20} MB; send a smaller one.")
    with request.app[UPLOADS].taken(request[CLIENT]), request.app[FOLLOWERS].following():
        form = await read_form(request, foley.uploads.receive, foley.uploads.remove)
    video = form.video
    try:
        if not video.n_bytes:
            raise NotAVideoError("The file is empty; send a video.")
        fields, ignored = parse_start(form.fields)
        job = job_of(request_of_form(fields))
        source = Source(video.name, video.digest)
        submitted = await foley.tasks.submit(source, job, foley.version, request[CLIENT])
    except BaseException:
        await asyncio.to_thread(foley.uploads.remove, video.name)
        raise
    return await created(request, foley, submitted, ignored)


async def generate_foley(request: web.Request) -> web.Response:
    """Take a video by its address."""
    context = request.app[CONTEXT]
    check_ready(context)
    foley = foley_of(request)
    context.limiter.check(request[CLIENT])
    body, ignored = parse_generate(await read_json_object(request))
    check_url(body.video_url, foley.fetch_policy)
    output = body.output
    # The one who knows what a format can be written at is asked before anything is made.
    open_encoder(output.format, SAMPLE_RATE_HZ, CHANNELS, output.sample_rate)
    submitted = await foley.tasks.submit_url(
        body.video_url,
        job_of(request_of_body(body)),
        foley.version,
        request[CLIENT],
        may_share=body.options.enable_cache,
        notes=notes_of(body),
    )
    return await created(request, foley, submitted, ignored)


def request_of_form(form: StartForm) -> FoleyRequest:
    """What is to be heard.

    Raises:
        TextTooLongError: when the description, or what is to be left out, is.
    """
    _check_length(form.description)
    _check_length(form.exclude)
    return FoleyRequest(
        description=form.description,
        exclude=form.exclude,
        profile=form.profile,
        has_bed=form.bed,
        bed_intensity=form.bed_intensity,
        seed=form.seed,
    )


def request_of_body(body: GenerateBody) -> FoleyRequest:
    """The same of the other shape. Raises as `request_of_form` does."""
    return request_of_form(
        StartForm(
            description=body.description,
            exclude=body.exclude,
            profile=body.effects.profile,
            bed=body.effects.background_music.enabled,
            bed_intensity=body.effects.background_music.intensity,
            seed=body.seed,
        )
    )


def notes_of(body: GenerateBody) -> dict[str, Any]:
    """What changes nothing in the sound, but in how this task's maker is told of it."""
    return {"output": body.output.model_dump(), "is_log_wanted": body.options.return_detailed_log}


async def created(
    request: web.Request, foley: Foley, submitted: Submitted, ignored: Sequence[str] = ()
) -> web.Response:
    """The answer to whoever has made a task."""
    task_id = submitted.task.id
    answer = TaskCreated(
        task_id=task_id,
        token=submitted.token,
        ws_url=websocket_url(request, task_id, await foley.tasks.ticket(task_id, Credential(token=submitted.token))),
        cached=submitted.is_cached,
    )
    headers = {"Cache-Control": "no-store"}
    if ignored:
        headers["X-Wildtrack-Ignored"] = header_list(ignored)
    return web.json_response(text=answer.model_dump_json(), status=202, headers=headers)


def _check_length(text: str) -> None:
    if len(text) > MAX_DESCRIPTION_CHARACTERS:
        raise TextTooLongError(f"A description has at most {MAX_DESCRIPTION_CHARACTERS} characters; say it in fewer.")
