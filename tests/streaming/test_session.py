"""Sessions, outboxes and the scheduler together, with a client that acknowledges when the test says so."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fakes import CHUNK_SAMPLES, CountingEngine, request, scheduler_of

from server.errors import InvalidRequestError, OverloadedError, StreamNotFoundError, TooManyStreamsError, WildtrackError
from server.streaming.capacity import Cost
from server.streaming.outbox import LANE_CHUNKS
from server.streaming.scheduler import Scheduler
from server.streaming.session import Session
from server.streaming.stream import Stream
from server.streaming.tickets import MAX_TICKETS, TICKET_LIFE_S, Tickets

Eventually = Callable[[Callable[[], bool]], Any]


class Client:
    """What one listener received, and the acknowledgements it owes."""

    def __init__(
        self,
        engine: CountingEngine,
        scheduler: Scheduler,
        *,
        acknowledges: bool = True,
        window: int = 4,
        tickets: Tickets | None = None,
    ) -> None:
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self.owed: list[Callable[[], None]] = []
        self.acknowledges = acknowledges
        self.ended: list[Stream] = []
        self.session = Session(
            engine=engine,
            scheduler=scheduler,
            tickets=Tickets(scheduler.clock) if tickets is None else tickets,
            emit=self.receive,
            window=window,
            max_streams=3,
            max_characters=2000,
            on_stream_ended=self.ended.append,
        )

    async def receive(self, event: str, data: dict[str, Any], on_ack: Callable[[], None] | None) -> None:
        self.messages.append((event, data))
        if on_ack is not None:
            if self.acknowledges:
                asyncio.get_running_loop().call_soon(on_ack)
            else:
                self.owed.append(on_ack)

    def pcm(self, stream_id: str) -> bytes:
        return b"".join(d["pcm"] for e, d in self.messages if e == "audio_chunk" and d["stream_id"] == stream_id)

    def events(self, event: str) -> list[dict[str, Any]]:
        return [data for name, data in self.messages if name == event]


async def test_a_stream_arrives_whole_in_order_and_ends_with_done(scheduler: Scheduler, eventually: Eventually) -> None:
    client = Client(CountingEngine(), scheduler)
    stream = await client.session.open(request(30, seed=7))
    await eventually(lambda: bool(client.events("done")))
    chunks = client.events("audio_chunk")
    assert [c["sequence"] for c in chunks] == list(range(30))
    assert [c["start_sample"] for c in chunks] == [CHUNK_SAMPLES * n for n in range(30)]
    assert client.pcm(stream.stream_id) == np.full(30 * CHUNK_SAMPLES, 7, "<i2").tobytes()
    assert client.events("done") == [{"stream_id": stream.stream_id, "total_samples": 30 * CHUNK_SAMPLES}]
    assert client.ended == [stream]
    assert stream.outcome == "done"


async def test_a_client_that_does_not_acknowledge_is_sent_a_window_and_costs_nothing_more(
    scheduler: Scheduler, eventually: Eventually
) -> None:
    engine = CountingEngine()
    client = Client(engine, scheduler, acknowledges=False, window=4)
    await client.session.open(request(100))
    await eventually(lambda: engine.jobs[0].steps == 4 + LANE_CHUNKS)
    await asyncio.sleep(0.05)
    assert engine.jobs[0].steps == 4 + LANE_CHUNKS
    assert len(client.messages) == 4
    client.owed.pop(0)()
    await eventually(lambda: len(client.messages) == 5)


async def test_a_listener_far_enough_ahead_parks_its_stream_until_it_has_played_on(
    scheduler: Scheduler, eventually: Eventually
) -> None:
    engine = CountingEngine()
    client = Client(engine, scheduler)
    stream = await client.session.open(request(100))
    client.session.report_playback(stream.stream_id, 0.0, 0)
    await eventually(lambda: engine.jobs[0].steps >= 11)
    await asyncio.sleep(0.05)
    made = engine.jobs[0].steps
    assert made <= 12  # a lead of one second, and what was under way
    client.session.report_playback(stream.stream_id, 0.5, 0)
    await eventually(lambda: engine.jobs[0].steps >= made + 4)


async def test_cancel_stops_the_work_at_the_next_chunk(scheduler: Scheduler, eventually: Eventually) -> None:
    engine = CountingEngine(step_s=0.01)
    client = Client(engine, scheduler)
    stream = await client.session.open(request(1000))
    await eventually(lambda: len(client.messages) >= 3)
    client.session.cancel(stream.stream_id)
    steps, messages = engine.jobs[0].steps, len(client.messages)
    await asyncio.sleep(0.1)
    assert engine.jobs[0].steps <= steps + 1
    assert len(client.messages) <= messages + 1
    assert engine.jobs[0].closed
    assert stream.outcome == "cancelled"
    with pytest.raises(StreamNotFoundError):
        client.session.cancel(stream.stream_id)


async def test_a_stream_can_be_cancelled_while_its_last_chunks_wait_for_credit(
    scheduler: Scheduler, eventually: Eventually
) -> None:
    client = Client(CountingEngine(), scheduler, acknowledges=False, window=1)
    stream = await client.session.open(request(3))
    await eventually(lambda: stream.outcome == "done")
    client.session.cancel(stream.stream_id)
    for acknowledge in client.owed:
        acknowledge()
    await asyncio.sleep(0.02)
    assert len(client.messages) == 1


async def test_closing_a_session_ends_its_streams(scheduler: Scheduler, eventually: Eventually) -> None:
    engine = CountingEngine(step_s=0.005)
    client = Client(engine, scheduler)
    await client.session.open(request(1000))
    await client.session.open(request(1000))
    await eventually(lambda: len(client.messages) >= 4)
    await client.session.close()
    await eventually(lambda: scheduler.open_streams == 0 and all(job.closed for job in engine.jobs))


async def test_who_leaves_while_in_the_line_leaves_the_line(eventually: Eventually) -> None:
    engine = CountingEngine()
    costs = {"counting": Cost(0.0, 0.9)}
    async with scheduler_of(threads=1, costs=costs, max_waiting=1, max_wait_s=60) as scheduler:
        served, waiting = Client(engine, scheduler, acknowledges=False), Client(engine, scheduler)
        await served.session.open(request(900))
        opening = asyncio.create_task(waiting.session.open(request(2)))
        await eventually(lambda: scheduler.waiting_in_line == 1)
        await waiting.session.close()
        with pytest.raises(StreamNotFoundError):
            await opening
        assert scheduler.waiting_in_line == 0
        assert engine.jobs[1].closed
        await served.session.close()


async def test_two_listeners_get_each_their_own_sound(scheduler: Scheduler, eventually: Eventually) -> None:
    engine = CountingEngine(step_s=0.001)
    clients = [Client(engine, scheduler) for _ in range(2)]
    streams = [[await c.session.open(request(25, seed=10 * n + s)) for s in range(1, 4)] for n, c in enumerate(clients)]
    await eventually(lambda: all(len(c.events("done")) == 3 for c in clients))
    for n, client in enumerate(clients):
        for s, stream in enumerate(streams[n], start=1):
            assert client.pcm(stream.stream_id) == np.full(25 * CHUNK_SAMPLES, 10 * n + s, "<i2").tobytes()


async def test_models_run_in_worker_threads_alone_and_no_more_at_once_than_there_are(
    scheduler: Scheduler, eventually: Eventually
) -> None:
    engine = CountingEngine(step_s=0.003)
    client = Client(engine, scheduler)
    for _ in range(3):
        await client.session.open(request(20))
    await eventually(lambda: len(client.events("done")) == 3)
    threads = set().union(*(job.threads for job in engine.jobs))
    assert threading.current_thread().name not in threads
    assert all(name.startswith("engine") for name in threads)
    assert engine.most_running <= 2


@pytest.mark.parametrize(
    ("raised", "code"),
    [(WildtrackError("broken"), "internal_error"), (ZeroDivisionError("secret text"), "internal_error")],
)
async def test_a_broken_step_is_told_and_takes_nobody_else_down(
    scheduler: Scheduler, eventually: Eventually, raised: Exception, code: str
) -> None:
    broken = Client(CountingEngine(fail_at_step=2, error=raised), scheduler)
    whole = Client(CountingEngine(), scheduler)
    await broken.session.open(request(9))
    await whole.session.open(request(9))
    await eventually(lambda: bool(broken.events("error")) and bool(whole.events("done")))
    assert broken.events("error")[0]["code"] == code
    assert "secret" not in str(broken.messages)
    assert not broken.events("done")


async def test_one_stream_too_many_on_a_connection_is_refused(scheduler: Scheduler) -> None:
    client = Client(CountingEngine(), scheduler, acknowledges=False)
    for _ in range(3):
        await client.session.open(request(100))
    with pytest.raises(TooManyStreamsError):
        await client.session.open(request(100))


async def test_many_requests_at_once_do_not_slip_past_the_limit(scheduler: Scheduler) -> None:
    clients = [Client(CountingEngine(), scheduler, acknowledges=False) for _ in range(12)]
    results = await asyncio.gather(*(c.session.open(request(100)) for c in clients), return_exceptions=True)
    assert sum(isinstance(r, Stream) for r in results) == 8
    assert sum(isinstance(r, OverloadedError) for r in results) == 4


async def test_a_listener_that_takes_nothing_is_ended_in_the_end(eventually: Eventually) -> None:
    async with scheduler_of(threads=1, stall_timeout_s=0.1) as scheduler:
        engine = CountingEngine()
        client = Client(engine, scheduler, acknowledges=False)
        await client.session.open(request(100))
        await eventually(lambda: bool(client.events("error")))
        assert client.events("error")[0]["code"] == "listener_stalled"
        assert engine.jobs[0].closed


async def test_stopping_the_scheduler_ends_every_stream_and_closes_every_job(eventually: Eventually) -> None:
    engine = CountingEngine(step_s=0.02)
    async with scheduler_of(threads=2) as scheduler:
        client = Client(engine, scheduler)
        for _ in range(3):
            await client.session.open(request(1000))
        await eventually(lambda: len(client.messages) > 2)
    assert all(job.closed for job in engine.jobs)


async def test_the_scheduler_tells_when_the_last_stream_has_ended(scheduler: Scheduler, eventually: Eventually) -> None:
    await scheduler.wait_until_idle()
    client = Client(CountingEngine(), scheduler, acknowledges=False, window=1)
    stream = await client.session.open(request(100))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(scheduler.wait_until_idle(), 0.05)
    client.session.cancel(stream.stream_id)
    await scheduler.wait_until_idle()


async def test_a_stream_whose_connection_broke_goes_on_at_its_next_sample(
    scheduler: Scheduler, eventually: Eventually
) -> None:
    engine, tickets = CountingEngine(step_s=0.002), Tickets(scheduler.clock)
    first = Client(engine, scheduler, tickets=tickets)
    stream = await first.session.open(request(60, seed=9))
    await eventually(lambda: len(first.messages) >= 10)
    await first.session.close()
    heard = first.pcm(stream.stream_id)
    second = Client(engine, scheduler, tickets=tickets)
    again = await second.session.resume(stream.stream_id, stream.token, len(heard) // 2)
    assert again.stream_id == stream.stream_id
    await eventually(lambda: bool(second.events("done")))
    assert second.events("audio_chunk")[0]["start_sample"] * 2 == len(heard)
    assert second.events("audio_chunk")[0]["sequence"] == 0
    assert heard + second.pcm(stream.stream_id) == np.full(60 * CHUNK_SAMPLES, 9, "<i2").tobytes()
    assert second.events("done")[0]["total_samples"] == 60 * CHUNK_SAMPLES


async def test_a_stream_taken_up_elsewhere_ends_where_it_ran(scheduler: Scheduler, eventually: Eventually) -> None:
    engine, tickets = CountingEngine(step_s=0.005), Tickets(scheduler.clock)
    first, second = (Client(engine, scheduler, tickets=tickets) for _ in range(2))
    stream = await first.session.open(request(1000))
    await eventually(lambda: len(first.messages) >= 3)
    await second.session.resume(stream.stream_id, stream.token, CHUNK_SAMPLES)
    messages = len(first.messages)
    await eventually(lambda: len(second.messages) >= 3)
    assert len(first.messages) == messages
    assert scheduler.open_streams == 1


async def test_asking_twice_to_go_on_gives_one_stream(scheduler: Scheduler, eventually: Eventually) -> None:
    engine, tickets = CountingEngine(step_s=0.005), Tickets(scheduler.clock)
    first, second, third = (Client(engine, scheduler, tickets=tickets) for _ in range(3))
    stream = await first.session.open(request(1000))
    await eventually(lambda: len(first.messages) >= 3)
    await asyncio.gather(*(c.session.resume(stream.stream_id, stream.token, CHUNK_SAMPLES) for c in (second, third)))
    assert scheduler.open_streams == 1


async def test_a_stream_answers_to_its_own_token_alone(scheduler: Scheduler, eventually: Eventually) -> None:
    tickets = Tickets(scheduler.clock)
    owner, stranger = (Client(CountingEngine(step_s=0.005), scheduler, tickets=tickets) for _ in range(2))
    stream = await owner.session.open(request(1000))
    other = await owner.session.open(request(1000))
    for token in ("", "wrong", other.token, stream.token[:-1], stream.token + "x", "\ud800", "ü"):
        with pytest.raises(StreamNotFoundError):
            await stranger.session.resume(stream.stream_id, token, 0)
    with pytest.raises(StreamNotFoundError):
        await stranger.session.resume("nothing", stream.token, 0)
    assert scheduler.open_streams == 2


async def test_a_stream_cannot_be_taken_up_where_it_never_was(scheduler: Scheduler, eventually: Eventually) -> None:
    client = Client(CountingEngine(), scheduler)
    stream = await client.session.open(request(3))
    await eventually(lambda: bool(client.events("done")))
    with pytest.raises(InvalidRequestError):
        await client.session.resume(stream.stream_id, stream.token, 3 * CHUNK_SAMPLES + 1)
    await client.session.resume(stream.stream_id, stream.token, 3 * CHUNK_SAMPLES)
    await eventually(lambda: len(client.events("done")) == 2)


async def test_a_cancelled_stream_is_forgotten(scheduler: Scheduler) -> None:
    client = Client(CountingEngine(), scheduler, acknowledges=False)
    stream = await client.session.open(request(100))
    client.session.cancel(stream.stream_id)
    with pytest.raises(StreamNotFoundError):
        await client.session.resume(stream.stream_id, stream.token, 0)


async def test_tickets_expire_and_are_bounded(scheduler: Scheduler) -> None:
    now_s = 0.0
    tickets = Tickets(lambda: now_s)
    client = Client(CountingEngine(), scheduler, acknowledges=False, tickets=tickets)
    stream = await client.session.open(request(100))
    for n in range(MAX_TICKETS - 1):
        tickets.remember(Stream(stream.engine, stream.request, stream.job, stream.outlet, 0.0, lambda _: None, str(n)))
    assert tickets.find(stream.stream_id, stream.token) is stream
    now_s = TICKET_LIFE_S + 1
    with pytest.raises(StreamNotFoundError):
        tickets.find(stream.stream_id, stream.token)
    tickets.remember(Stream(stream.engine, stream.request, stream.job, stream.outlet, 0.0, lambda _: None, "new"))
    assert len(tickets) == 1
