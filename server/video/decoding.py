"""One pass over the pictures of a video, as messages for the parent: what it is, each picture, how it ended."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

import av

from server.errors import VideoDamagedError, VideoEmptyError, VideoTooLongError, VideoTruncatedError
from server.video import wire
from server.video.clock import PictureClock
from server.video.info import DAMAGED, VideoEnd
from server.video.limits import VideoLimits
from server.video.opening import OpenVideo, too_long
from server.video.shrink import Shrinker, orientation_of
from server.video.sizes import COLOUR_EVERY_S

_MAX_DAMAGED_IN_A_ROW: Final = 300
_MISSING_S: Final = 1.0
_MISSING_SHARE: Final = 0.05
"""A file that ends earlier than it says, by more than both, was cut off."""


class Pass:
    """One pass over the pictures of one video."""

    def __init__(self, video: OpenVideo, limits: VideoLimits) -> None:
        self._video = video
        self._limits = limits
        self._clock = PictureClock(video.usual_gap_s)
        self._n_damaged = 0
        self._start_s = video.start_s
        self._end_s = 0.0

    def messages(self) -> Iterator[bytes]:
        """INFO with the first picture, PICTUREs, END.

        Raises:
            VideoUnreadableError: when the video turns out to be one that cannot be used.
        """
        n_pictures = 0
        colour_due_s = 0.0
        for time_s, frame in self._shown():
            if n_pictures == 0:
                orientation = orientation_of(frame)
                shrinker = Shrinker(orientation, self._video.pixel_aspect)
                yield wire.json_message(wire.INFO, asdict(self._video.info(frame.width, frame.height, orientation)))
            n_pictures += 1
            colour = b""
            if time_s >= colour_due_s:
                colour = shrinker.colour(frame)
                colour_due_s = time_s + COLOUR_EVERY_S
            yield wire.message(wire.PICTURE, wire.TIME.pack(time_s) + shrinker.grey(frame) + colour)
        if n_pictures == 0:
            if self._n_damaged:
                raise VideoDamagedError("No picture of the video can be decoded; save it anew.")
            raise VideoEmptyError("The video has no pictures; send another.")
        warnings = (DAMAGED,) if self._n_damaged else ()
        yield wire.json_message(wire.END, asdict(VideoEnd(self._duration_s(), n_pictures, warnings)))

    def _shown(self) -> Iterator[tuple[float, av.VideoFrame]]:
        """The pictures that are wanted and their times."""
        time_base = self._video.stream.time_base
        for number, frame in enumerate(self._frames(), 1):
            stamp_s = None
            if frame.pts is not None and time_base is not None:
                shown_s = float(frame.pts * time_base)
                self._start_s = shown_s if self._start_s is None else self._start_s
                stamp_s = shown_s - self._start_s
            time_s = self._clock.time_of(stamp_s)
            if time_s > self._limits.max_duration_s:
                raise too_long(self._limits)
            if number > self._limits.max_frames:
                raise VideoTooLongError("The video has more pictures than are decoded here; send a shorter one.")
            lasts_s = float(frame.duration * time_base) if frame.duration and time_base else self._video.usual_gap_s
            self._end_s = time_s + min(max(lasts_s, 0.0), self._limits.max_duration_s)
            if self._clock.is_kept(time_s):
                yield time_s, frame

    def _frames(self) -> Iterator[av.VideoFrame]:
        """All that can be decoded, in the order in which it is shown."""
        in_a_row = 0
        packets = self._video.container.demux(self._video.stream)
        while True:
            try:
                packet = next(packets, None)
            except (av.MemoryError, MemoryError):
                raise
            except av.FFmpegError:
                # The container is broken from here on. What is missing then is told by the length.
                self._n_damaged += 1
                return
            if packet is None:
                return
            try:
                frames = packet.decode()
            except (av.MemoryError, MemoryError):
                raise
            except (av.FFmpegError, ValueError):
                self._n_damaged += 1
                in_a_row += 1
                if in_a_row > _MAX_DAMAGED_IN_A_ROW:
                    raise VideoDamagedError("Too much of the video is damaged; save it anew.") from None
                continue
            for frame in frames:
                in_a_row = 0
                yield frame

    def _duration_s(self) -> float:
        """The end of the last picture.

        Raises:
            VideoTruncatedError: when the file says that there should be much more.
        """
        declared_s = self._video.declared_s
        if declared_s is None:
            return self._end_s
        # Some files count from nought to the end, wherever their first picture stands.
        missing_s = declared_s - self._end_s - max(0.0, self._start_s or 0.0)
        if missing_s > max(_MISSING_S, _MISSING_SHARE * declared_s) and not self._video.has_sound:
            raise VideoTruncatedError("The video ends in the middle; send it again, whole.")
        return self._end_s
