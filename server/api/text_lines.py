"""Reads a request's body as lines of JSON while they come: text on its way to be spoken."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

from aiohttp import web
from aiohttp.web_protocol import RequestPayloadError

from server.api.json_body import parse_json_object
from server.errors import InvalidRequestError, PayloadTooLargeError
from server.protocol.events import parse
from server.protocol.http import TextLine

MAX_LINE_BYTES: Final = 64 * 1024
_LINES_AT_ONCE: Final = 16
"""Lines that are read before others have their turn on the event loop."""


async def read_text_lines(request: web.Request, *, max_bytes: int) -> AsyncGenerator[TextLine]:
    """Yield each line as soon as it is there; empty ones are passed over. The last needs no line break.

    Raises:
        InvalidRequestError: when a line is no JSON object of `TextLine`'s form, or the body's encoding is broken.
        PayloadTooLargeError: when a line is longer than `MAX_LINE_BYTES`, or all of them than `max_bytes`.
        ConnectionError: when the client has left before its request was whole.
    """
    unread = b""
    n_bytes = 0
    n_lines = 0
    try:
        async for data in request.content.iter_any():
            n_bytes += len(data)
            if n_bytes > max_bytes:
                raise PayloadTooLargeError(f"The body is longer than {max_bytes} bytes; go on in another request.")
            *lines, unread = (unread + data).split(b"\n")
            if any(len(line) > MAX_LINE_BYTES for line in (*lines, unread)):
                raise PayloadTooLargeError(f"A line is longer than {MAX_LINE_BYTES} bytes; cut the text anywhere.")
            for line in lines:
                if line.strip():
                    yield _read(line)
                n_lines += 1
                if n_lines % _LINES_AT_ONCE == 0:
                    await asyncio.sleep(0)
    except RequestPayloadError:
        raise InvalidRequestError("The body could not be read; check its length and its encoding.") from None
    if unread.strip():
        yield _read(unread)


def _read(line: bytes) -> TextLine:
    return parse(TextLine, parse_json_object(line))
