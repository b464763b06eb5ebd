"""Capacity: what the worker threads can promise, learnt from what streams have cost. Pure: no thread, no sound."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final

from server.errors import OverloadedError

HALF_LIFE_S: Final = 30.0
"""Of what was observed: a machine that others make slower is believed to be slower for as long."""
_PRIOR_AUDIO_S: Final = 3.0
"""As many seconds of sound the cost that was measured at the start counts for."""
_FIRST_SHARE: Final = 0.1
"""Of the newest observation in the running mean of first steps."""
_LATE_SHARE: Final = 0.02
"""Of the newest chunk in the running share of late ones: some fifty chunks count."""
_BEARABLE_LATENESS: Final = 0.05
"""The running share of late chunks from which on nobody is let in, whatever the costs say."""
_LATENESS_HALF_LIFE_S: Final = 2.0
_LONGEST_RETRY_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What a stream takes of a worker thread."""

    first_s: float
    """Seconds of a thread before its first chunk."""
    per_audio_s: float
    """Seconds of a thread for a second of sound, the first ones too."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one stream is to the threads now."""

    kind: str
    """What it costs is known by this name."""
    is_first: bool
    """Whether its first chunk is still to be made."""
    remaining_s: float
    """Seconds of sound that probably are still to be made."""


@dataclass(slots=True)
class _Observed:
    cost: Cost
    took_s: float
    audio_s: float
    first_s: float
    at_s: float

    def decay(self, now_s: float) -> None:
        """Forget as much as time has passed."""
        share = 0.5 ** ((now_s - self.at_s) / HALF_LIFE_S)
        self.took_s *= share
        self.audio_s *= share
        self.at_s = now_s


class Capacity:
    """Keeps account of what streams cost, and says whether one more can be served in real time."""

    def __init__(
        self,
        *,
        threads: float,
        costs: Mapping[str, Cost],
        headroom: float,
        first_audio_s: float,
        clock: Callable[[], float],
    ) -> None:
        """Begin with what was measured.

        Args:
            threads: worker threads that have a core each; a share of one where processes share cores.
            costs: of each kind of stream, measured on this machine; one that is not here is free until it was observed.
            headroom: the share of the threads' time that may be promised.
            first_audio_s: the longest that a stream may have to wait for its first chunk.
            clock: seconds, never going back.
        """
        self._threads = threads
        self._headroom = headroom
        self._first_audio_s = first_audio_s
        self._clock = clock
        now_s = clock()
        self._late_share = 0.0
        self._late_share_at_s = now_s
        self._kinds = {kind: _Observed(cost, 0.0, 0.0, cost.first_s, now_s) for kind, cost in costs.items()}

    @property
    def promised_threads(self) -> float:
        """Seconds of threads in a second that may be promised."""
        return self._threads * self._headroom

    def observe(self, kind: str, *, took_s: float, audio_s: float, is_first: bool) -> None:
        """Take in one step.

        Args:
            kind: of the stream.
            took_s: how long a thread was at it, on a clock on the wall: other programs' use of the cores shows there.
            audio_s: seconds of sound that it made.
            is_first: whether it made the first.
        """
        seen = self._kinds.setdefault(kind, _Observed(Cost(0.0, 0.0), 0.0, 0.0, 0.0, self._clock()))
        seen.decay(self._clock())
        seen.took_s += took_s
        seen.audio_s += audio_s
        if is_first:
            seen.first_s += _FIRST_SHARE * (took_s - seen.first_s)

    def observe_lateness(self, *, is_late: bool) -> None:
        """Take in whether a chunk came after its listener had run dry."""
        self._late_share = self._lateness() + _LATE_SHARE * (is_late - self._lateness())
        self._late_share_at_s = self._clock()

    def _lateness(self) -> float:
        passed_s = self._clock() - self._late_share_at_s
        return float(self._late_share * 0.5 ** (passed_s / _LATENESS_HALF_LIFE_S))

    def cost(self, kind: str) -> Cost:
        """What a stream of this kind costs, as far as is known now."""
        seen = self._kinds.get(kind)
        if seen is None:
            return Cost(0.0, 0.0)
        seen.decay(self._clock())
        weight = _PRIOR_AUDIO_S if seen.cost.per_audio_s else 0.0
        audio_s = seen.audio_s + weight
        per_audio_s = (seen.took_s + weight * seen.cost.per_audio_s) / audio_s if audio_s > 0 else 0.0
        return Cost(seen.first_s, per_audio_s)

    def load(self, streams: Iterable[Load]) -> float:
        """Seconds of threads in a second that these streams take while they play."""
        return sum(self.cost(stream.kind).per_audio_s for stream in streams)

    def require_room(self, kind: str, streams: Iterable[Load]) -> None:
        """Refuse a stream that could not be served in real time beside these.

        A stream that nobody has to share with is never refused: slow is better than silent on a slow machine.

        Raises:
            OverloadedError: telling when to come back.
        """
        streams = list(streams)
        if not streams:
            return
        if self._lateness() > _BEARABLE_LATENESS:
            raise _overloaded(_LATENESS_HALF_LIFE_S)
        cost = self.cost(kind)
        if self.load(streams) + cost.per_audio_s > self.promised_threads:
            soonest_s = min(stream.remaining_s for stream in streams)
            raise _overloaded(soonest_s)
        waits_s = sum(self.cost(stream.kind).first_s for stream in streams if stream.is_first) / self._threads
        if waits_s + cost.first_s > self._first_audio_s and waits_s > 0:
            raise _overloaded(waits_s)


def _overloaded(retry_after_s: float) -> OverloadedError:
    return OverloadedError(
        "The server speaks to as many listeners as it can in real time; try again in a few seconds.",
        retry_after_s=float(min(_LONGEST_RETRY_S, max(1, ceil(retry_after_s)))),
    )
