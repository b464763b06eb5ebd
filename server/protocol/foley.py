"""The wire of Foley: requests, answers and messages as typed models, and nothing that does I/O.

docs/foley.md is the specification, and a test holds it to the models below and in `foley_watch.py`.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, get_args
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.errors import InvalidRequestError
from server.protocol.events import Text, WireModel, describe

TaskId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Token = Annotated[str, Field(min_length=1, max_length=128, repr=False)]
Status = Literal["pending", "processing", "completed", "failed", "cancelled"]
Step = Literal["receiving", "analysing", "rendering", "finishing"]
Profile = Literal["realistic", "dramatic", "cartoon"]
Stem = Literal["hits", "steps", "spots", "beds"]
STEMS: Final[tuple[Stem, ...]] = get_args(Stem)

AUDIO_FORMATS: Final = ("wav", "mp3", "aac", "flac")
"""What `GET /v1/video/foley/{task_id}/audio` is written in."""
MAX_EVENTS: Final = 20_000
MAX_BEDS: Final = 2_000
LONGEST_S: Final = 24 * 3600.0

Seconds = Annotated[float, Field(ge=0, le=LONGEST_S, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class OpenModel(BaseModel):
    """A message of somebody else's shape: fields we do not know are ignored, and named in a header."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class StartForm(BaseModel):
    """The fields of `POST /start-generation/` besides `video`; all of them are text, as forms have it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    description: Text = Field("", description="What the video is or sounds like, in English or Chinese.")
    exclude: Text = Field("", description="What must not be heard, in the same words.")
    profile: Profile = Field("realistic", description="How it is to sound.")
    bed: bool = Field(True, description="Whether a background lies under the effects.")
    bed_intensity: Share = Field(0.5, description="How loud the background is.")
    seed: int = Field(0, ge=0, lt=2**53, description="The same request with the same seed gives the same bytes.")


class AudioOptions(BaseModel):
    """Query of `GET /v1/video/foley/{task_id}/audio`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["wav", "mp3", "aac", "flac"] = Field(default="wav", description="What it is written in.")
    sample_rate: int = Field(default=48_000, ge=8_000, le=96_000, description="Hertz; one that the format has.")
    channels: int = Field(default=2, ge=1, le=2, description="1 mixes both into one.")


class OutputOptions(OpenModel):
    """How the sound is to be written."""

    format: Literal["wav", "mp3", "aac"] = Field(default="wav", description="What `audio_url` gives.")
    sample_rate: int = Field(default=48_000, ge=8_000, le=96_000, description="Hertz.")
    channels: Literal[1, 2] = Field(default=2, description="1 mixes both into one.")


class BackgroundMusic(OpenModel):
    """Taken as the background: a bed of ambience, for there is no music."""

    enabled: bool = Field(default=True, description="As `bed`.")
    intensity: Share = Field(default=0.5, description="As `bed_intensity`.")


class EffectOptions(OpenModel):
    """What is to be heard."""

    profile: Profile = Field(default="realistic", description="As above.")
    sync: Literal["frame", "second"] = Field(
        default="frame", description="Taken; onsets are always as exact as can be."
    )
    background_music: BackgroundMusic = Field(default=BackgroundMusic(), description="The background.")


class TaskOptions(OpenModel):
    """How it is to be done."""

    enable_cache: bool = Field(
        default=True, description="Whether what was made for the same request may be given again."
    )
    return_detailed_log: bool = Field(default=False, description="Whether `result` has the steps, too.")


class GenerateBody(OpenModel):
    """Body of `POST /v1/video/foley/generate`."""

    video_url: str = Field(min_length=8, max_length=4096, description="http or https; fetched by the server.")
    output: OutputOptions = Field(default=OutputOptions(), description="How the sound is written.")
    effects: EffectOptions = Field(default=EffectOptions(), description="What is heard.")
    options: TaskOptions = Field(default=TaskOptions(), description="How it is done.")
    description: Text = Field("", description="Ours: as in `/start-generation/`.")
    exclude: Text = Field("", description="Ours: as in `/start-generation/`.")
    seed: int = Field(0, ge=0, lt=2**53, description="Ours: as in `/start-generation/`.")


class TaskCreated(WireModel):
    """Answer to whatever makes a task."""

    task_id: TaskId
    token: Token = Field(description="Secret of this task: who holds it may watch, edit and delete.")
    ws_url: str = Field(description="Plain WebSocket; carries a ticket that is good for ten minutes.")
    cached: bool = Field(description="Whether it was made before, and is there at once.")


class LogLine(WireModel):
    """One step of a task's way."""

    step: str
    percent: int
    message: str


class TaskResult(WireModel):
    """What has come of a task."""

    audio_url: str = Field(description="Carries a ticket that is good for ten minutes; ask again for another.")
    duration_seconds: float
    log: tuple[LogLine, ...] | None = Field(None, description="Where `return_detailed_log` asked for it.")


class TaskError(WireModel):
    """Why a task failed: the same fields as any error."""

    code: str
    message: str
    retryable: bool


class TaskStatus(WireModel):
    """Answer of `GET /v1/video/foley/status`."""

    task_id: TaskId
    status: Status
    step: Step
    progress: int = Field(ge=0, le=100, description="Percent.")
    result: TaskResult | None
    error: TaskError | None
    cached: bool


class WebSocketMessage(WireModel):
    """Every message of `/ws/{task_id}`."""

    status: Status
    step: Step
    progress: int = Field(ge=0, le=100)
    """Percent."""
    message: str
    """One sentence for people."""
    audio_url: str | None
    """Once it is completed; carries a ticket."""


