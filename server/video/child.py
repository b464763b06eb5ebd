"""`python -m server.video.child`: the process in which videos are opened, decoded and written, and which may die of it.

One line of JSON comes over stdin, `{"do": "decode", "path": ..., "limits": {...}}`; messages (`wire.py`) leave over
stdout. `{"do": "mux", "target": ...}` writes the picture with the sound that follows the line. The process limits
itself before it looks at the file: address space, CPU time, bytes written. Nothing of the file reaches a log: what
libav has to say is not kept.
"""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from server.errors import DecoderCrashedError, DecoderMemoryError, VideoDamagedError, VideoUnreadableError
from server.video import wire
from server.video.confine import confine, limit_cpu
from server.video.limits import VideoLimits


def main() -> int:
    """Do what stdin asks for; 0 also where the video was refused."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    # What a library prints would be taken for a message.
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    request = json.loads(sys.stdin.buffer.readline(2**16))
    limits = VideoLimits(**request["limits"])
    try:
        confine(limits, max_written_bytes=request.get("max_written_bytes", 0))
        for message in _messages(request, limits):
            _write(out, message)
    except BrokenPipeError:
        # Nobody listens any more, so nobody will clear away what was written.
        if "target" in request:
            with contextlib.suppress(OSError):
                os.unlink(request["target"])
    except Exception as error:
        # libav's errors are of many types, also Unicode, Attribute, Index and Permission. None may quote the file.
        _write(out, _error(_refusal(error, limits)))
    return 0


def _messages(request: dict[str, Any], limits: VideoLimits) -> Iterator[bytes]:
    # Only now: libav is loaded under the limits.
    import av

    from server.video.decoding import Pass
    from server.video.opening import open_checked

    av.logging.set_level(None)
    video = open_checked(request["path"], limits)
    limit_cpu(limits, video.declared_s)
    if request["do"] == "mux":
        from server.video.muxing import write_with_sound

        name = write_with_sound(video, request["target"], sys.stdin.buffer.read)
        yield wire.json_message(wire.DONE, {"container": name})
    else:
        yield from Pass(video, limits).messages()


def _refusal(error: Exception, limits: VideoLimits) -> VideoUnreadableError:
    """What the caller is told."""
    out_of_memory = isinstance(error, MemoryError) or not _has_room(limits)
    if isinstance(error, VideoUnreadableError) and not (isinstance(error, VideoDamagedError) and out_of_memory):
        return error
    if out_of_memory:
        return DecoderMemoryError("Decoding the video takes too much memory; send a smaller one.")
    return DecoderCrashedError("The video could not be decoded; save it anew.")


def _has_room(limits: VideoLimits) -> bool:
    """Whether one more picture would fit: what libav could not allocate, it mostly calls bad data."""
    try:
        bytearray(4 * limits.max_pixels)
    except MemoryError:
        return False
    return True


def _error(error: VideoUnreadableError) -> bytes:
    return wire.json_message(wire.ERROR, {"code": error.code, "message": error.message})


def _write(out: BinaryIO, message: bytes) -> None:
    left = memoryview(message)
    while left:
        left = left[out.write(left) or 0 :]


if __name__ == "__main__":
    sys.exit(main())
