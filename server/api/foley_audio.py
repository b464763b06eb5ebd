"""GET .../audio: a task's sound as a file, from its first sample on, while it is still being made."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Final

import numpy as np
from aiohttp import web
from pydantic import ValidationError

from server.api.context import CONTEXT
from server.api.departure import while_connected
from server.api.foley_access import foley_of, reader, task_in
from server.api.followers import FOLLOWERS
from server.api.response_body import ResponseBody
from server.audio.encoders import Encoder, open_encoder
from server.audio.encoders.wav import WavEncoder
from server.audio.pcm import from_s16le
from server.engines.foley.backend import CHANNELS, SAMPLE_RATE_HZ
from server.errors import InvalidRequestError, WildtrackError
from server.protocol.events import describe
from server.protocol.foley import AudioOptions
from server.tasks.state import Entry, Task

_AT_ONCE: Final = 10
"""Chunks that are encoded together where all of them are there: a second, some 5 ms of a core."""


async def foley_audio(request: web.Request) -> web.StreamResponse:
    """The sound in `format`, `sample_rate` and `channels` of the query."""
    context = request.app[CONTEXT]
    begun_s = context.scheduler.clock()
    foley = foley_of(request)
    task_id, credential = task_in(request), reader(request)
    task = await foley.tasks.status(task_id, credential)
    options = audio_options(request.query)
    encoder, length = _open(options, task)
    headers = {"Content-Type": encoder.content_type}
    if length is not None:
        headers["Content-Length"] = str(length)
    body = ResponseBody(request, context, headers, begun_s)
    if request.method == "HEAD":
        return web.Response(headers=body.response.headers)
    watching = foley.tasks.watch(task_id, credential)
    with request.app[FOLLOWERS].following():
        async with while_connected(request), aclosing(watching) as entries:
            chunks = _chunks(entries, _AT_ONCE if task.state == "completed" else 1)
            try:
                await _send(chunks, encoder, options.channels, body)
            except WildtrackError:
                if not body.has_begun:
                    raise
                body.break_off()
    return body.response


def audio_options(query: Mapping[str, str]) -> AudioOptions:
    """What is asked for in the query; a ticket is no option.

    Raises:
        InvalidRequestError: naming the first that is wrong.
    """
    try:
        return AudioOptions.model_validate({name: value for name, value in query.items() if name != "ticket"})
    except ValidationError as error:
        raise InvalidRequestError(describe(error)) from None


def _open(options: AudioOptions, task: Task) -> tuple[Encoder, int | None]:
    """The encoder, and the length of its file where that is known before."""
    if options.format == "wav" and options.sample_rate == SAMPLE_RATE_HZ and task.state == "completed":
        encoder = WavEncoder(SAMPLE_RATE_HZ, options.channels, task.n_samples)
        return encoder, len(encoder.start()) + 2 * options.channels * task.n_samples
    return open_encoder(options.format, SAMPLE_RATE_HZ, options.channels, options.sample_rate), None


async def _chunks(entries: AsyncIterator[Entry], at_once: int) -> AsyncIterator[bytes]:
    """The sound among the entries, so many chunks at a time."""
    waiting: list[bytes] = []
    async for entry in entries:
        if entry.pcm is not None:
            waiting.append(entry.pcm)
            if len(waiting) >= at_once:
                yield b"".join(waiting)
                waiting = []
    if waiting:
        yield b"".join(waiting)


async def _send(chunks: AsyncIterator[bytes], encoder: Encoder, channels: int, body: ResponseBody) -> None:
    waiting = encoder.start()
    async for pcm in chunks:
        # A whole file may be there at once: encoding that on the event loop would hold up everybody who listens.
        data = await asyncio.to_thread(_encode, encoder, pcm, channels)
        if waiting or data:
            await body.write(waiting + data)
            waiting = b""
    ending = waiting + await asyncio.to_thread(encoder.finish)
    if ending or not body.has_begun:
        await body.write(ending)
    await body.end()


def _encode(encoder: Encoder, pcm: bytes, channels: int) -> bytes:
    samples = from_s16le(pcm, CHANNELS)
    return encoder.encode(samples if channels == CHANNELS else np.mean(samples, axis=1, keepdims=True))
