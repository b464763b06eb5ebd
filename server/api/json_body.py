"""Reads a request's JSON, whatever was sent instead."""

import asyncio
import json
from typing import Any, NoReturn

from aiohttp import web
from aiohttp.web_protocol import RequestPayloadError

from server.errors import InvalidRequestError

BODY_TIMEOUT_S = 30.0
"""A body that takes longer to arrive is given up, with its connection's memory."""


async def read_json_object(request: web.Request) -> dict[str, Any]:
    """The object in the body, whatever its Content-Type says: curl sends JSON as a form.

    Raises:
        InvalidRequestError: when it is no JSON object, nested too deeply, or does not arrive.
        aiohttp.web.HTTPRequestEntityTooLarge: when it is longer than the application's `client_max_size`.
    """
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            body = await request.read()
    except TimeoutError:
        raise InvalidRequestError("The body did not arrive in time; send it at once.") from None
    except RequestPayloadError:
        raise InvalidRequestError("The body could not be read; check its length and its encoding.") from None
    return parse_json_object(body)


def parse_json_object(body: bytes) -> dict[str, Any]:
    """The object that these bytes are.

    Raises:
        InvalidRequestError: when they are none.
    """
    try:
        data = json.loads(body, parse_constant=_refuse)
        # Python reads half a surrogate pair (RFC 8259, 8.2) but cannot write it, nor can anything after us.
        json.dumps(data, ensure_ascii=False).encode()
    except (ValueError, RecursionError):  # not JSON, not Unicode, a number of a million digits; or nested too deeply
        raise InvalidRequestError("The body is not valid JSON.") from None
    if not isinstance(data, dict):
        raise InvalidRequestError("Send a JSON object.")
    return data


def _refuse(_: str) -> NoReturn:
    """NaN and Infinity are no JSON (RFC 8259, 6), though Python reads them."""
    raise ValueError
