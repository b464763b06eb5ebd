"""The one table from an error's class to its HTTP status, and the JSON that says it."""

import math
from types import MappingProxyType
from typing import Any

from aiohttp import web

from server.errors import (
    ConfigurationError,
    DecoderCrashedError,
    DecoderMemoryError,
    DecoderTimeError,
    DrainingError,
    FoleyUnavailableError,
    ForbiddenError,
    InternalError,
    InvalidRequestError,
    InvalidSsmlError,
    ListenerStalledError,
    MethodNotAllowedError,
    ModelUnavailableError,
    NoPictureError,
    NotAVideoError,
    NotFoundError,
    OverloadedError,
    PayloadTooLargeError,
    RateLimitedError,
    StorageFullError,
    StreamNotFoundError,
    TaskCancelledError,
    TaskNotFoundError,
    TaskNotReadyError,
    TaskTimeoutError,
    TextEmptyError,
    TextEndedError,
    TextTimeoutError,
    TextTooLongError,
    TooManyPixelsError,
    TooManyStreamsError,
    TooManyTasksError,
    UnauthorizedError,
    UnsupportedCodecError,
    UnsupportedEmotionError,
    UnsupportedFormatError,
    UnsupportedLanguageError,
    UrlFailedError,
    UrlRefusedError,
    VideoDamagedError,
    VideoEmptyError,
    VideoTooLargeError,
    VideoTooLongError,
    VideoTruncatedError,
    VideoUnreadableError,
    VoiceNotFoundError,
    WildtrackError,
)

STATUS: MappingProxyType[type[WildtrackError], int] = MappingProxyType(
    {
        WildtrackError: 500,
        InternalError: 500,
        InvalidRequestError: 400,
        TextEmptyError: 400,
        TextTooLongError: 400,
        TextEndedError: 409,
        TextTimeoutError: 408,
        # 400 rather than 404: the path exists, and OpenAI's clients take 404 for a wrong base URL.
        InvalidSsmlError: 400,
        VoiceNotFoundError: 400,
        UnsupportedLanguageError: 400,
        UnsupportedEmotionError: 400,
        UnsupportedFormatError: 400,
        UnauthorizedError: 401,
        ForbiddenError: 403,
        NotFoundError: 404,
        MethodNotAllowedError: 405,
        PayloadTooLargeError: 413,
        StreamNotFoundError: 404,
        TaskNotFoundError: 404,
        TaskNotReadyError: 409,
        TaskCancelledError: 409,
        TaskTimeoutError: 500,
        TooManyTasksError: 429,
        FoleyUnavailableError: 503,
        VideoUnreadableError: 400,
        NotAVideoError: 400,
        NoPictureError: 400,
        VideoEmptyError: 400,
        VideoTruncatedError: 400,
        VideoDamagedError: 400,
        VideoTooLongError: 400,
        VideoTooLargeError: 413,
        TooManyPixelsError: 400,
        UnsupportedCodecError: 400,
        DecoderCrashedError: 400,
        DecoderMemoryError: 400,
        DecoderTimeError: 400,
        UrlRefusedError: 400,
        UrlFailedError: 502,
        StorageFullError: 507,
        TooManyStreamsError: 429,
        RateLimitedError: 429,
        OverloadedError: 503,
        DrainingError: 503,
        ListenerStalledError: 408,
        ModelUnavailableError: 503,
        ConfigurationError: 500,
    }
)
"""Every error there is. docs/errors.md shows the same table, and a test holds both to `server.errors`."""

_TYPES = MappingProxyType({401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"})


def status_of(error: WildtrackError) -> int:
    """The HTTP status of an error."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def error_type(status: int) -> str:
    """The `type` that OpenAI's clients know for a status."""
    return _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")


def error_body(error: WildtrackError) -> dict[str, Any]:
    """The JSON of an error: `{"error": {code, message, retryable[, retry_after_s], type}}`."""
    return {"error": {**error.as_dict(), "type": error_type(status_of(error))}}


def error_response(error: WildtrackError) -> web.Response:
    """The whole response to a request that cannot be served."""
    status = status_of(error)
    response = web.json_response(error_body(error), status=status)
    if error.retry_after_s is not None:
        # Whole seconds (RFC 9110, 10.2.3), rounded up: coming back early would be refused again.
        response.headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
