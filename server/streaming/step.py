"""Step: what a worker thread does for a stream in one go."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from server.audio.chunk import AudioChunk
from server.streaming.stream import Stream


@dataclass(frozen=True, slots=True)
class Step:
    """What a worker thread gives back."""

    chunks: Sequence[AudioChunk]
    """None where all of the text that has come is spoken, or where something broke at once."""
    error: Exception | None
    """What broke after them."""
    cpu_s: float


def take_step(stream: Stream, room: int) -> Step:
    """Make a chunk, and as many of the next as are made already and have room.

    The way to a thread and back costs as much as cutting several. Runs in a worker thread, and raises nothing.
    """
    begun_s = time.thread_time()
    chunks: list[AudioChunk] = []
    error: Exception | None = None
    try:
        if stream.is_suspended:
            stream.job = stream.engine.reopen(stream.request_so_far, tuple(stream.job.marks), stream.produced_samples)
            stream.is_suspended = False
        while len(chunks) < room and (not chunks or chunks[-1].n_ready):
            chunk = stream.engine.step(stream.job)
            if chunk is None:
                break
            chunks.append(chunk)
    except Exception as caught:
        error = caught
    return Step(chunks, error, time.thread_time() - begun_s)
