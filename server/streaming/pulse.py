"""Pulse: looks again and again at what goes on, and how late it was to look: that is the event loop's lag."""

import asyncio
from typing import Final

from server.metrics import Metrics
from server.streaming.scheduler import Scheduler

BEAT_S: Final = 0.1
BEATS_A_LOOK: Final = 10


async def feel_pulse(metrics: Metrics, scheduler: Scheduler) -> None:
    """Run until it is cancelled. The lag is taken at every beat, all else once a second."""
    clock = asyncio.get_running_loop().time
    beat = 0
    while True:
        due_s = clock() + BEAT_S
        await asyncio.sleep(BEAT_S)
        metrics.saw_lag(max(0.0, clock() - due_s))
        beat += 1
        if beat % BEATS_A_LOOK == 0:
            look(metrics, scheduler)
            see_leads(metrics, scheduler)


def look(metrics: Metrics, scheduler: Scheduler) -> None:
    """Take in what is going on now."""
    metrics.saw_load(
        open_streams=scheduler.open_streams,
        waiting=scheduler.waiting_in_line,
        load_threads=scheduler.load,
        promised_threads=scheduler.capacity.promised_threads,
    )


def see_leads(metrics: Metrics, scheduler: Scheduler) -> None:
    """Take in how far ahead of their listeners the streams are; of those who say where they play."""
    for stream in scheduler.streams:
        if stream.played_s is not None:
            metrics.saw_lead(stream.lead_s)
