"""What the decoding child writes into its pipe: length, kind, content; and how the parent reads it, trusting nothing.

u32 length of the content, little-endian | u8 kind | content
INFO     JSON: the fields of `VideoInfo`
PICTURE  f64 time_s | grey | colour, or nothing
END      JSON: the fields of `VideoEnd`
ERROR    JSON: {"code", "message"}
DONE     nothing: what was asked for is done (muxing)
"""

import json
import struct
from typing import Final, get_args

from server.video.info import Codec, Container, VideoEnd, VideoInfo
from server.video.sizes import COLOUR_SIZE, GREY_HEIGHT, GREY_WIDTH

INFO: Final = 1
PICTURE: Final = 2
END: Final = 3
ERROR: Final = 4
DONE: Final = 5

HEAD: Final = struct.Struct("<IB")
TIME: Final = struct.Struct("<d")
GREY_BYTES: Final = GREY_WIDTH * GREY_HEIGHT
COLOUR_BYTES: Final = COLOUR_SIZE * COLOUR_SIZE * 3
MAX_CONTENT_BYTES: Final = TIME.size + GREY_BYTES + COLOUR_BYTES
"""The longest content there is; more is no message of ours."""


class WireError(Exception):
    """What came is no message of the child's: it is broken, or no longer itself."""


def message(kind: int, content: bytes = b"") -> bytes:
    """One whole message."""
    return HEAD.pack(len(content), kind) + content


def json_message(kind: int, fields: dict[str, object]) -> bytes:
    """One whole message whose content is JSON."""
    return message(kind, json.dumps(fields).encode())


def head(data: bytes) -> tuple[int, int]:
    """The length of the content and the kind, from `HEAD.size` bytes.

    Raises:
        WireError: when there is no such message.
    """
    length, kind = HEAD.unpack(data)
    if length > MAX_CONTENT_BYTES or kind not in (INFO, PICTURE, END, ERROR, DONE):
        raise WireError
    return length, kind


def info(content: bytes) -> VideoInfo:
    """What `INFO` says.

    Raises:
        WireError: when it is not of that form.
    """
    fields = _fields(content)
    if fields.get("container") not in get_args(Container) or fields.get("codec") not in get_args(Codec):
        raise WireError
    duration_s = fields.get("duration_s")
    return VideoInfo(
        container=fields["container"],  # type: ignore[arg-type] # one of them, as was just seen
        codec=fields["codec"],  # type: ignore[arg-type]
        width=int(_number(fields, "width")),
        height=int(_number(fields, "height")),
        frame_rate_hz=_number(fields, "frame_rate_hz"),
        duration_s=None if duration_s is None else _number(fields, "duration_s"),
        has_sound=fields.get("has_sound") is True,
        warnings=_codes(fields),
    )


def end(content: bytes) -> VideoEnd:
    """What `END` says.

    Raises:
        WireError: when it is not of that form.
    """
    fields = _fields(content)
    return VideoEnd(_number(fields, "duration_s"), int(_number(fields, "n_pictures")), _codes(fields))


def done(content: bytes) -> Container:
    """What `DONE` says.

    Raises:
        WireError: when it is not of that form.
    """
    name = _fields(content).get("container")
    for known in get_args(Container):
        if name == known:
            return known  # type: ignore[no-any-return]
    raise WireError


def error(content: bytes) -> tuple[str, str]:
    """The code and the sentence of `ERROR`.

    Raises:
        WireError: when it is not of that form.
    """
    fields = _fields(content)
    code, sentence = fields.get("code"), fields.get("message")
    if not isinstance(code, str) or not isinstance(sentence, str) or not sentence.isprintable() or len(sentence) > 300:
        raise WireError
    return code, sentence


def _fields(content: bytes) -> dict[str, object]:
    try:
        fields = json.loads(content)
    except ValueError:
        raise WireError from None
    if not isinstance(fields, dict):
        raise WireError
    return fields


def _number(fields: dict[str, object], name: str) -> float:
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise WireError
    return value


def _codes(fields: dict[str, object]) -> tuple[str, ...]:
    codes = fields.get("warnings", [])
    if not isinstance(codes, list) or not all(isinstance(code, str) and code.isidentifier() for code in codes[:8]):
        raise WireError
    return tuple(codes[:8])
