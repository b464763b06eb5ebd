"""Stream: one rendering on its way to one listener, and what has become of it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from server.engines.base import Engine, SpeechRequest
from server.errors import WildtrackError
from server.streaming.outlet import Outlet


class StreamState(Enum):
    """What may happen to a stream next."""

    WAITING = "waiting"
    """For a worker thread, or for room in its outlet."""
    STEPPING = "stepping"
    """A worker thread makes its next chunk."""
    ENDED = "ended"
    """Finished, failed or cancelled; its job is closed, or will be when the running step returns."""


def new_stream_id() -> str:
    """A name no other stream has; 72 random bits."""
    return secrets.token_urlsafe(9)


def new_token() -> str:
    """A secret that nobody guesses; 192 random bits."""
    return secrets.token_urlsafe(24)


@dataclass(eq=False)
class Stream:
    """What the scheduler keeps of one rendering. Touched on the event loop's thread alone."""

    engine: Engine[Any]
    request: SpeechRequest = field(repr=False)
    job: Any
    """The engine's job; stepped by one worker thread at a time."""
    outlet: Outlet
    opened_at_s: float
    """On the scheduler's clock."""
    on_ended: Callable[["Stream"], None]
    """Called once, when the stream has ended, however."""
    stream_id: str = field(default_factory=new_stream_id)
    token: str = field(default_factory=new_token, repr=False)
    """Only who knows it may touch the stream from another connection."""
    state: StreamState = StreamState.WAITING
    outcome: str = "open"
    """`open`, then `done`, `cancelled` or an error's code."""
    first_sample: int = 0
    """Where it was taken up; 0 unless it continues an earlier one."""
    produced_samples: int = 0
    """Sound made so far, by this stream and the one it continues."""
    first_chunk_at_s: float | None = None
    """When the first chunk was put into the outlet."""
    played_s: float | None = None
    """Where the listener says it plays; None while it has said nothing."""
    waiting_since_s: float | None = None
    """Since when the stream has had no room; None while it has."""
    underruns: int = 0
    """How often the listener says it ran dry."""
    cpu_s: float = 0.0
    """Thread CPU seconds spent on it."""

    @property
    def produced_s(self) -> float:
        """Seconds of sound made so far."""
        rate_hz: int = self.job.sample_rate_hz
        return self.produced_samples / rate_hz

    @property
    def lead_s(self) -> float:
        """Seconds of sound the listener has, or is about to have, but has not heard. 0 while it reports nothing."""
        return 0.0 if self.played_s is None else self.produced_s - self.played_s

    @property
    def dry_at_s(self) -> float:
        """When its listener runs out of sound, on the scheduler's clock: the deadline of its next chunk.

        A listener is assumed to play from the moment it got its first chunk; one who has none yet is dry already
        since it opened, so a first chunk comes before anyone's surplus.
        """
        if self.first_chunk_at_s is None:
            return self.opened_at_s
        rate_hz: int = self.job.sample_rate_hz
        return self.first_chunk_at_s + (self.produced_samples - self.first_sample) / rate_hz

    def end(self, outcome: str) -> None:
        """Mark it as over. The scheduler closes the job."""
        self.state = StreamState.ENDED
        self.outcome = outcome
        self.on_ended(self)

    def fail(self, error: WildtrackError) -> None:
        """End it with an error that the listener is told."""
        self.outlet.finish(error)
        self.end(error.code)
