"""Reads the multipart form of an upload: fields into memory, the video onto the disk as it comes."""

import asyncio
import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final, TypeVar

from aiohttp import BadContentDispositionHeader, BadContentDispositionParam, BodyPartReader, web

from server.api.departure import while_connected
from server.errors import InvalidRequestError, PayloadTooLargeError
from server.tasks.uploads import StoredVideo

UPLOAD_TIMEOUT_S: Final = 3600.0
"""A form that takes longer to arrive is given up."""
SILENCE_S: Final = 30.0
"""So is one of which nothing comes for so long."""
_MAX_FIELDS: Final = 32
_MAX_FIELD_BYTES: Final = 16 * 1024
_READ_BYTES: Final = 256 * 1024
ResultT = TypeVar("ResultT")
Receive = Callable[[AsyncIterator[bytes]], Awaitable[StoredVideo]]
"""Keeps a video; nothing of it where what it reads from breaks off."""


def hush_reader() -> None:
    """Have Python print none of aiohttp's warnings about forms: they quote headers, and so names of people's files."""
    for kind in (BadContentDispositionHeader, BadContentDispositionParam):
        warnings.simplefilter("ignore", kind)


@dataclass(frozen=True, slots=True)
class UploadForm:
    """What came."""

    video: StoredVideo
    fields: Mapping[str, str]


async def read_form(request: web.Request, receive: Receive, remove: Callable[[str], None]) -> UploadForm:
    """Read all of it; where it turns out to be no good, `remove` the video that `receive` has kept.

    Raises:
        InvalidRequestError: no form, a broken one, one without a video or with two, a field that is wrong.
        PayloadTooLargeError: a field that is too long; or what `receive` raises of a video that is.
        ConnectionResetError: the client has left.
    """
    if request.content_type != "multipart/form-data":
        raise InvalidRequestError("Send a form: `multipart/form-data` with the file in `video`.")
    form = _Form()
    try:
        async with asyncio.timeout(UPLOAD_TIMEOUT_S), while_connected(request):
            await _read(request, form, receive)
    except BaseException as error:
        if form.video is not None:
            await asyncio.to_thread(remove, form.video.name)
        if isinstance(error, TimeoutError):
            raise _too_slow() from None
        raise
    if form.video is None:
        raise InvalidRequestError("There is no video; send the file in the field `video`.")
    return UploadForm(form.video, form.fields)


@dataclass(slots=True)
class _Form:
    video: StoredVideo | None = None
    fields: dict[str, str] = field(default_factory=dict)


async def _read(request: web.Request, form: _Form, receive: Receive) -> None:
    reader = await _read_of(request.multipart())
    n_parts = 0
    while (part := await _read_of(reader.next())) is not None:
        n_parts += 1
        if n_parts > _MAX_FIELDS:
            raise InvalidRequestError("The form has too many fields.")
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise InvalidRequestError("Each part of the form needs a name.")
        if part.name != "video":
            if part.name in form.fields:
                raise InvalidRequestError("Each field may stand in the form once.")
            form.fields[part.name] = await _text(part)
            continue
        if form.video is not None:
            raise InvalidRequestError("There are two videos; send one at a time.")
        if part.filename is None:
            raise InvalidRequestError("`video` is no file; send the file itself, as `-F video=@clip.mp4` does.")
        async with aclosing(_pieces(part)) as pieces:
            form.video = await receive(pieces)


async def _text(part: BodyPartReader) -> str:
    data = bytearray()
    async with aclosing(_pieces(part)) as pieces:
        async for piece in pieces:
            data += piece
            if len(data) > _MAX_FIELD_BYTES:
                raise PayloadTooLargeError("A field of the form is too long; only `video` may be long.")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise InvalidRequestError("The fields of the form have to be UTF-8.") from None


async def _pieces(part: BodyPartReader) -> AsyncGenerator[bytes]:
    """What is in a part, as it comes."""
    while not part.at_eof():
        piece = await _read_of(part.read_chunk(_READ_BYTES))
        if piece:
            yield piece


async def _read_of(reading: Awaitable[ResultT]) -> ResultT:
    """What aiohttp's reader of forms reads next.

    Raises:
        InvalidRequestError: nothing comes, or it is broken. What the reader makes of boundaries and headers that are
            none are errors of a dozen types.
        ConnectionResetError: the client has left.
    """
    try:
        return await asyncio.wait_for(reading, SILENCE_S)
    except TimeoutError:
        raise _too_slow() from None
    except ConnectionError:
        raise
    except Exception:
        raise InvalidRequestError(
            "The form could not be read; check its length, its boundary and its encoding."
        ) from None


def _too_slow() -> InvalidRequestError:
    return InvalidRequestError("The form did not arrive in time; send it at once.")
