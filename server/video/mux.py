"""Puts sound into a video: the picture is copied, never encoded again, and the file is there whole or not at all."""

import os
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.errors import DecoderCrashedError
from server.video import wire
from server.video.info import Container
from server.video.limits import VideoLimits
from server.video.process import VideoChild

CONTENT_TYPES: Final[dict[Container, str]] = {
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "mkv": "video/x-matroska",
}
_MOST_SOUND_BYTES_PER_S: Final = 64_000
_SPARE_BYTES: Final = 64 * 2**20


@dataclass(frozen=True, slots=True)
class VideoWithSound:
    """A file that was just written."""

    path: Path
    container: Container
    """Where the video was a GIF, `webm`; else its own."""

    @property
    def content_type(self) -> str:
        """Its media type."""
        return CONTENT_TYPES[self.container]


def add_sound(
    source: str | os.PathLike[str],
    sound: Iterable[bytes],
    target: Path,
    limits: VideoLimits | None = None,
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> VideoWithSound:
    """Write the picture of `source` with `sound` in place of its own to `target`, which is replaced if it is there.

    `sound`: pieces of any size of 16-bit little-endian stereo at 48 kHz, from the beginning of the video on; taken as
    they are needed, in this thread. The file is readable by its owner alone. The same picture and sound give the same
    bytes. Not for an event loop's thread.

    Raises:
        VideoUnreadableError: one of its kinds, when the video cannot be read, or its picture not be put into a file.
        VideoClosedError: when it was cancelled; `cancelled` is asked ten times a second.
        OSError: when there is no such video, or no such folder.
    """
    limits = limits or VideoLimits()
    n_bytes = os.stat(source).st_size
    part = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    request = {
        "do": "mux",
        "path": os.path.abspath(source),
        "target": os.path.abspath(part),
        "max_written_bytes": 2 * n_bytes + _SPARE_BYTES + int(limits.max_duration_s * _MOST_SOUND_BYTES_PER_S),
    }
    part.touch(mode=0o600, exist_ok=False)
    try:
        child = VideoChild(request, limits, cancelled)
        try:
            for piece in sound:
                if not child.send(piece):
                    break
            child.send_end()
            container = _container(child)
        finally:
            child.close()
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return VideoWithSound(target, container)


def _container(child: VideoChild) -> Container:
    try:
        kind, content = child.receive()
        if kind != wire.DONE:
            raise wire.WireError
        return wire.done(content)
    except wire.WireError:
        raise DecoderCrashedError("The video could not be written; save it anew.") from None
