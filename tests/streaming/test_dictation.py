"""Streams whose text comes in pieces, over sessions, outboxes and the scheduler, with an engine that hums."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from fakes import scheduler_of
from humming import KOKORO_SYMBOLS, Humming, engine_of, render, request

from server.audio.pcm import to_s16le
from server.engines.tts.speech import SpeechEngine
from server.errors import (
    InvalidRequestError,
    RateLimitedError,
    StreamNotFoundError,
    TextEndedError,
    TextTooLongError,
)
from server.streaming.dictation import MAX_FLUSHES, Dictation
from server.streaming.scheduler import Scheduler
from server.streaming.session import Session
from server.streaming.stream import Stream, StreamState
from server.streaming.tickets import Tickets
from server.text.phonemizer import Phonemizer

Eventually = Callable[[Callable[[], bool]], Any]
TEXT = "Well, this is how it began, on a rainy day in May. 然后他们就回家了。Nobody knows what came after that, or why."


@pytest.fixture(scope="module")
def phonemizer() -> Phonemizer:
    return Phonemizer(KOKORO_SYMBOLS)


@pytest.fixture
def engine(phonemizer: Phonemizer) -> SpeechEngine:
    return engine_of(Humming(), phonemizer)


class Client:
    """What one listener received, in order; it acknowledges while `takes` is true."""

    def __init__(self, engine: SpeechEngine, scheduler: Scheduler, tickets: Tickets | None = None) -> None:
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self.owed: list[Callable[[], None]] = []
        self.takes = True
        self.underruns: list[int] = []
        self.session = Session(
            engine=engine,
            scheduler=scheduler,
            tickets=Tickets(scheduler.clock) if tickets is None else tickets,
            emit=self.receive,
            window=4,
            max_streams=3,
            max_characters=2000,
            on_stream_ended=lambda _: None,
            on_underruns=lambda _, more: self.underruns.append(more),
        )

    async def receive(self, event: str, data: dict[str, Any], on_ack: Callable[[], None] | None) -> None:
        self.messages.append((event, data))
        if on_ack is not None and self.takes:
            asyncio.get_running_loop().call_soon(on_ack)
        elif on_ack is not None:
            self.owed.append(on_ack)

    def pcm(self, stream_id: str) -> bytes:
        return b"".join(d["pcm"] for e, d in self.messages if e == "audio_chunk" and d["stream_id"] == stream_id)

    def events(self, event: str) -> list[dict[str, Any]]:
        return [data for name, data in self.messages if name == event]

    async def open(self, text: str = "", **more: object) -> Stream:
        return await self.session.open(request(text, "am_michael", is_open=True, **more))

    def write(self, stream: Stream, text: str = "", *, flush: bool = False, end: bool = False) -> int:
        return self.session.write(stream.stream_id, text, flush=flush, end=end)


def spoken(engine: SpeechEngine, text: str, **more: object) -> bytes:
    return to_s16le(render(engine, engine.open(request(text, "am_michael", **more)))[:, None])


async def test_text_that_comes_word_by_word_sounds_like_the_whole(
    engine: SpeechEngine, scheduler: Scheduler, eventually: Eventually
) -> None:
    client = Client(engine, scheduler)
    stream = await client.open("Well, ", seed=4)
    for n, word in enumerate(TEXT[6:].split(" ")):
        assert client.write(stream, (" " if n else "") + word) == n + 1
        await asyncio.sleep(0.003)
    client.write(stream, end=True)
    await eventually(lambda: bool(client.events("done")))
    assert client.pcm(stream.stream_id) == spoken(engine, TEXT, seed=4)
    assert client.events("done")[0]["total_samples"] * 2 == len(client.pcm(stream.stream_id))


async def test_several_streams_on_one_connection_are_never_mixed_up(
    engine: SpeechEngine, scheduler: Scheduler, eventually: Eventually
) -> None:
    client = Client(engine, scheduler)
    texts = {n: f"Here is the text of number {n}, and of nobody else. 就这样。" for n in range(3)}
    streams = {n: await client.open(seed=n) for n in texts}
    for place in range(60):
        for n, text in texts.items():
            if place < len(text):
                client.write(streams[n], text[place], end=place == len(text) - 1)
        await asyncio.sleep(0)
    await eventually(lambda: len(client.events("done")) == 3)
    for n, text in texts.items():
        assert client.pcm(streams[n].stream_id) == spoken(engine, text, seed=n)


async def test_a_stream_with_nothing_to_say_waits_and_costs_nothing(
    engine: SpeechEngine, scheduler: Scheduler, eventually: Eventually
) -> None:
    client = Client(engine, scheduler)
    stream = await client.open()
    await eventually(lambda: stream.state is StreamState.STARVED)
    client.write(stream, "Half a sen")
    await eventually(lambda: stream.state is StreamState.STARVED)
    assert client.messages == []
    client.write(stream, "tence. A")
    await eventually(lambda: stream.state is StreamState.STARVED)
    await eventually(lambda: client.pcm(stream.stream_id) == spoken(engine, "Half a sentence."))


async def test_flushed_comes_right_after_the_last_sound_of_what_was_flushed(
    engine: SpeechEngine, scheduler: Scheduler, eventually: Eventually
) -> None:
    client = Client(engine, scheduler)
    client.takes = False
    stream = await client.open()
    client.write(stream, "One of them. And an", flush=True)
    client.write(stream, "other one", flush=True, end=True)
    await eventually(lambda: len(client.owed) == 4)
    assert not client.events("flushed")
    client.takes = True
    for acknowledge in client.owed:
        acknowledge()
    await eventually(lambda: bool(client.events("done")))
    heard = 0
    for _, data in client.messages:
        assert data.get("start_sample", heard) == heard
        heard += len(data.get("pcm", b"")) // 2
    assert [data["flush"] for data in client.events("flushed")] == [0, 1]
    assert client.messages[-2][0] == "flushed"
    first = client.events("flushed")[0]["start_sample"]
    assert client.pcm(stream.stream_id)[: 2 * first] == spoken(engine, "One of them. And an")


async def test_a_broken_connection_goes_on_to_the_byte_with_the_text_that_comes_after(
    engine: SpeechEngine, scheduler: Scheduler, eventually: Eventually
) -> None:
    async def speak(breaks: list[int]) -> tuple[bytes, list[int]]:
        tickets = Tickets(scheduler.clock)
        client = Client(engine, scheduler, tickets)
        stream = await client.open(seed=8)
        heard, flushed = b"", {}
        for place, character in enumerate(TEXT):
            client.write(stream, character, flush=place in {20, 60}, end=place == len(TEXT) - 1)
            if place in breaks:
                await eventually(lambda stream=stream: stream.state is not StreamState.STEPPING)
                await client.session.close()
                heard += client.pcm(stream.stream_id)
                flushed |= {data["flush"]: data["start_sample"] for data in client.events("flushed")}
                client = Client(engine, scheduler, tickets)
                stream = await client.session.resume(stream.stream_id, stream.token, len(heard) // 2)
                assert stream.dictation is not None
                assert stream.dictation.n_texts == place + 1
        await eventually(lambda: bool(client.events("done")))
        flushed |= {data["flush"]: data["start_sample"] for data in client.events("flushed")}
        return heard + client.pcm(stream.stream_id), [flushed[n] for n in range(2)]

    whole = await speak([])
    assert await speak([5]) == whole
    assert await speak([20, 21, 59, 60, 61, 90]) == whole
    assert await speak([len(TEXT) - 1]) == whole


async def test_no_text_comes_by_a_connection_whose_stream_was_taken_up_elsewhere(
    engine: SpeechEngine, scheduler: Scheduler
) -> None:
    tickets = Tickets(scheduler.clock)
    first, second = (Client(engine, scheduler, tickets) for _ in range(2))
    stream = await first.open()
    first.write(stream, "One.")
    again = await second.session.resume(stream.stream_id, stream.token, 0)
    with pytest.raises(StreamNotFoundError):
        first.write(stream, "Two.")
    assert second.write(again, "Three.") == 2


async def test_text_for_a_stream_that_takes_none_is_refused(
    engine: SpeechEngine, scheduler: Scheduler, eventually: Eventually
) -> None:
    client, stranger = Client(engine, scheduler), Client(engine, scheduler)
    client.takes = False
    whole = await client.session.open(request("Said at once, all of it, and quite long enough.", "am_michael"))
    with pytest.raises(TextEndedError):
        client.write(whole, "More.")
    stream = await client.open("This is quite long enough to be spoken for a while, I think.")
    with pytest.raises(StreamNotFoundError):
        stranger.write(stream, "Mine.")
    with pytest.raises(InvalidRequestError):
        client.write(stream)
    with pytest.raises(TextTooLongError):
        client.write(stream, "a" * 1941)
    assert client.write(stream, "a" * 1940, end=True) == 1
    with pytest.raises(TextEndedError):
        client.write(stream, "More.")
    client.session.cancel(stream.stream_id)
    with pytest.raises(StreamNotFoundError):
        client.write(stream, "More.")


async def test_text_that_does_not_come_ends_the_stream_but_not_while_it_is_spoken(
    engine: SpeechEngine, eventually: Eventually
) -> None:
    async with scheduler_of(threads=1, text_timeout_s=0.1) as scheduler:
        client = Client(engine, scheduler)
        client.takes = False
        stream = await client.open("A sentence that is long enough to fill the window of a listener. And more.")
        await asyncio.sleep(0.3)
        assert not client.events("error")
        client.takes = True
        for acknowledge in client.owed:
            acknowledge()
        await eventually(lambda: bool(client.events("error")))
        assert client.events("error")[0]["code"] == "text_timeout"
        assert scheduler.open_streams == 0
        again = await client.session.resume(stream.stream_id, stream.token, stream.produced_samples)
        client.write(again, end=True)
        await eventually(lambda: bool(client.events("done")))


async def test_a_listener_that_runs_dry_because_text_has_not_come_is_not_counted(
    engine: SpeechEngine, scheduler: Scheduler, eventually: Eventually
) -> None:
    client = Client(engine, scheduler)
    stream = await client.open("Half a sen")
    await eventually(lambda: stream.state is StreamState.STARVED)
    client.session.report_playback(stream.stream_id, 0.0, 3)
    assert client.underruns == []
    client.takes = False
    client.write(stream, "tence that is long enough to fill the window of a listener, and more.", end=True)
    client.session.report_playback(stream.stream_id, 0.1, 4)
    assert client.underruns == [1]


async def test_a_text_that_ends_without_a_word_is_an_error(
    engine: SpeechEngine, scheduler: Scheduler, eventually: Eventually
) -> None:
    client = Client(engine, scheduler)
    stream = await client.open()
    client.write(stream, " … ", end=True)
    await eventually(lambda: bool(client.events("error")))
    assert client.events("error")[0]["code"] == "text_empty"


async def test_a_flush_that_a_job_answers_again_after_it_was_suspended_is_told_once(
    engine: SpeechEngine, scheduler: Scheduler, eventually: Eventually
) -> None:
    client = Client(engine, scheduler)
    stream = await client.open()
    client.write(stream, "One of them.", flush=True)
    await eventually(lambda: len(client.events("flushed")) == 1 and stream.state is StreamState.STARVED)
    stream.engine.close(stream.job)
    stream.is_suspended = True
    assert stream.dictation is not None
    stream.dictation.take(lambda *_, **__: None, " And another.", flush=False, end=True)
    scheduler.feed(stream)
    await eventually(lambda: bool(client.events("done")))
    assert len(client.events("flushed")) == 1


def test_flushes_that_nobody_answers_are_bounded() -> None:
    dictation = Dictation(request("", is_open=True), max_characters=MAX_FLUSHES + 1)
    for _ in range(MAX_FLUSHES):
        dictation.take(lambda *_, **__: None, "", flush=True, end=False)
    with pytest.raises(RateLimitedError):
        dictation.take(lambda *_, **__: None, "", flush=True, end=False)
    dictation.answered(0)
    dictation.take(lambda *_, **__: None, "", flush=True, end=False)
    dictation.answered(500)
    with pytest.raises(TextTooLongError):
        dictation.take(lambda *_, **__: None, "", flush=True, end=False)


async def test_a_ticket_counts_all_text_that_came_and_lives_on_while_it_comes(
    engine: SpeechEngine, scheduler: Scheduler
) -> None:
    now_s = 0.0
    tickets = Tickets(lambda: now_s)
    client = Client(engine, scheduler, tickets)
    stream = await client.open()
    for _ in range(3):
        now_s += 500
        client.write(stream, "a" * 100)
    assert tickets.find(stream.stream_id, stream.token) is stream
    assert tickets.n_characters == 300
    client.session.cancel(stream.stream_id)
    assert tickets.n_characters == 0
