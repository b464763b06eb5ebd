"""What every request passes on its way in and every response on its way out."""

import secrets
from collections.abc import Awaitable, Callable

from aiohttp import web

from server.api.access import authenticate, bearer_token, check_host, is_cross_origin_allowed, is_origin_allowed
from server.api.context import CONTEXT
from server.api.error_table import error_response
from server.errors import (
    ForbiddenError,
    InternalError,
    InvalidRequestError,
    MethodNotAllowedError,
    NotFoundError,
    PayloadTooLargeError,
    WildtrackError,
)
from server.logs import frames_of, get_logger

_log = get_logger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CLIENT: web.RequestKey[str] = web.RequestKey("client", str)
"""Who sent a request: a key's id or an address. Set where `KEYED_PREFIXES` match."""
_REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id", str)

KEYED_PREFIXES = ("/v1/", "/api/", "/metrics", "/start-generation/")
"""Paths that need an API key where keys are needed. The page, its modules and the probes do not."""
TICKETED_PREFIX = "/v1/video/foley/"
"""Where a ticket in the query does instead, for what a browser loads by itself: the handler checks it."""

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "media-src 'self' blob:",
        "connect-src 'self' ws: wss:",
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
EXPOSED_HEADERS = ", ".join(
    ("X-Request-ID", "X-Wildtrack-Voice", "X-Wildtrack-Notice", "X-Wildtrack-Ignored", "Server-Timing", "Retry-After")
)
"""Headers that pages of `cors_origins` may read."""


@web.middleware
async def report_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever goes wrong into the JSON of server/api/error_table.py."""
    request[_REQUEST_ID] = secrets.token_hex(8)
    try:
        return await handler(request)
    except WildtrackError as error:
        return _refusal(request, error)
    except web.HTTPException as error:
        return _translate(request, error)
    except ConnectionError:  # the client has left
        return _nothing_more(request)
    except Exception as error:
        _log.error(
            "request_failed",
            request_id=request[_REQUEST_ID],
            method=request.method,
            error=type(error).__name__,
            frames=frames_of(error),
        )
        if request.writer.output_size > 0:  # a response has begun: a second one would be read as part of it
            return _nothing_more(request)
        return _refusal(request, InternalError("Something went wrong on the server; try again."))


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let in only requests that are addressed to us, from pages that may send them, with a key where one is needed."""
    context = request.app[CONTEXT]
    check_host(context.settings, request.headers.get("Host"))
    origin = request.headers.get("Origin")
    is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    # A WebSocket begins as a GET, and can then ask for anything (RFC 6455, 10.2).
    is_websocket = request.headers.get("Upgrade", "").lower() == "websocket"
    may_change = is_preflight or is_websocket or request.method not in _SAFE_METHODS
    if may_change and not is_origin_allowed(context, origin, request.host):
        raise ForbiddenError("Pages of this origin may not use this server; add it to WILDTRACK_CORS_ORIGINS.")
    if is_preflight:
        return _preflight(request)
    if request.path.startswith(KEYED_PREFIXES) and not _brings_ticket(request):
        presented = bearer_token(request.headers.get("Authorization"))
        request[CLIENT] = authenticate(context, presented, request.remote)
    return await handler(request)


def _brings_ticket(request: web.Request) -> bool:
    is_reading = request.method in _SAFE_METHODS and request.path.startswith(TICKETED_PREFIX)
    return is_reading and bool(request.query.get("ticket"))


MIDDLEWARES = (report_errors, guard)
"""Outermost first."""


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal `on_response_prepare`: works for streams too, whose headers leave before their handler returns."""
    headers = response.headers
    headers["Server"] = "wildtrack"
    headers["X-Request-ID"] = request.get(_REQUEST_ID, "")
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    settings = request.app[CONTEXT].settings
    if settings.cors_origins:
        headers.add("Vary", "Origin")
    origin = request.headers.get("Origin")
    if is_cross_origin_allowed(settings, origin):
        headers["Access-Control-Allow-Origin"] = origin or ""
        headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS


def _refusal(request: web.Request, error: WildtrackError) -> web.Response:
    request.app[CONTEXT].metrics.refused("http", error.code)
    return error_response(error)


def _nothing_more(request: web.Request) -> web.Response:
    """Close the connection. The response is for aiohttp, which wants one and finds that it cannot be sent."""
    if request.transport is not None:
        request.transport.close()
    return web.Response(status=499)


def _preflight(request: web.Request) -> web.Response:
    """Answer a browser that asks before it sends (Fetch Standard, 3.3.2)."""
    return web.Response(
        status=204,
        headers={
            "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE",
            # OpenAI's client sends a dozen of its own; who may send at all is decided by the origin.
            "Access-Control-Allow-Headers": request.headers.get("Access-Control-Request-Headers", ""),
            "Access-Control-Max-Age": "600",
        },
    )


def _translate(request: web.Request, error: web.HTTPException) -> web.StreamResponse:
    """Say in our words what aiohttp found wrong."""
    if error.status < 400:
        raise error
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        response = _refusal(request, MethodNotAllowedError(f"This path takes {allowed}."))
        response.headers["Allow"] = allowed
        return response
    if isinstance(error, web.HTTPNotFound):
        return _refusal(request, NotFoundError("There is nothing at this path; docs/http.md lists what there is."))
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return _refusal(request, PayloadTooLargeError("The body is too large for this path; send less."))
    if error.status >= 500:
        return _refusal(request, InternalError("Something went wrong on the server; try again."))
    return _refusal(request, InvalidRequestError("The request is not valid HTTP for this path."))
