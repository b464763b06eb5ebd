"""`watch` over Socket.IO: a task's log as a stream of the connection, like any other."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, Final

from server.api.context import ApiContext
from server.api.foley_access import known_task_id
from server.engines.foley.backend import CHANNELS, SAMPLE_RATE_HZ
from server.protocol.events import parse
from server.protocol.foley_watch import WATCH_SERVER_EVENTS, Watch, WatchAck
from server.streaming.outbox import Notice, PcmChunk
from server.streaming.session import Session
from server.streaming.watching import WatchLimits
from server.tasks.state import BYTES_PER_SAMPLE, Credential, Entry


async def watch_task(context: ApiContext, session: Session, data: Any) -> dict[str, Any]:
    """Begin to pass on a task; gives the acknowledgement.

    Raises:
        WildtrackError: when it cannot be watched.
    """
    message = parse(Watch, data)
    foley = context.foley.open()
    session.require_lane()
    task_id, credential = known_task_id(message.task_id), Credential(token=message.token)
    task = await foley.tasks.status(task_id, credential)
    source = as_items(foley.tasks.watch(task_id, credential, from_sample=message.next), message.next)
    limits = WatchLimits(SAMPLE_RATE_HZ, context.settings.max_lead_s, context.settings.stall_timeout_s)
    stream_id = session.watch(source, limits, message.next)
    return WatchAck(
        stream_id=stream_id,
        sample_rate_hz=SAMPLE_RATE_HZ,
        channels=CHANNELS,
        state=task.state,
        n_samples=task.n_samples,
    ).model_dump()


async def as_items(entries: AsyncGenerator[Entry, None], next_sample: int) -> AsyncIterator[PcmChunk | Notice]:
    """The entries of a log as what a connection sends; the first chunk is cut to begin at `next_sample`."""
    async with aclosing(entries) as open_entries:
        at_sample: int | None = None
        async for entry in open_entries:
            if entry.pcm is None:
                assert entry.event is not None
                kind = entry.event["type"]
                if kind in WATCH_SERVER_EVENTS:
                    yield Notice(kind, {name: entry.event[name] for name in _FIELDS[kind]})
                continue
            n_samples = len(entry.pcm) // BYTES_PER_SAMPLE
            if at_sample is None:
                at_sample = next_sample - next_sample % n_samples
            end_sample = at_sample + n_samples
            if end_sample > next_sample:
                cut = max(0, next_sample - at_sample)
                yield PcmChunk(entry.pcm[cut * BYTES_PER_SAMPLE :], at_sample + cut, end_sample)
            at_sample = end_sample


_FIELDS: Final = {
    kind: tuple(name for name in model.model_fields if name != "stream_id")
    for kind, model in WATCH_SERVER_EVENTS.items()
}
