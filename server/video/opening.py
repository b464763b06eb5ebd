"""Opens a file that anybody may have sent, refuses what is no video or asks for too much, and says what it holds.

Runs in the child only: libav decodes some pictures on opening, so even that is done under the system's limits.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, cast

import av
from av.container import InputContainer
from av.stream import Discard, Disposition
from av.video.stream import VideoStream

from server.errors import (
    NoPictureError,
    NotAVideoError,
    TooManyPixelsError,
    UnsupportedCodecError,
    VideoDamagedError,
    VideoEmptyError,
    VideoTooLargeError,
    VideoTooLongError,
    VideoTruncatedError,
)
from server.video.info import SOUND_ALREADY_THERE, Codec, Container, VideoInfo
from server.video.limits import VideoLimits
from server.video.shrink import Orientation

FORMATS: Final = "mov,mp4,matroska,webm,gif"
"""As libav's demuxers call themselves; no other is even tried."""
DECODERS: Final[dict[str, Codec]] = {
    "h264": "h264",
    "hevc": "hevc",
    "vp8": "vp8",
    "vp9": "vp9",
    "libdav1d": "av1",
    "av1": "av1",
    "gif": "gif",
}
_SOUND_DECODERS: Final = "aac,opus,vorbis,mp3,mp3float,ac3,flac,alac,pcm_s16le"
"""Opening looks into sound, too, to say what it is; nothing of it is decoded later."""
_MAX_START_GAP_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class OpenVideo:
    """A file whose picture can be decoded."""

    container: InputContainer
    stream: VideoStream
    container_name: Container
    codec: Codec
    start_s: float | None
    """The timestamp at which the video begins; None for that of its first picture."""
    declared_s: float | None
    """How long the picture is, as the file says."""
    has_sound: bool
    usual_gap_s: float
    """Seconds between two pictures, as the file says or guesses."""

    def info(self, width: int, height: int, orientation: Orientation) -> VideoInfo:
        """All that is known now that the first picture is: its size as decoded, and how it is turned."""
        width = max(1, round(width * self.pixel_aspect))
        if orientation.is_transposed:
            width, height = height, width
        rate = self.stream.average_rate or self.stream.guessed_rate
        return VideoInfo(
            container=self.container_name,
            codec=self.codec,
            width=width,
            height=height,
            frame_rate_hz=float(rate) if rate else 0.0,
            duration_s=self.declared_s,
            has_sound=self.has_sound,
            warnings=(SOUND_ALREADY_THERE,) if self.has_sound else (),
        )

    @property
    def pixel_aspect(self) -> float:
        """How much wider than high a pixel is shown; what nobody would film is taken for an error."""
        aspect = float(self.stream.sample_aspect_ratio or 1)
        return aspect if 0.1 <= aspect <= 10 else 1.0


def open_checked(path: str, limits: VideoLimits) -> OpenVideo:
    """Open a file and check all that can be checked before its first picture.

    Raises:
        VideoUnreadableError: one of its kinds, each with a sentence for who sent the file.
    """
    n_bytes = os.path.getsize(path)
    if n_bytes > limits.max_bytes:
        raise VideoTooLargeError(f"The video is larger than {limits.max_bytes // 2**20} MB; send a smaller one.")
    with open(path, "rb") as file:
        beginning = file.read(64)
    if beginning[:4] == b"GIF8":
        # Opening decodes a picture, and a GIF tells its size where nothing has to be trusted.
        _check_size(int.from_bytes(beginning[6:8], "little"), int.from_bytes(beginning[8:10], "little"), limits)
    container = _open(path, beginning, limits)
    if len(container.streams) > limits.max_streams:
        raise VideoDamagedError(f"The file holds more than {limits.max_streams} streams; send one with a single video.")
    if not len(container.streams):
        raise VideoEmptyError("The video has no pictures; send another.")
    stream = _best(container.streams.video)
    codec = _codec_of(stream)
    _check_size(stream.codec_context.width, stream.codec_context.height, limits)
    start_s = _start_s(container, stream)
    declared_s = _declared_s(container, stream, start_s or 0.0)
    if declared_s is not None and declared_s > limits.max_duration_s:
        raise too_long(limits)
    _check_whole(stream, n_bytes)
    for other in container.streams:
        if other is not stream:
            other.discard = Discard.all
    stream.codec_context.options = {"max_pixels": str(limits.max_pixels), "threads": "1"}
    rate = stream.average_rate or stream.guessed_rate or Fraction(25)
    return OpenVideo(
        container=container,
        stream=stream,
        container_name=_name_of(container, beginning),
        codec=codec,
        start_s=start_s,
        declared_s=declared_s,
        has_sound=bool(container.streams.audio),
        usual_gap_s=1 / min(max(float(rate), 1.0), 240.0),
    )


