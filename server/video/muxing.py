"""Writes a video's picture, packet by packet as it came, with new sound beside it. Runs in the child only.

| came as | becomes | sound |
|---|---|---|
| MP4, MOV | the same | AAC |
| WebM, MKV | the same | Opus |
| GIF | WebM, its pictures encoded again (VP9): no container that plays sound takes a GIF's | Opus |

The picture keeps its timestamps, its orientation and the shape of its pixels. All else that the file held (its old
sound, subtitles, covers, tags, where it was filmed) stays behind. None of the encoders is GPL.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from server.errors import VideoDamagedError
from server.video.clock import PictureClock
from server.video.info import Container
from server.video.opening import OpenVideo

SAMPLE_RATE_HZ: Final = 48_000
_BYTES_PER_SAMPLE: Final = 4
_PIECE_SAMPLES: Final = 4_800
_GIF_TIME_BASE: Final = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class _Form:
    """How one container is written."""

    muxer: str
    codec: Literal["aac", "libopus"]
    bits_per_second: int
    options: dict[str, str]


_BITEXACT: Final = {"fflags": "+bitexact"}
_FORMS: Final[dict[Container, _Form]] = {
    "mp4": _Form("mp4", "aac", 192_000, {**_BITEXACT, "movflags": "+faststart"}),
    "mov": _Form("mov", "aac", 192_000, {**_BITEXACT, "movflags": "+faststart"}),
    "webm": _Form("webm", "libopus", 128_000, _BITEXACT),
    "mkv": _Form("matroska", "libopus", 128_000, _BITEXACT),
}


def container_with_sound(container: Container) -> Container:
    """What a video of this container becomes."""
    return "webm" if container == "gif" else container


def write_with_sound(video: OpenVideo, target: str, read: Callable[[int], bytes]) -> Container:
    """Write the file at `target`, which is there when this returns; what container it is.

    `read` gives so many bytes of the sound, or fewer at its end: 16-bit little-endian stereo, 48 kHz. It is read as
    the picture goes on, so nothing is ever held whole.

    Raises:
        VideoDamagedError: when the picture's packets cannot be put into a file.
    """
    name = container_with_sound(video.container_name)
    form = _FORMS[name]
    os.umask(0o077)
    n_written = 0
    try:
        with av.open(f"file:{target}", "w", format=form.muxer, container_options=form.options) as container:
            picture = _Encoded(video, container) if video.container_name == "gif" else _Copied(video, container)
            sound = _Sound(container, form, read)
            for packet, time_s in picture.packets():
                if n_written == 0:
                    sound.begin_at(picture.start_s)
                sound.write_until(time_s - picture.start_s)
                container.mux(packet)
                n_written += 1
            sound.finish()
    except (av.MemoryError, MemoryError):
        raise
    except (av.FFmpegError, ValueError):
        raise VideoDamagedError("The picture cannot be put into a new file; save the video anew.") from None
    if n_written == 0:
        raise VideoDamagedError("The picture cannot be put into a new file; save the video anew.")
    return name


class _Copied:
    """The picture's packets as they came."""

    def __init__(self, video: OpenVideo, container: OutputContainer) -> None:
        self._video = video
        # Opaque: what it was decoded with is copied; no encoder is made.
        self._stream = container.add_stream_from_template(video.stream, opaque=True)
        if video.codec == "hevc" and video.container_name in ("mp4", "mov"):
            # hvc1 or hev1 (ISO 14496-15): the muxer takes the second for both, which Safari does not play.
            self._stream.codec_context.codec_tag = video.stream.codec_context.codec_tag
        self.start_s = video.start_s or 0.0

    def packets(self) -> "Iterator[tuple[Packet[VideoStream], float]]":
        """Each packet, and about when it is shown."""
        is_first = True
        time_s = self.start_s
        for packet in self._video.container.demux(self._video.stream):
            if packet.size == 0:
                continue  # the end
            stamp = packet.dts if packet.dts is not None else packet.pts
            if stamp is not None:
                time_s = float(stamp * packet.time_base)
            if is_first and self._video.start_s is None and packet.pts is not None:
                self.start_s = float(packet.pts * packet.time_base)
            is_first = False
            packet.stream = self._stream
            yield packet, time_s


class _Encoded:
    """A GIF's pictures as VP9. They are few and flat, so it is quick, and nothing is lost that is seen."""

    start_s = 0.0

    def __init__(self, video: OpenVideo, container: OutputContainer) -> None:
        self._video = video
        self._stream: VideoStream = container.add_stream(
            "libvpx-vp9",
            rate=30,
            options={"deadline": "realtime", "cpu-used": "8", "crf": "24", "b": "0", "threads": "1"},
        )
        self._stream.width = video.stream.codec_context.width
        self._stream.height = video.stream.codec_context.height
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = _GIF_TIME_BASE

    def packets(self) -> "Iterator[tuple[Packet[VideoStream], float]]":
        """Each packet, and when it is shown."""
        clock = PictureClock(self._video.usual_gap_s)
        time_s = 0.0
        for packet in self._video.container.demux(self._video.stream):
            for frame in packet.decode():
                stamp_s = None if frame.pts is None or frame.time_base is None else float(frame.pts * frame.time_base)
                time_s = clock.time_of(stamp_s)
                if clock.is_kept(time_s):
                    shown = frame.reformat(format="yuv420p", threads=1)
                    shown.pts, shown.time_base = round(time_s / _GIF_TIME_BASE), _GIF_TIME_BASE
                    yield from ((each, time_s) for each in self._stream.encode(shown))
        yield from ((each, time_s) for each in self._stream.encode(None))


class _Sound:
    """The new sound, written as far as the picture has come."""

    def __init__(self, container: OutputContainer, form: _Form, read: Callable[[int], bytes]) -> None:
        self._container = container
        self._read = read
        self._stream: AudioStream = container.add_stream(
            form.codec, rate=SAMPLE_RATE_HZ, options={"flags": "+bitexact"}, layout="stereo"
        )
        self._stream.bit_rate = form.bits_per_second
        self._start_samples = 0
        self._n_samples = 0
        self._has_more = True

    def begin_at(self, start_s: float) -> None:
        """On the file's own timeline: where the picture begins."""
        self._start_samples = round(start_s * SAMPLE_RATE_HZ)

    def write_until(self, time_s: float) -> None:
        """What is heard before a time, counted from its own beginning."""
        while self._has_more and self._n_samples < time_s * SAMPLE_RATE_HZ:
            self._write_piece()

    def finish(self) -> None:
        """The rest."""
        while self._has_more:
            self._write_piece()
        self._container.mux(self._stream.encode(None))

    def _write_piece(self) -> None:
        data = self._read(_PIECE_SAMPLES * _BYTES_PER_SAMPLE)
        self._has_more = len(data) == _PIECE_SAMPLES * _BYTES_PER_SAMPLE
        samples = np.frombuffer(data, "<i2", len(data) // _BYTES_PER_SAMPLE * 2)
        if len(samples) == 0:
            return
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate = SAMPLE_RATE_HZ
        frame.pts = self._start_samples + self._n_samples
        frame.time_base = Fraction(1, SAMPLE_RATE_HZ)
        self._n_samples += len(samples) // 2
        self._container.mux(self._stream.encode(frame))
