"""Worker threads in virtual time: the real deadlines, capacity and streams, and steps that only seem to take long."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from server.audio.chunk import AudioChunk
from server.engines.base import SpeechRequest
from server.errors import OverloadedError
from server.streaming.capacity import Capacity, Cost, Load
from server.streaming.deadlines import most_urgent
from server.streaming.stream import Stream, StreamState

RATE_HZ = 1000
CHUNK_S = 0.1
MAX_LEAD_S = 25.0


@dataclass(frozen=True)
class Voice:
    """What a kind of stream costs, clause by clause: a lump where a clause begins, then little by little."""

    kind: str
    encode_share: float
    """Seconds of a thread, for a second of a clause, before anything of it sounds."""
    window_cost_s: float
    """For one window of sound..."""
    window_s: float
    """...of this length."""

    @property
    def cost(self) -> Cost:
        """As it would be measured alone: the first clause lasts two seconds."""
        per_audio_s = self.encode_share + self.window_cost_s / self.window_s
        return Cost(2 * self.encode_share + self.window_cost_s, per_audio_s)

    def steps(self, duration_s: float) -> Iterator[float]:
        """What each chunk costs. Clauses grow from two seconds to eight, as they do in speech."""
        done_s, clause_s, until_clause, until_window = 0.0, 2.0, 0.0, 0.0
        while done_s < duration_s - 1e-9:
            cost_s = 0.0
            if until_clause <= 1e-9:
                until_clause = min(clause_s, duration_s - done_s)
                cost_s += self.encode_share * until_clause
                clause_s = min(8.0, 2 * clause_s)
                until_window = 0.0
            if until_window <= 1e-9:
                until_window = min(self.window_s, until_clause)
                cost_s += self.window_cost_s * until_window / self.window_s
            yield cost_s
            done_s, until_clause, until_window = done_s + CHUNK_S, until_clause - CHUNK_S, until_window - CHUNK_S


QUICK = Voice("quick", 0.004, 0.004, 1.0)
MIDDLING = Voice("middling", 0.008, 0.012, 0.4)
SLOW = Voice("slow", 0.03, 0.2, 0.8)


@dataclass(frozen=True)
class Arrival:
    """Somebody who comes and wants to hear something."""

    at_s: float
    voice: Voice
    duration_s: float
    is_bulk: bool = False


@dataclass(eq=False)
class Listener:
    """One who was let in."""

    stream: Stream
    steps: Iterator[float]
    n_chunks: int
    arrived_s: float
    first_audio_s: float | None = None
    worst_lateness_s: float = 0.0
    ended_s: float | None = None


@dataclass
class Machine:
    """A number of threads that serve arrivals; `costs_times` makes every step cost so many times what was measured."""

    threads: int
    voices: Sequence[Voice]
    headroom: float = 0.9
    costs_times: float = 1.0
    first_audio_s: float = 1.0
    now_s: float = 0.0
    listeners: list[Listener] = field(default_factory=list)
    refused: list[Arrival] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.capacity = Capacity(
            threads=self.threads,
            costs={voice.kind: voice.cost for voice in self.voices},
            headroom=self.headroom,
            first_audio_s=self.first_audio_s,
            clock=lambda: self.now_s,
        )
        self._open: dict[Stream, Listener] = {}
        self._running: list[tuple[float, int, Listener, float]] = []
        self._order = count()

    def run(self, arrivals: Sequence[Arrival]) -> None:
        """Serve all of them to their end."""
        coming = sorted(arrivals, key=lambda arrival: arrival.at_s, reverse=True)
        while coming or self._open:
            times = [coming[-1].at_s] if coming else []
            if self._running:
                times.append(self._running[0][0])
            if len(self._running) < self.threads:
                times += [
                    listener.stream.due_s - MAX_LEAD_S for listener in self._open.values() if self._parks(listener)
                ]
            self.now_s = max(self.now_s, min(times))
            while self._running and self._running[0][0] <= self.now_s:
                _, _, listener, cost_s = heapq.heappop(self._running)
                self._finish(listener, cost_s)
            while coming and coming[-1].at_s <= self.now_s:
                self._arrive(coming.pop())
            self._start()

    def _parks(self, listener: Listener) -> bool:
        stream = listener.stream
        return stream.state is StreamState.WAITING and stream.due_s - self.now_s > MAX_LEAD_S

    def _arrive(self, arrival: Arrival) -> None:
        try:
            if not arrival.is_bulk:
                live = [s for s in self._open if not s.is_bulk]
                self.capacity.require_room(
                    arrival.voice.kind, [Load(s.job.kind, s.is_first, s.remaining_s) for s in live]
                )
        except OverloadedError:
            self.refused.append(arrival)
            return
        job = SimpleNamespace(sample_rate_hz=RATE_HZ, kind=arrival.voice.kind, expected_s=arrival.duration_s)
        stream = Stream(
            cast(Any, None),
            SpeechRequest("", "any"),
            job,
            cast(Any, None),
            self.now_s,
            lambda _: None,
            is_bulk=arrival.is_bulk,
        )
        n_chunks = round(arrival.duration_s / CHUNK_S)
        listener = Listener(stream, arrival.voice.steps(arrival.duration_s), n_chunks, self.now_s)
        stream.step_cost_s = arrival.voice.cost.first_s
        self._open[stream] = listener
        self.listeners.append(listener)

    def _start(self) -> None:
        while len(self._running) < self.threads:
            waiting = [
                listener.stream
                for listener in self._open.values()
                if listener.stream.state is StreamState.WAITING and not self._parks(listener)
            ]
            bulk = sum(listener.stream.is_bulk for _, _, listener, _ in self._running)
            stream = most_urgent(waiting, now_s=self.now_s, threads=self.threads, bulk_running=bulk)
            if stream is None:
                return
            stream.state = StreamState.STEPPING
            listener = self._open[stream]
            cost_s = self.costs_times * next(listener.steps)
            heapq.heappush(self._running, (self.now_s + cost_s, next(self._order), listener, cost_s))

    def _finish(self, listener: Listener, cost_s: float) -> None:
        stream = listener.stream
        stream.state = StreamState.WAITING
        kind = stream.job.kind
        self.capacity.observe(kind, took_s=cost_s, audio_s=CHUNK_S, is_first=stream.is_first)
        if stream.is_first or stream.chunks == 0:
            listener.first_audio_s = self.now_s - listener.arrived_s
        else:
            listener.worst_lateness_s = max(listener.worst_lateness_s, self.now_s - stream.due_s)
        samples = np.zeros((round(CHUNK_S * RATE_HZ), 1), np.float32)
        was_late = stream.take(AudioChunk(samples, stream.produced_samples, is_last=False), self.now_s)
        self.capacity.observe_lateness(is_late=was_late)
        stream.step_cost_s = self.capacity.cost(kind).per_audio_s * CHUNK_S
        if stream.chunks == listener.n_chunks:
            listener.ended_s = self.now_s
            del self._open[stream]
