"""Metrics: what the server tells of itself in numbers, in the form that Prometheus reads (docs/metrics.md).

No label ever holds a text, a token or an address: there are as many series as models, outcomes and error codes.
Where several processes serve, `PROMETHEUS_MULTIPROC_DIR` names the folder in which prometheus-client keeps the numbers
of all of them, and the answer of any one is the sum (gunicorn.conf.py sets it).
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
SHARED_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
Door = Literal["http", "socketio"]

_FIRST_AUDIO_S: Final = (0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5)
_STEP_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2)
_RTF: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2)
_LEAD_S: Final = (0, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30)
_LAG_S: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1)


class Metrics:
    """All numbers of one server. Made once and handed to whoever counts; every method is quick."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        histogram = partial(Histogram, registry=registry)
        counter = partial(Counter, registry=registry)
        gauge = partial(Gauge, registry=registry, multiprocess_mode="livesum")
        model = ("model",)
        self._first_audio = histogram(
            "wildtrack_first_audio_seconds", "From the request to the first sound.", model, buckets=_FIRST_AUDIO_S
        )
        self._rtf = histogram(
            "wildtrack_real_time_factor", "Seconds of a thread for a second of sound.", model, buckets=_RTF
        )
        self._step = histogram("wildtrack_step_seconds", "How long a thread made one chunk.", model, buckets=_STEP_S)
        self._lead = histogram(
            "wildtrack_lead_seconds", "Sound that listeners have ahead, looked at each second.", buckets=_LEAD_S
        )
        self._lag = histogram(
            "wildtrack_event_loop_lag_seconds", "How late the event loop was, looked at often.", buckets=_LAG_S
        )
        self._streams = counter("wildtrack_streams", "Streams that have ended.", ("model", "outcome"))
        self._refusals = counter("wildtrack_refusals", "Errors that were answered.", ("door", "code"))
        self._chunks = counter("wildtrack_chunks", "Chunks that were made, of streams that have ended.", model)
        self._late = counter("wildtrack_late_chunks", "Those that came after their listener ran dry.", model)
        self._underruns = counter("wildtrack_underruns", "How often listeners said that they ran dry.", model)
        self._audio_s = counter("wildtrack_audio_seconds", "Sound that was made.", model)
        self._cpu_s = counter("wildtrack_cpu_seconds", "Thread CPU that it took.", model)
        self._resumes = counter("wildtrack_resumes", "Streams that were taken up again.")
        self._open = gauge("wildtrack_open_streams", "Streams that are being served.")
        self._waiting = gauge("wildtrack_waiting_in_line", "Requests that wait for room.")
        self._load = gauge("wildtrack_load_threads", "Threads' worth of work that listeners take.")
        self._promised = gauge("wildtrack_promised_threads", "Threads' worth of work that may be promised.")
        self._connections = gauge("wildtrack_connections", "Socket.IO connections.")
        self._collector: Collector = registry
        if SHARED_FOLDER in os.environ:
            self._collector = MultiProcessCollector(None)  # type: ignore[no-untyped-call]  # it has none

    def stepped(self, model: str, took_s: float, cpu_s: float, audio_s: float) -> None:
        """A chunk was made: in so many seconds, with so much CPU, and so long it sounds."""
        self._step.labels(model).observe(took_s)
        self._cpu_s.labels(model).inc(cpu_s)
        self._audio_s.labels(model).inc(audio_s)

    def stream_ended(
        self,
        model: str,
        outcome: str,
        *,
        first_audio_s: float | None,
        rtf: float | None,
        chunks: int,
        late_chunks: int,
    ) -> None:
        """A stream has ended: `outcome` is `done`, `cancelled` or an error's code; None where nothing was heard."""
        self._streams.labels(model, outcome).inc()
        if first_audio_s is not None:
            self._first_audio.labels(model).observe(first_audio_s)
        if rtf is not None:
            self._rtf.labels(model).observe(rtf)
        self._chunks.labels(model).inc(chunks)
        self._late.labels(model).inc(late_chunks)

    def ran_dry(self, model: str, more: int) -> None:
        """A listener says that it ran dry, so many times more."""
        self._underruns.labels(model).inc(more)

    def refused(self, door: Door, code: str) -> None:
        """Somebody was answered with an error."""
        self._refusals.labels(door, code).inc()

    def resumed(self) -> None:
        """A stream was taken up again."""
        self._resumes.inc()

    def connected(self, change: int) -> None:
        """A connection came (1) or went (-1)."""
        self._connections.inc(change)

    def saw_lead(self, lead_s: float) -> None:
        """A listener has so much sound ahead."""
        self._lead.observe(lead_s)

    def saw_lag(self, lag_s: float) -> None:
        """The event loop did something so much later than it was to."""
        self._lag.observe(lag_s)

    def saw_load(self, *, open_streams: int, waiting: int, load_threads: float, promised_threads: float) -> None:
        """What is going on now."""
        self._open.set(open_streams)
        self._waiting.set(waiting)
        self._load.set(load_threads)
        self._promised.set(promised_threads)

    def render(self) -> bytes:
        """All of it in Prometheus' text format 0.0.4. Takes some milliseconds; safe in any thread."""
        return generate_latest(_WithoutDates(self._collector))


def render_foley(
    *, active: Mapping[str, int], ended: Mapping[str, int], log_bytes: int, sound_s: float, cpu_s: float
) -> bytes:
    """Foley's numbers, in the same format. The store has them, the same for all who ask: nobody adds them up."""
    jobs = GaugeMetricFamily("wildtrack_foley_jobs", "Videos that wait for sound or get it.", labels=("state",))
    for state, count in active.items():
        jobs.add_metric((state,), count)
    over = CounterMetricFamily("wildtrack_foley_jobs_ended", "Videos whose sound is over.", labels=("outcome",))
    for outcome, count in ended.items():
        over.add_metric((outcome,), count)
    families = (
        jobs,
        over,
        GaugeMetricFamily("wildtrack_foley_log_bytes", "Sound in the store's memory.", value=log_bytes),
        CounterMetricFamily("wildtrack_foley_audio_seconds", "Sound that was made.", value=sound_s),
        CounterMetricFamily("wildtrack_foley_cpu_seconds", "CPU that rendering threads spent.", value=cpu_s),
    )
    return generate_latest(_Collected(families))


class _Collected(Collector):
    """What is there already."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Sequence[Metric]:
        return self._families


class _WithoutDates(Collector):
    """Leaves out when each counter was made, which the text format can only say in a series of its own."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    def collect(self) -> Iterator[Metric]:
        for metric in self._collector.collect():
            metric.samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
            yield metric
