"""A small engine whose every sample tells which job it belongs to and where it stands."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from server.audio.chunk import AudioChunk
from server.engines.base import Mark, SpeechRequest
from server.errors import WildtrackError
from server.streaming.capacity import Capacity, Cost
from server.streaming.scheduler import Limits, Scheduler

CHUNK_SAMPLES = 2400


@dataclass
class CountingJob:
    value: float
    n_chunks: int
    first_sample: int = 0
    marks: list[Mark] = field(default_factory=lambda: [Mark(0, 0.0)])
    sample_rate_hz: int = 24_000
    channels: int = 1
    kind: str = "counting"
    expected_s: float = 1.0
    steps: int = 0
    closed: int = 0
    threads: set[str] = field(default_factory=set)


@dataclass
class CountingEngine:
    """The text says how many chunks there are, the seed which value their samples have (in 1/32768)."""

    step_s: float = 0.0
    fail_at_step: int | None = None
    error: Exception | None = None
    n_ready: int = 0
    jobs: list[CountingJob] = field(default_factory=list)
    running: int = 0
    most_running: int = 0

    def open(self, request: SpeechRequest) -> CountingJob:
        job = CountingJob(request.seed / 32768, int(request.text))
        self.jobs.append(job)
        return job

    def reopen(self, request: SpeechRequest, marks: Sequence[Mark], next_sample: int) -> CountingJob:
        job = self.open(request)
        job.first_sample = next_sample
        job.n_chunks = -(-(job.n_chunks * CHUNK_SAMPLES - next_sample) // CHUNK_SAMPLES) or 1
        return job

    def step(self, job: CountingJob) -> AudioChunk:
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        job.threads.add(threading.current_thread().name)
        time.sleep(self.step_s)
        self.running -= 1
        if job.closed:
            raise AssertionError("a closed job was stepped")
        if job.steps == self.fail_at_step:
            raise self.error or WildtrackError("broken")
        start = job.first_sample + job.steps * CHUNK_SAMPLES
        job.steps += 1
        is_last = job.steps == job.n_chunks
        # One that was taken up in the middle of a chunk ends with the rest of one.
        n_samples = -start % CHUNK_SAMPLES if is_last and job.first_sample % CHUNK_SAMPLES else CHUNK_SAMPLES
        return AudioChunk(np.full((n_samples, 1), job.value, np.float32), start, is_last=is_last, n_ready=self.n_ready)

    def close(self, job: CountingJob) -> None:
        job.closed += 1


def request(chunks: int, seed: int = 1) -> SpeechRequest:
    return SpeechRequest(text=str(chunks), voice_id="default", seed=seed)


def scheduler_of(
    *,
    threads: int,
    max_streams: int = 8,
    stall_timeout_s: float = 60.0,
    costs: Mapping[str, Cost] | None = None,
    max_waiting: int = 0,
    max_wait_s: float = 1.0,
    text_timeout_s: float = 60.0,
) -> Scheduler:
    """A scheduler; what `costs` does not name is free."""
    capacity = Capacity(threads=threads, costs=costs or {}, headroom=0.9, first_audio_s=1.0, clock=time.monotonic)
    limits = Limits(max_streams, 1.0, stall_timeout_s, max_waiting, max_wait_s, text_timeout_s)
    return Scheduler(threads=threads, capacity=capacity, limits=limits)
