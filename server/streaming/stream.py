"""Stream: one rendering on its way to one listener, and what has become of it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from server.audio.chunk import AudioChunk
from server.engines.base import Engine, SpeechRequest
from server.errors import WildtrackError
from server.streaming.deadlines import BULK_PACE_S
from server.streaming.dictation import Dictation
from server.streaming.outlet import Outlet


class StreamState(Enum):
    """What may happen to a stream next."""

    WAITING = "waiting"
    """For a worker thread, or for room in its outlet."""
    STEPPING = "stepping"
    """A worker thread makes its next chunk."""
    STARVED = "starved"
    """All of the text that has come is spoken, and more may come."""
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
    """Called once, when the stream has ended, however; and forgotten, for it is a method of the connection's session
    and a stream that may be taken up again is kept for longer than that."""
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
    chunks: int = 0
    """How many of them were made."""
    first_chunk_at_s: float | None = None
    """When the first chunk was put into the outlet."""
    is_bulk: bool = False
    """Whether nobody listens while it is made, so that everybody who listens comes first."""
    played_s: float | None = None
    """Where the listener says it plays; None while it has said nothing."""
    parked_since_s: float | None = None
    """Since when the stream has had no room; None while it has."""
    underruns: int = 0
    """How often the listener says it ran dry."""
    late_chunks: int = 0
    """Chunks that came after the listener, had it played from its first on, ran dry."""
    cpu_s: float = 0.0
    """Thread CPU seconds spent on it."""
    took_s: float = 0.0
    """Seconds that worker threads were at it, on a clock on the wall."""
    waited_s: float = 0.0
    """Seconds in the line before the door."""
    queued_s: float = 0.0
    """Seconds in which it had room and waited for a worker thread."""
    parked_s: float = 0.0
    """Seconds without room, up to the last time that it had some."""
    ready_since_s: float | None = None
    """Since when it has had room and waited for a thread; None while it has none, or is stepped."""
    step_cost_s: float = 0.0
    """How long its next step will probably take a thread, in seconds."""
    dictation: Dictation | None = None
    """Its text, where that comes in pieces."""
    is_suspended: bool = False
    """Whether its job was closed while nobody took its sound; it is opened again where it stopped."""
    was_fed: bool = False
    """Whether text came while a step ran that may not have seen it."""
    starved_since_s: float | None = None
    """Since when it waits for text; None while it does not."""
    is_first: bool = field(init=False)
    """Whether its listener waits in silence for sound."""
    awaited_since_s: float = field(init=False)
    """Since when its listener has waited for the first sound: since it was opened, or since there was text to say."""
    due_s: float = field(init=False)
    """Its deadline on the scheduler's clock: when its listener runs dry; of one who waits in silence, since when."""

    def __post_init__(self) -> None:
        self.is_first = not self.is_bulk
        self.awaited_since_s = self.opened_at_s
        self.due_s = self.opened_at_s + (BULK_PACE_S if self.is_bulk else 0.0)

    @property
    def can_be_suspended(self) -> bool:
        """Whether its job may be closed until somebody takes its sound: not while text may reach the job meanwhile."""
        return not self.is_suspended and (self.dictation is None or self.dictation.has_ended)

    @property
    def request_so_far(self) -> SpeechRequest:
        """What to open a job with that goes on with this stream."""
        return self.request if self.dictation is None else self.dictation.so_far(self.job.voice.id)

    @property
    def produced_s(self) -> float:
        """Seconds of sound made so far."""
        rate_hz: int = self.job.sample_rate_hz
        return self.produced_samples / rate_hz

    @property
    def made_s(self) -> float:
        """Seconds of sound that were made for it; what the stream had made that it continues is not counted."""
        rate_hz: int = self.job.sample_rate_hz
        return (self.produced_samples - self.first_sample) / rate_hz

    @property
    def lead_s(self) -> float:
        """Seconds of sound the listener has, or is about to have, but has not heard. 0 while it reports nothing."""
        return 0.0 if self.played_s is None else self.produced_s - self.played_s

    @property
    def n_characters(self) -> int:
        """Of its text, as far as that has come."""
        return len(self.request.text) if self.dictation is None else self.dictation.n_characters

    @property
    def remaining_s(self) -> float:
        """Seconds of sound that probably are still to be made."""
        expected_s: float = self.job.expected_s
        return max(0.0, expected_s - self.produced_s)

    def begin_step(self, now_s: float) -> None:
        """A worker thread takes it up."""
        self.state = StreamState.STEPPING
        self.was_fed = False
        if self.ready_since_s is not None:
            self.queued_s += now_s - self.ready_since_s
            self.ready_since_s = None

    def park(self, now_s: float) -> None:
        """There is no room for what it would make."""
        if self.parked_since_s is None:
            self.parked_since_s = now_s
            self.ready_since_s = None

    def unpark(self, now_s: float) -> None:
        """There is room, or its listener has given a sign of life."""
        if self.parked_since_s is not None:
            self.parked_s += now_s - self.parked_since_s
            self.parked_since_s = None
        if self.ready_since_s is None:
            self.ready_since_s = now_s

    def take(self, chunk: AudioChunk, now_s: float) -> bool:
        """Account for a chunk that was made, and move the deadline by its length. True where it came too late."""
        self.ready_since_s = now_s
        if chunk.flush is not None and self.dictation is not None:
            self.dictation.answered(chunk.flush)
        if not len(chunk.samples):
            return False
        is_late = not self.is_first and not self.is_bulk and self.due_s < now_s
        duration_s = len(chunk.samples) / self.job.sample_rate_hz
        self.produced_samples = chunk.end_sample
        self.chunks += 1
        if self.is_bulk:
            self.due_s = now_s + BULK_PACE_S
        elif self.is_first:
            # It is assumed to play from now on, until it reports otherwise.
            self.due_s = now_s + duration_s
            self.is_first = False
        else:
            self.late_chunks += is_late
            self.due_s = max(self.due_s, now_s) + duration_s
        if self.first_chunk_at_s is None:
            self.first_chunk_at_s = now_s
        return is_late

    def feed(self, now_s: float, first_s: float) -> None:
        """Text has come. A listener who has heard all there was waits in silence, as at the beginning.

        So does one who will have heard it before anything can be made of the text, in `first_s` seconds: that is
        nobody's lateness but the text's.
        """
        self.was_fed = True
        self.starved_since_s = None
        if self.state is not StreamState.STARVED:
            return
        self.state = StreamState.WAITING
        if self.first_chunk_at_s is None:
            self.awaited_since_s = now_s
        if not self.is_bulk and self.due_s < now_s + first_s:
            self.is_first = True
            self.due_s = now_s

    def report_playback(self, position_s: float, underruns: int, now_s: float) -> None:
        """Take in where the listener says it plays."""
        self.played_s = min(position_s, self.produced_s)
        self.underruns = underruns
        self.unpark(now_s)
        if not self.is_bulk and not self.is_first:
            self.due_s = now_s + self.lead_s

    def end(self, outcome: str) -> None:
        """Mark it as over. The scheduler closes the job."""
        self.state = StreamState.ENDED
        self.outcome = outcome
        on_ended, self.on_ended = self.on_ended, _nobody
        on_ended(self)

    def fail(self, error: WildtrackError) -> None:
        """End it with an error that the listener is told."""
        self.outlet.finish(error)
        self.end(error.code)


def _nobody(_: Stream) -> None:
    """Is told of what nobody wants to know any more."""
