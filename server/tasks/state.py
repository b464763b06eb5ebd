"""What a task is, as those see it who may: where it stands, how far it is, and what went wrong."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from server.errors import InternalError, WildtrackError

State = Literal["pending", "processing", "completed", "failed", "cancelled"]

SAMPLE_RATE_HZ: Final = 48_000
BYTES_PER_SAMPLE: Final = 4
"""Two channels of 16 bits."""
IDLE_MESSAGE: Final = "Nobody watched or asked for so long that the task was ended; ask for it again."
CANCELLED_MESSAGE: Final = "The task was cancelled; what was made of it is all there is."
TIMEOUT_MESSAGE: Final = "Making the sound took longer than a task may; try a shorter video."


@dataclass(frozen=True, slots=True)
class Credential:
    """What somebody shows who wants something of a task; either opens it."""

    token: str | None = None
    """The task's token, or a ticket for it."""
    owner: str | None = None
    """Who asks, in the same words as when the task was made: an API key's id, or an address where there are none."""


@dataclass(frozen=True, slots=True)
class Source:
    """The video a task is about."""

    name: str
    """Of its file in the folder of uploads."""
    digest: str
    """Of what is in it: equal videos have equal ones."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a task's log: a chunk of sound, or JSON."""

    index: int
    """From 0 without gaps."""
    pcm: bytes | None = None
    """100 ms, signed 16-bit little-endian, 48 kHz stereo."""
    event: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """Where a task stands."""

    id: str
    state: State
    owner: str
    created_s: float
    """Unix time."""
    n_entries: int = 0
    n_samples: int = 0
    """Made so far, per channel."""
    progress: dict[str, Any] | None = None
    """The last event of type `progress`."""
    error: WildtrackError | None = None
    """Why it failed or was cancelled."""
    request: str = ""
    """JSON, as it was submitted."""
    source: str = ""
    """Name of the video's file in the folder of uploads; empty while it is being fetched."""
    is_cached: bool = False
    """Whether the sound was made before, for the same video and request, and was there at once."""
    notes: dict[str, Any] = field(default_factory=dict)
    """What whoever made the task keeps with it; it changes nothing of the sound."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A task that was just made."""

    task: Task
    token: str
    """Never to be had again."""

    @property
    def is_cached(self) -> bool:
        """Whether the sound was made before, and is there at once."""
        return self.task.is_cached


def error_of(data: dict[str, Any]) -> WildtrackError:
    """The error that a worker wrote down as `WildtrackError.as_dict` has it."""
    kind = _KINDS.get(data["code"], InternalError)
    return kind(data["message"])


def _all_kinds(kind: type[WildtrackError]) -> dict[str, type[WildtrackError]]:
    found = {} if kind is WildtrackError else {kind.code: kind}
    for each in kind.__subclasses__():
        found.update(_all_kinds(each))
    return found


_KINDS: Final = _all_kinds(WildtrackError)