class Ticket(WireModel):
    """Answer of `POST /v1/video/foley/{task_id}/tickets`."""

    ticket: str = Field(description="Goes into the query as `?ticket=`: reads this one task.")
    expires_in_s: int


class TaskDeleted(WireModel):
    """Answer of `DELETE /v1/video/foley/{task_id}`."""

    task_id: TaskId
    deleted: Literal[True] = True


class TaskCancelled(WireModel):
    """Answer of `POST /v1/video/foley/{task_id}/cancel`."""

    task_id: TaskId
    status: Status


class Event(WireModel):
    """One sound with an onset."""

    onset_s: Seconds = Field(description="From the beginning of the video.")
    duration_s: Seconds = Field(0.0, description="Of what is seen to happen; a hit has 0 and rings as it does.")
    label: str = Field(min_length=1, max_length=32, description="A sound class.")
    material: str | None = Field(None, max_length=32, description="One of its class's materials.")
    strength: Share = Field(0.5, description="How hard.")
    pan: float = Field(0.0, ge=-1, le=1, allow_inf_nan=False, description="-1 the left edge, 1 the right.")
    distance: Share = Field(0.5, description="0 fills the picture, 1 is far away.")
    confidence: Share = Field(1.0, description="How sure the analysis is; 1 where a person put it.")


class TimelineBed(WireModel):
    """One background sound under a stretch of the video."""

    start_s: Seconds
    end_s: Seconds
    label: str = Field(min_length=1, max_length=32, description="A sound class, mostly of kind `bed`.")
    level: Share = Field(0.5, description="How loud.")
    room: str = Field("outdoors", min_length=1, max_length=32, description="What the stretch sounds like inside.")


class Quality(WireModel):
    """What is wrong with the picture."""

    warnings: tuple[str, ...] = Field((), max_length=64)


class Timeline(WireModel):
    """Answer of `GET /v1/video/foley/{task_id}/timeline`."""

    duration_s: Seconds | None = Field(description="Null while it is not known.")
    until_s: Seconds = Field(description="All that begins before is here.")
    events: tuple[Event, ...] = Field(max_length=MAX_EVENTS, description="By onset.")
    beds: tuple[TimelineBed, ...] = Field(max_length=MAX_BEDS)
    quality: Quality
    stems: tuple[Stem, ...] = Field(max_length=len(STEMS), description="Those that are heard.")


class TimelineEdit(WireModel):
    """Body of `PUT /v1/video/foley/{task_id}/timeline`: what GET gave, changed."""

    events: tuple[Event, ...] = Field(max_length=MAX_EVENTS, description="In any order.")
    beds: tuple[TimelineBed, ...] = Field((), max_length=MAX_BEDS)
    stems: tuple[Stem, ...] = Field(STEMS, max_length=len(STEMS), description="Those that are heard.")
    duration_s: Seconds | None = Field(None, description="Taken and ignored: the video's stays.")
    until_s: Seconds | None = Field(None, description="Taken and ignored.")
    quality: Quality | None = Field(None, description="Taken and ignored.")


def parse_generate(data: Mapping[str, Any]) -> tuple[GenerateBody, tuple[str, ...]]:
    """Check a request; give it and the dotted names of the fields that change nothing.

    A field that is null counts as absent.

    Raises:
        InvalidRequestError: naming the first field that is wrong, never quoting its value.
    """
    given = _without_nulls(data, GenerateBody)
    try:
        body = GenerateBody.model_validate(given)
    except ValidationError as error:
        raise InvalidRequestError(describe(error)) from None
    ignored = list(_unknown(given, GenerateBody))
    if body.effects.sync != "frame":
        ignored.append("effects.sync")
    return body, tuple(ignored)


def parse_start(fields: Mapping[str, str]) -> tuple[StartForm, tuple[str, ...]]:
    """Check the text fields of a form; give them and the names of those that change nothing. An empty one is absent.

    Raises:
        InvalidRequestError: naming the first field that is wrong, never quoting its value.
    """
    given = {name: value for name, value in fields.items() if value != ""}
    try:
        form = StartForm.model_validate(given)
    except ValidationError as error:
        raise InvalidRequestError(describe(error)) from None
    return form, tuple(name for name in given if name not in StartForm.model_fields)


def output_query(output: Mapping[str, Any]) -> str:
    """The query of an `audio_url`: what `OutputOptions` were asked for, as `AudioOptions` reads them."""
    return urlencode({"format": "wav", **{name: output[name] for name in AudioOptions.model_fields if name in output}})


def is_task_id(text: str) -> bool:
    """Whether it could be the id of a task; asked before any store is."""
    return re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text) is not None


def _without_nulls(data: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """Only as deep as `model` goes: what is nested in fields that nobody knows may be nested without end."""
    return {
        name: _without_nulls(value, inner) if (inner := _inner(model, name)) and isinstance(value, Mapping) else value
        for name, value in data.items()
        if value is not None
    }


def _unknown(given: Mapping[str, Any], model: type[BaseModel]) -> list[str]:
    """The dotted names of what `model` does not have, of the objects within it, too."""
    names = []
    for name, value in given.items():
        inner = _inner(model, name)
        if name not in model.model_fields:
            names.append(name)
        elif inner is not None:
            names += [f"{name}.{each}" for each in _unknown(value, inner)]
    return names


def _inner(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    """The model of a field, where it is one."""
    field = model.model_fields.get(name)
    annotation = None if field is None else field.annotation
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
