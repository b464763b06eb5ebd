"""What is told of a stream when it has ended: one line in the log, and numbers. Never what it said."""

from typing import Final

from server.logs import get_logger
from server.metrics import Metrics
from server.streaming.stream import Stream

_log = get_logger(__name__)
_SHORTEST_S: Final = 0.1
"""Of a stream that made less sound than that, no real-time factor is told: it would say nothing."""


def log_stream(stream: Stream) -> None:
    """Write the one line that tells of a stream. docs/metrics.md says what each field means."""
    first_s, rtf = _first_audio_s(stream), _rtf(stream)
    _log.info(
        "stream",
        stream=stream.stream_id,
        model=stream.job.kind,
        voice=stream.job.voice.id,
        outcome=stream.outcome,
        priority="bulk" if stream.is_bulk else "live",
        characters=stream.n_characters,
        from_s=round(stream.produced_s - stream.made_s, 3),
        waited_ms=_ms(stream.waited_s),
        queued_ms=_ms(stream.queued_s),
        parked_s=round(stream.parked_s, 2),
        first_audio_ms=None if first_s is None else _ms(first_s),
        audio_s=round(stream.made_s, 2),
        cpu_s=round(stream.cpu_s, 3),
        rtf=None if rtf is None else round(rtf, 4),
        late_chunks=stream.late_chunks,
        underruns=stream.underruns,
        lead_s=None if stream.played_s is None else round(stream.lead_s, 2),
    )


def count_stream(metrics: Metrics, stream: Stream) -> None:
    """Take a stream into the numbers of all."""
    metrics.stream_ended(
        stream.job.kind,
        stream.outcome,
        first_audio_s=_first_audio_s(stream),
        rtf=_rtf(stream),
        chunks=stream.chunks,
        late_chunks=stream.late_chunks,
    )


def _first_audio_s(stream: Stream) -> float | None:
    return None if stream.first_chunk_at_s is None else stream.first_chunk_at_s - stream.awaited_since_s


def _rtf(stream: Stream) -> float | None:
    return stream.took_s / stream.made_s if stream.made_s >= _SHORTEST_S else None


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
