"""What an engine is: it opens a job for a request, and makes that job's sound a chunk at a time.

Engines are pure and synchronous: no asyncio, no sockets. All state of one rendering lives on its Job, so one engine
serves many listeners from several worker threads (a job is stepped by one thread at a time).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from server.audio.chunk import AudioChunk
from server.text.lexicon import NO_LEXICON, Lexicon
from server.text.manner import PLAIN_MANNER, Manner
from server.text.script import Script

TimingKind = Literal["words", "phonemes", "visemes"]


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """What somebody asked to hear, checked and with every default filled in."""

    text: str
    """1 to 4096 characters over HTTP, up to `max_text_characters` over Socket.IO; where `is_open`, what has come so
    far, which may be nothing."""
    voice_id: str
    """A voice's id, an alias of one, or `default`: the best voice for the text's language."""
    language: str | None = None
    """A tag such as `en`, `zh` or `de`, or None: found from the text, clause by clause, or the voice's own."""
    speed: float = 1.0
    """0.25 to 4; 2 is twice as fast."""
    script: Script | None = None
    """What to say instead of `text`, which is then its words alone."""
    lexicon: Lexicon = NO_LEXICON
    """Readings that go before those of the server."""
    manner: Manner = PLAIN_MANNER
    """How it is said."""
    seed: int = 0
    """Seeds all noise: the same request with the same seed gives the same bytes."""
    is_open: bool = False
    """Whether more text may follow, by `Engine.feed`."""
    flushes: tuple[int, ...] = ()
    """Places in the text, in order, where what stood before was to be spoken without waiting for more; a place where
    that was asked for twice is there twice."""
    timings: tuple[TimingKind, ...] = ()
    """What the listener is told of when things are heard; changes nothing of the sound."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place where a rendering can be taken up again without making what came before it."""

    start_sample: int
    """Samples made before this place."""
    pause_s: float
    """Silence, in seconds, that is still due there."""


class Job(Protocol):
    """One rendering: everything that changes while it is made."""

    @property
    def marks(self) -> list[Mark]:
        """One for each part that was begun, in order; it grows while the job is stepped."""

    @property
    def kind(self) -> str:
        """What it costs is known by this name: the model's."""

    @property
    def expected_s(self) -> float:
        """About how many seconds of sound it will be, as far as its text has come."""

    @property
    def sample_rate_hz(self) -> int:
        """Hertz, fixed for the job's life."""

    @property
    def channels(self) -> int:
        """1 or 2, fixed for the job's life."""


JobT = TypeVar("JobT", bound=Job)


class Engine(Protocol[JobT]):
    """Makes sound for requests of one kind."""

    def open(self, request: SpeechRequest) -> JobT:
        """Start a rendering. Quick: no model runs here.

        Raises:
            WildtrackError: when the request cannot be served; its code says why.
        """

    def reopen(self, request: SpeechRequest, marks: Sequence[Mark], next_sample: int) -> JobT:
        """Start again in the middle: the chunks begin at `next_sample` and continue to the byte as the first time.

        `marks` are those of the earlier job for the same request; `next_sample` is at most what that job had made.
        """

    def feed(self, job: JobT, text: str, *, flush: bool = False, end: bool = False) -> None:
        """Take the next text of a job whose request `is_open`. Quick, and welcome while another thread steps the job.

        How text is cut into pieces changes nothing of the sound. `flush` does: what has come is then spoken as though
        the text ended there. After `end` comes no more.

        Raises:
            WildtrackError: when the job's voice cannot read it; nothing was taken then.
        """

    def step(self, job: JobT) -> AudioChunk | None:
        """Make the job's next chunk. Blocks for as long as the model runs, so never call it on an event loop.

        None when all of the text that has come is spoken, and more may come: nothing was made, and the job goes on.

        Raises:
            WildtrackError: when the sound cannot be made. The job is over then.
        """

    def close(self, job: JobT) -> None:
        """Free what the job holds; safe to call at any time between steps, and twice."""
