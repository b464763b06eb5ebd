"""A watch is a stream like any other to its listener: order, credit, turns, an end; and who stalls holds nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from fakes import CountingEngine

from server.errors import StreamNotFoundError, TaskCancelledError, TooManyStreamsError, WildtrackError
from server.streaming.outbox import LANE_CHUNKS, Notice, PcmChunk
from server.streaming.scheduler import Scheduler
from server.streaming.session import Session
from server.streaming.tickets import Tickets
from server.streaming.watching import WatchLimits

Eventually = Callable[[Callable[[], bool]], Any]
WINDOW = 4
RATE_HZ = 100


class Listener:
    """One connection, and what it owes."""

    def __init__(self, scheduler: Scheduler, *, acknowledges: bool = True) -> None:
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self.owed: list[Callable[[], None]] = []
        self.acknowledges = acknowledges
        self.session = Session(
            engine=CountingEngine(),
            scheduler=scheduler,
            tickets=Tickets(scheduler.clock),
            emit=self.receive,
            window=WINDOW,
            max_streams=2,
            max_characters=2000,
            on_stream_ended=lambda stream: None,
        )

    async def receive(self, event: str, data: dict[str, Any], on_ack: Callable[[], None] | None) -> None:
        self.messages.append((event, data))
        if on_ack is not None:
            if self.acknowledges:
                asyncio.get_running_loop().call_soon(on_ack)
            else:
                self.owed.append(on_ack)

    def names(self) -> list[str]:
        return [event for event, _ in self.messages]


class Source:
    """Chunks of one byte a sample, and news between them; tells how far it was read and whether it was closed."""

    def __init__(self, n_chunks: int, error: WildtrackError | None = None, *, holds_open: bool = False) -> None:
        self.n_chunks = n_chunks
        self.error = error
        self.holds_open = holds_open
        self.n_read = 0
        self.is_closed = False

    async def items(self) -> AsyncIterator[PcmChunk | Notice]:
        try:
            for n in range(self.n_chunks):
                if n % 10 == 0:
                    yield Notice("progress", {"percent": n})
                self.n_read += 1
                yield PcmChunk(bytes([n % 256]) * 10, 10 * n, 10 * n + 10)
            if self.error is not None:
                raise self.error
            if self.holds_open:
                await asyncio.Event().wait()
        finally:
            self.is_closed = True


def limits(*, max_lead_s: float = 1e6, stall_timeout_s: float = 60.0) -> WatchLimits:
    return WatchLimits(RATE_HZ, max_lead_s, stall_timeout_s)


async def test_a_watch_arrives_in_order_with_its_news_between_and_ends_with_done(
    scheduler: Scheduler, eventually: Eventually
) -> None:
    listener, source = Listener(scheduler), Source(30)
    stream_id = listener.session.watch(source.items(), limits(), 0)
    await eventually(lambda: "done" in listener.names())
    assert listener.names() == [*(["progress", *["audio_chunk"] * 10] * 3), "done"]
    chunks = [data for event, data in listener.messages if event == "audio_chunk"]
    assert [chunk["sequence"] for chunk in chunks] == list(range(30))
    assert [chunk["start_sample"] for chunk in chunks] == list(range(0, 300, 10))
    assert b"".join(chunk["pcm"] for chunk in chunks) == b"".join(bytes([n]) * 10 for n in range(30))
    assert listener.messages[0] == ("progress", {"stream_id": stream_id, "percent": 0})
    assert listener.messages[-1] == ("done", {"stream_id": stream_id, "total_samples": 300})
    assert source.is_closed


async def test_who_acknowledges_nothing_is_sent_a_window_and_the_source_is_not_read_on(
    scheduler: Scheduler, eventually: Eventually
) -> None:
    listener, source = Listener(scheduler, acknowledges=False), Source(1000)
    listener.session.watch(source.items(), limits(), 0)
    await eventually(lambda: len(listener.owed) == WINDOW)
    await asyncio.sleep(0.02)
    assert len(listener.owed) == WINDOW
    assert source.n_read <= WINDOW + LANE_CHUNKS + 1
    listener.owed.pop(0)()
    await eventually(lambda: len(listener.owed) == WINDOW)


async def test_who_stalls_is_told_and_the_source_is_let_go(scheduler: Scheduler, eventually: Eventually) -> None:
    listener, source = Listener(scheduler, acknowledges=False), Source(1000)
    stream_id = listener.session.watch(source.items(), limits(stall_timeout_s=0.05), 0)
    await eventually(lambda: "error" in listener.names())
    assert listener.messages[-1][1]["code"] == "listener_stalled"
    assert source.is_closed
    with pytest.raises(StreamNotFoundError):
        listener.session.cancel(stream_id)


async def test_who_reports_where_it_plays_is_sent_no_more_than_the_lead(
    scheduler: Scheduler, eventually: Eventually
) -> None:
    listener, source = Listener(scheduler, acknowledges=False), Source(1000)
    stream_id = listener.session.watch(source.items(), limits(max_lead_s=1.0, stall_timeout_s=0.2), 0)
    listener.session.report_playback(stream_id, 0.0, 0)
    listener.acknowledges = True
    await eventually(lambda: len(listener.names()) >= 10)
    for _ in range(6):  # longer than the patience with those who give no sign
        await asyncio.sleep(0.05)
        listener.session.report_playback(stream_id, 0.0, 0)
    sent = listener.names().count("audio_chunk")
    assert 10 <= sent <= 11 + LANE_CHUNKS
    listener.session.report_playback(stream_id, 2.0, 0)
    await eventually(lambda: listener.names().count("audio_chunk") >= sent + 15)


async def test_an_error_comes_after_the_sound_before_it(scheduler: Scheduler, eventually: Eventually) -> None:
    listener, source = Listener(scheduler), Source(15, TaskCancelledError("Gone."))
    listener.session.watch(source.items(), limits(), 0)
    await eventually(lambda: "error" in listener.names())
    assert listener.names().count("audio_chunk") == 15
    assert listener.messages[-1][1]["code"] == "task_cancelled"


async def test_a_source_that_breaks_says_so_and_no_more(scheduler: Scheduler, eventually: Eventually) -> None:
    async def broken() -> AsyncIterator[PcmChunk | Notice]:
        yield Notice("progress", {})
        raise ZeroDivisionError("a secret")

    listener = Listener(scheduler)
    listener.session.watch(broken(), limits(), 0)
    await eventually(lambda: "error" in listener.names())
    assert listener.messages[-1][1]["code"] == "internal_error"
    assert "secret" not in listener.messages[-1][1]["message"]


@pytest.mark.parametrize("how", ["cancel", "close"])
async def test_a_watch_nobody_wants_any_more_closes_its_source(
    how: str, scheduler: Scheduler, eventually: Eventually
) -> None:
    listener, source = Listener(scheduler), Source(5, holds_open=True)
    stream_id = listener.session.watch(source.items(), limits(), 0)
    await eventually(lambda: listener.names().count("audio_chunk") == 5)
    assert not source.is_closed
    if how == "cancel":
        listener.session.cancel(stream_id)
    else:
        await listener.session.close()
    await eventually(lambda: source.is_closed)
    assert "done" not in listener.names()
    assert "error" not in listener.names()


async def test_a_connection_has_so_many_streams_and_no_more(scheduler: Scheduler, eventually: Eventually) -> None:
    listener = Listener(scheduler)
    first = listener.session.watch(Source(1, holds_open=True).items(), limits(), 0)
    listener.session.watch(Source(1, holds_open=True).items(), limits(), 0)
    with pytest.raises(TooManyStreamsError):
        listener.session.watch(Source(1).items(), limits(), 0)
    listener.session.cancel(first)
    listener.session.watch(Source(1).items(), limits(), 0)
    await eventually(lambda: "done" in listener.names())


async def test_watches_on_one_connection_take_turns(scheduler: Scheduler, eventually: Eventually) -> None:
    listener = Listener(scheduler, acknowledges=False)
    ids = [listener.session.watch(Source(100).items(), limits(), 0) for _ in range(2)]
    await eventually(lambda: len(listener.owed) == WINDOW)
    sent = [data["stream_id"] for event, data in listener.messages if event == "audio_chunk"]
    assert sorted(sent) == sorted(ids * (WINDOW // 2))
    await listener.session.close()
