"""A video as an iterator of small pictures, decoded in a child process that may die of it without harm."""

import os
from collections.abc import Callable
from types import TracebackType
from typing import Self

import numpy as np

from server.errors import DecoderCrashedError
from server.video import wire
from server.video.info import VideoEnd, VideoInfo
from server.video.limits import VideoLimits
from server.video.picture import COLOUR_SIZE, GREY_HEIGHT, GREY_WIDTH, Picture
from server.video.process import VideoChild, VideoClosedError

__all__ = ["VideoClosedError", "VideoReader", "open_video"]


def open_video(
    path: str | os.PathLike[str],
    limits: VideoLimits | None = None,
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> "VideoReader":
    """Open a file that anybody may have sent, and decode its first picture.

    Takes about 0.2 s, and `limits.silence_s` at most; not for an event loop's thread. `cancelled` is asked ten times a
    second, here and later, wherever the child is waited for.

    Raises:
        VideoUnreadableError: one of its kinds, when it is no video or asks for too much.
        VideoClosedError: when it was cancelled.
        OSError: when there is no such file.
    """
    os.stat(path)
    limits = limits or VideoLimits()
    child = VideoChild({"do": "decode", "path": os.path.abspath(path)}, limits, cancelled)
    try:
        child.send_end()
        kind, content = child.receive()
        if kind != wire.INFO:
            raise wire.WireError
        return VideoReader(child, wire.info(content))
    except wire.WireError:
        child.close()
        raise _crashed() from None
    except BaseException:
        child.close()
        raise


class VideoReader:
    """Its pictures, once, in order. The child decodes no further ahead than the pipe holds: two or three pictures.

    `with` closes it; so does the end of the last reference.
    """

    def __init__(self, child: VideoChild, info: VideoInfo) -> None:
        self.info = info
        self.end: VideoEnd | None = None
        """Set once the last picture was given."""
        self._child = child

    @property
    def process_id(self) -> int:
        """Of the child that decodes."""
        return self._child.process_id

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Picture:
        """The next picture; waits `silence_s` at most.

        Raises:
            VideoUnreadableError: when the rest cannot be decoded, or the child died.
            VideoClosedError: when it was closed or cancelled before the end.
        """
        if self.end is not None:
            raise StopIteration
        try:
            kind, content = self._child.receive()
            if kind == wire.PICTURE:
                return _picture(content)
            if kind != wire.END:
                raise wire.WireError
            self.end = wire.end(content)
        except wire.WireError:
            self.close()
            raise _crashed() from None
        self.close()
        raise StopIteration

    def close(self) -> None:
        """End the child, from any thread; who waits for a picture gets `VideoClosedError`."""
        self._child.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _picture(content: bytes) -> Picture:
    colour_at = wire.TIME.size + wire.GREY_BYTES
    if len(content) not in (colour_at, colour_at + wire.COLOUR_BYTES):
        raise wire.WireError
    (time_s,) = wire.TIME.unpack_from(content)
    grey = np.frombuffer(content, np.uint8, wire.GREY_BYTES, wire.TIME.size).reshape(GREY_HEIGHT, GREY_WIDTH)
    if len(content) == colour_at:
        return Picture(time_s, grey)
    return Picture(
        time_s, grey, np.frombuffer(content, np.uint8, offset=colour_at).reshape(COLOUR_SIZE, COLOUR_SIZE, 3)
    )


def _crashed() -> DecoderCrashedError:
    return DecoderCrashedError("The video could not be decoded; save it anew.")