def too_long(limits: VideoLimits) -> VideoTooLongError:
    """The refusal of what lasts longer than a video may."""
    return VideoTooLongError(f"The video is longer than {limits.max_duration_s / 60:g} minutes; send a shorter one.")


def _open(path: str, beginning: bytes, limits: VideoLimits) -> InputContainer:
    options = {
        "format_whitelist": FORMATS,
        "protocol_whitelist": "file",
        "codec_whitelist": f"{','.join(DECODERS)},{_SOUND_DECODERS}",
        "max_streams": str(limits.max_streams + 1),
        "max_pixels": str(limits.max_pixels),
        "threads": "1",
    }
    try:
        # "file:" so that no name can be taken for an address; names of tags may be in any encoding.
        return av.open(f"file:{path}", options=options, metadata_errors="replace")
    except (av.MemoryError, MemoryError):
        raise
    except (av.FFmpegError, ValueError, UnicodeError):
        if beginning[4:8] == b"ftyp" or beginning[:4] in (b"\x1a\x45\xdf\xa3", b"GIF8"):
            raise VideoTruncatedError(
                "The video ends in the middle or is damaged; send it again, whole, or save it anew."
            ) from None
        raise NotAVideoError("This is no video that is read here; send MP4, MOV, WebM, MKV or GIF.") from None


def _best(streams: Iterable[VideoStream]) -> VideoStream:
    """The video to look at: the one marked as default, else the first; never a cover picture."""
    moving = [stream for stream in streams if not stream.disposition & Disposition.attached_pic]
    if not moving:
        raise NoPictureError("There is no moving picture in the file; send a video.")
    return next((stream for stream in moving if stream.disposition & Disposition.default), moving[0])


def _codec_of(stream: VideoStream) -> Codec:
    # A stream that no decoder reads has no codec context, whatever PyAV's types say.
    context = cast("object", stream.codec_context)
    codec = None if context is None else DECODERS.get(stream.codec_context.name)
    if codec is None:
        raise UnsupportedCodecError(
            "The video's codec is none that is read here; save it with H.264, H.265, VP8, VP9 or AV1."
        )
    return codec


def _check_size(width: int, height: int, limits: VideoLimits) -> None:
    if width * height > limits.max_pixels or max(width, height) > limits.max_side:
        raise TooManyPixelsError(
            f"A picture of the video has more than {limits.max_pixels / 1e6:.1f} million pixels or a side above "
            f"{limits.max_side}; make it smaller: 720p is enough."
        )


def _check_whole(stream: VideoStream, n_bytes: int) -> None:
    """MP4 says beforehand where each picture lies; what lies beyond the end of the file is missing."""
    entries = stream.index_entries
    if len(entries) and entries[-1].pos + entries[-1].size > n_bytes:
        raise VideoTruncatedError("The video ends in the middle; send it again, whole.")
    if stream.frames == 0 and stream.duration == 0 and not len(entries):
        raise VideoEmptyError("The video has no pictures; send another.")


def _declared_s(container: InputContainer, stream: VideoStream, start_s: float) -> float | None:
    """The picture's length, else, from the beginning of its pictures, the file's."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    tag = stream.metadata.get("DURATION", "").split(":")
    if len(tag) == 3 and all(part.replace(".", "", 1).isdecimal() for part in tag):
        # Matroska counts from nought, wherever the first picture stands.
        return max(0.0, float(tag[0]) * 3600 + float(tag[1]) * 60 + float(tag[2]) - start_s)
    duration = container.duration
    return duration / av.time_base if duration and duration > 0 else None


def _start_s(container: InputContainer, stream: VideoStream) -> float | None:
    """Where players begin: with the earliest stream, unless that is too far off to be meant."""
    if stream.start_time is None or stream.time_base is None:
        return None
    own_s = float(stream.start_time * stream.time_base)
    first: int | None = container.start_time
    if first is None or not 0 <= own_s - first / av.time_base <= _MAX_START_GAP_S:
        return own_s
    return first / av.time_base


def _name_of(container: InputContainer, beginning: bytes) -> Container:
    if container.format.name == "gif":
        return "gif"
    if "matroska" in container.format.name:
        return "webm" if b"webm" in beginning else "mkv"
    return "mov" if container.metadata.get("major_brand", "").strip() == "qt" else "mp4"
