"""POST /api/convert: a FLAC file up, another format down; the page's download button uses it."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import BinaryIO, ParamSpec, TypeVar

from aiohttp import web
from aiohttp.web_protocol import RequestPayloadError

from server.api.access import check_ready
from server.api.context import CONTEXT
from server.api.departure import while_connected
from server.api.middleware import CLIENT
from server.api.response_body import ResponseBody
from server.audio.convert import convert_flac
from server.audio.encoders import FORMATS
from server.errors import (
    InvalidRequestError,
    OverloadedError,
    PayloadTooLargeError,
    UnsupportedFormatError,
    WildtrackError,
)

MAX_CONVERSIONS = 4
"""At once in this process: each holds a thread, and its file on the disk."""
UPLOAD_TIMEOUT_S = 600.0
"""A body that takes longer to arrive is given up."""
_READ_BYTES = 256 * 1024
_PIECE_BYTES = 64 * 1024

CONVERSIONS: web.AppKey[asyncio.Semaphore] = web.AppKey("conversions", asyncio.Semaphore)

ArgumentsT = ParamSpec("ArgumentsT")
ResultT = TypeVar("ResultT")


async def convert(request: web.Request) -> web.StreamResponse:
    """Convert the body, FLAC, to `?format=` (mp3 unless it says another)."""
    context = request.app[CONTEXT]
    settings = context.settings
    begun_s = context.scheduler.clock()
    check_ready(context)
    format_name = request.query.get("format", "mp3")
    if format_name not in FORMATS:
        raise UnsupportedFormatError(f"There is no such `format`; choose one of {', '.join(FORMATS)}.")
    context.limiter.check(request[CLIENT])
    async with _turn(request.app[CONVERSIONS]), while_connected(request):
        with tempfile.TemporaryFile() as file:
            await _receive(request, file, settings.max_convert_bytes)
            conversion = await _in_thread(convert_flac, file, format_name, settings.max_convert_s)
            body = ResponseBody(request, context, {"Content-Type": conversion.content_type}, begun_s)
            await _send(conversion.pieces, body)
    return body.response


@asynccontextmanager
async def _turn(conversions: asyncio.Semaphore) -> AsyncIterator[None]:
    if conversions.locked():
        raise OverloadedError("As many files are being converted as may be; try again soon.", retry_after_s=5.0)
    async with conversions:
        yield


async def _receive(request: web.Request, file: BinaryIO, most_bytes: int) -> None:
    """Write the body to `file`.

    Raises:
        PayloadTooLargeError: when it is longer than `most_bytes`.
        InvalidRequestError: when it is broken, or does not arrive.
    """
    too_large = PayloadTooLargeError(f"The file is larger than {most_bytes // 2**20} MiB; send a shorter one.")
    if (request.content_length or 0) > most_bytes:
        raise too_large
    n_bytes = 0
    try:
        async with asyncio.timeout(UPLOAD_TIMEOUT_S):
            async for data in request.content.iter_chunked(_READ_BYTES):
                n_bytes += len(data)
                if n_bytes > most_bytes:
                    raise too_large
                await _in_thread(file.write, data)
    except TimeoutError:
        raise InvalidRequestError("The body did not arrive in time; send it at once.") from None
    except RequestPayloadError:
        raise InvalidRequestError("The body could not be read; check its length and its encoding.") from None


async def _send(pieces: Iterator[bytes], body: ResponseBody) -> None:
    while True:
        try:
            data, is_last = await _in_thread(_some_of, pieces)
        except WildtrackError:
            if not body.has_begun:
                raise
            body.break_off()
            return
        await body.write(data)
        if is_last:
            await body.end()
            return


def _some_of(pieces: Iterator[bytes]) -> tuple[bytes, bool]:
    """Enough for one write, and whether it is the end. Runs in a thread."""
    gathered = bytearray()
    for piece in pieces:
        gathered += piece
        if len(gathered) >= _PIECE_BYTES:
            return bytes(gathered), False
    return bytes(gathered), True


async def _in_thread(
    work: Callable[ArgumentsT, ResultT], *args: ArgumentsT.args, **kwargs: ArgumentsT.kwargs
) -> ResultT:
    """Run `work` in a thread and, even when the client leaves meanwhile, wait for it: it holds the file."""
    step = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(step)
    except asyncio.CancelledError:
        with suppress(Exception):
            await step
        raise
