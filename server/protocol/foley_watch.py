"""Foley over Socket.IO: the messages that a connection has besides those of speech (docs/foley.md)."""

from pydantic import Field

from server.protocol.events import StreamId, WireModel
from server.protocol.foley import Event, Status, Step, TaskId, TimelineBed, Token


class Watch(WireModel):
    """Client listens to a task. Acknowledged with `WatchAck`, or `{error}`."""

    task_id: TaskId
    token: Token
    """As `TaskCreated` gave it."""
    next: int = Field(0, ge=0, lt=2**53)
    """The first sample that is wanted."""


class WatchAck(WireModel):
    """Server has opened the stream; what was made already follows, and then the rest as it is made."""

    stream_id: StreamId
    sample_rate_hz: int
    channels: int
    state: Status
    n_samples: int
    """Made so far, per channel."""


class TimelineMessage(WireModel):
    """Server tells what will be heard; all that begins before `until_s` and was not told before."""

    stream_id: StreamId
    until_s: float
    events: tuple[Event, ...]
    beds: tuple[TimelineBed, ...]


class ProgressMessage(WireModel):
    """Server tells how far the task is."""

    stream_id: StreamId
    step: Step
    percent: int
    """0 to 100."""
    message: str
    """One sentence for people."""


class WarningMessage(WireModel):
    """Server tells what is wrong with the picture; the sound is made all the same."""

    stream_id: StreamId
    code: str
    message: str


WATCH_CLIENT_EVENTS: dict[str, type[WireModel]] = {"watch": Watch}
WATCH_SERVER_EVENTS: dict[str, type[WireModel]] = {
    "timeline": TimelineMessage,
    "progress": ProgressMessage,
    "warning": WarningMessage,
}
