"""Streams one rendering as the body of one HTTP response, from the first chunk on.

Headers go out with the first audio, so an error before it is still an answer with a status of its own. After that an
error can only break the body off, which a client notices; server-sent events can say it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from aiohttp import web

from server.api.context import ApiContext
from server.api.departure import while_connected
from server.api.error_table import error_body
from server.api.response_body import ResponseBody
from server.audio.encoders import Encoder, open_encoder
from server.audio.timing import SpeechTiming
from server.engines.base import SpeechRequest, TimingKind
from server.errors import WildtrackError
from server.logs import frames_of, get_logger
from server.protocol.openai import delta_event, done_event, error_event, timing_event
from server.streaming.direct import DirectStream, open_direct
from server.streaming.timing_message import timing_message

_log = get_logger(__name__)


class Wrapping(Protocol):
    """How the bytes of an audio file become the bytes of a body."""

    content_type: str | None
    """None: the audio's own."""

    def audio(self, data: bytes) -> bytes:
        """Wrap a piece of the file."""

    def timings(self, timings: Sequence[SpeechTiming]) -> bytes:
        """What tells when the sound that follows is heard."""

    def done(self, *, characters: int, audio_s: float) -> bytes:
        """What follows the last piece."""

    def error(self, error: WildtrackError) -> bytes | None:
        """What tells of an error; None where the body has no way to."""


class PlainAudio:
    """The body is the audio file."""

    content_type: str | None = None

    def audio(self, data: bytes) -> bytes:
        """The file as it is."""
        return data

    def timings(self, timings: Sequence[SpeechTiming]) -> bytes:
        """Nothing."""
        return b""

    def done(self, *, characters: int, audio_s: float) -> bytes:
        """Nothing."""
        return b""

    def error(self, error: WildtrackError) -> bytes | None:
        """There is no way."""
        return None


class AudioEvents:
    """The body is a stream of OpenAI's server-sent events."""

    content_type: str | None = "text/event-stream"

    def __init__(self, kinds: tuple[TimingKind, ...] = ()) -> None:
        """`kinds` of timings are told; marks always are."""
        self._kinds = kinds

    def audio(self, data: bytes) -> bytes:
        """A `speech.audio.delta`."""
        return delta_event(data)

    def timings(self, timings: Sequence[SpeechTiming]) -> bytes:
        """A `speech.audio.timing` for each."""
        told = (timing for timing in timings if self._kinds or timing.marks)
        return b"".join(timing_event(timing_message(timing, self._kinds)) for timing in told)

    def done(self, *, characters: int, audio_s: float) -> bytes:
        """A `speech.audio.done`."""
        return done_event(characters=characters, audio_s=audio_s)

    def error(self, error: WildtrackError) -> bytes | None:
        """An `error`."""
        return error_event(error_body(error))


async def stream_audio(
    request: web.Request,
    context: ApiContext,
    speech: SpeechRequest,
    *,
    is_bulk: bool,
    format_name: str,
    wrapping: Wrapping,
    headers: Mapping[str, str],
    alongside: Callable[[DirectStream], Coroutine[Any, Any, None]] | None = None,
) -> web.StreamResponse:
    """Speak, and send each chunk as it is made.

    `alongside` runs meanwhile and brings the text of a request that `is_open`; it tells the stream what goes wrong.

    Raises:
        WildtrackError: before the first audio, when the request cannot be served.
        ConnectionResetError: when the client leaves; what was being made for it is dropped.
    """
    begun_s = context.scheduler.clock()
    async with (
        while_connected(request),
        open_direct(
            context.engine,
            context.scheduler,
            speech,
            context.on_stream_ended,
            is_bulk=is_bulk,
            max_characters=context.settings.max_text_characters,
        ) as direct,
        _running(alongside, direct),
    ):
        job = direct.stream.job
        encoder = open_encoder(format_name, job.sample_rate_hz, job.channels)
        described = dict(headers)
        described["Content-Type"] = wrapping.content_type or encoder.content_type
        described["X-Wildtrack-Voice"] = job.voice.id
        if job.notice is not None:
            described["X-Wildtrack-Notice"] = job.notice.encode("ascii", "replace").decode("ascii")
        body = ResponseBody(request, context, described, begun_s)
        try:
            await _send(direct, encoder, body, wrapping)
        except (WildtrackError, ConnectionError):
            raise
        except Exception as error:
            if not body.has_begun:
                raise
            _log.error("body_failed", error=type(error).__name__, frames=frames_of(error))
            body.break_off()
        return body.response


@asynccontextmanager
async def _running(
    alongside: Callable[[DirectStream], Coroutine[Any, Any, None]] | None, direct: DirectStream
) -> AsyncIterator[None]:
    task = None if alongside is None else asyncio.create_task(alongside(direct), name="text-reader")
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _send(direct: DirectStream, encoder: Encoder, body: ResponseBody, wrapping: Wrapping) -> None:
    # Encoding 100 ms takes 0.01 ms (pcm) to 0.7 ms (opus) on one core of a 2020s server: less than a thread's switch
    # would, so it stays on the event loop. Models never run here.
    waiting = encoder.start()
    n_samples = 0
    try:
        async for chunk in direct.chunks:
            n_samples += len(chunk.samples)
            data = encoder.encode(chunk.samples)
            told = wrapping.timings(chunk.timings)
            if data or told:
                await body.write(told + (wrapping.audio(waiting + data) if data else b""))
                waiting = b"" if data else waiting
    except WildtrackError as error:
        if not body.has_begun:
            raise
        last_words = wrapping.error(error)
        if last_words is None:
            body.break_off()
        else:
            await body.write(last_words)
        return
    data = waiting + encoder.finish()
    audio_s = n_samples / direct.stream.job.sample_rate_hz
    done = wrapping.done(characters=direct.stream.n_characters, audio_s=audio_s)
    ending = (wrapping.audio(data) if data else b"") + done
    if ending or not body.has_begun:
        await body.write(ending)
    await body.end()
