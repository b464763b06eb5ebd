"""The formats that ffmpeg's libraries write, through PyAV: FLAC, Opus, MP3 and AAC, each with bytes out early."""

import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import av
import numpy as np
import numpy.typing as npt

from server.audio.pcm import to_int16

_SHARED_CONTAINER_OPTIONS = {
    # No version strings, no random serial numbers: the same samples give the same bytes.
    "fflags": "+bitexact",
    # Every packet goes out when it is made instead of when 32 kB are full.
    "flush_packets": "1",
}


@dataclass(frozen=True, slots=True)
class LibavFormat:
    """How one format is written."""

    content_type: str
    container: str
    """The name of ffmpeg's muxer."""
    codec: Literal["aac", "flac", "libmp3lame", "libopus"]
    """ffmpeg's encoder. None of them is GPL; see docs/adr/0002-audio-libraries.md."""
    sample_format: Literal["flt", "fltp", "s16"]
    """What the encoder reads: floats interleaved, floats by channel, or int16 interleaved."""
    bits_per_second_per_channel: int | None = None
    """Bits per second and channel; None where the format is lossless."""
    codec_options: Mapping[str, str] = field(default_factory=dict)
    container_options: Mapping[str, str] = field(default_factory=dict)


FLAC = LibavFormat(
    "audio/flac",
    "flac",
    "flac",
    "s16",
    # 1024 samples a block are 43 ms at 24 kHz; the usual 4096 would hold back 170.
    codec_options={"frame_size": "1024"},
    # Without the 8 kB of padding that is meant for tags; the total number of samples stays 0, unknown (RFC 9639, 8.2).
    container_options={"metadata_header_padding": "0"},
)
OPUS = LibavFormat(
    "audio/ogg; codecs=opus",
    "ogg",
    "libopus",
    "flt",
    bits_per_second_per_channel=48_000,
    # Two packets of 20 ms a page, where the muxer's own habit is a page a second.
    container_options={"page_duration": "40000"},
)
MP3 = LibavFormat(
    "audio/mpeg",
    "mp3",
    "libmp3lame",
    "fltp",
    bits_per_second_per_channel=64_000,
    # Constant bit rate, and no Xing header: it tells the length, and could only be right if it were written last.
    container_options={"write_xing": "0", "id3v2_version": "0"},
)
AAC = LibavFormat("audio/aac", "adts", "aac", "fltp", bits_per_second_per_channel=64_000)


class LibavEncoder:
    """One file in the making. The codec's frames are filled here, so blocks may be of any size."""

    def __init__(self, form: LibavFormat, sample_rate_hz: int, channels: int) -> None:
        self.content_type = form.content_type
        self._sink = _Sink()
        self._form = form
        self._sample_rate_hz = sample_rate_hz
        self._layout = "mono" if channels == 1 else "stereo"
        self._n_samples = 0
        self._container = av.open(
            self._sink, "w", format=form.container, options={**_SHARED_CONTAINER_OPTIONS, **form.container_options}
        )
        # PyAV's objects refer to each other in a circle, with codec, filter graph and its threads in it. Closing cuts
        # the circle, also where a listener left and nobody asks for the end of the file.
        self._release = weakref.finalize(self, self._container.close)
        self._release.atexit = False
        self._stream = self._container.add_stream(
            form.codec,
            rate=sample_rate_hz,
            options={"flags": "+bitexact", **form.codec_options},
            layout=self._layout,
            format=form.sample_format,
        )
        if form.bits_per_second_per_channel is not None:
            self._stream.bit_rate = form.bits_per_second_per_channel * channels

    def start(self) -> bytes:
        """The header: FLAC's and Opus' have one, MP3 and AAC start with sound."""
        self._container.start_encoding()
        return self._sink.take()

    def encode(self, samples: npt.NDArray[np.float32]) -> bytes:
        """What the codec and the container give out for this block; 20 to 130 ms of sound are held back."""
        if len(samples) == 0:
            return b""
        frame = av.AudioFrame.from_ndarray(self._planes(samples), self._form.sample_format, self._layout)
        frame.sample_rate = self._sample_rate_hz
        frame.pts = self._n_samples
        self._n_samples += len(samples)
        self._container.mux(self._stream.encode(frame))
        return self._sink.take()

    def finish(self) -> bytes:
        """The codec's last frames and the container's end."""
        self._container.mux(self._stream.encode(None))
        self._release()
        return self._sink.take()

    def _planes(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32] | npt.NDArray[np.int16]:
        """The samples as PyAV wants them: [n_channels, n_samples] planar, [1, n_samples * n_channels] interleaved."""
        if self._form.sample_format == "s16":
            return to_int16(samples).reshape(1, -1)
        limited: npt.NDArray[np.float32] = np.nan_to_num(np.clip(samples, -1, 1), nan=0.0)
        return np.ascontiguousarray(limited.T) if self._form.sample_format == "fltp" else limited.reshape(1, -1)


class _Sink:
    """A file that cannot be sought in, to PyAV; takes bytes and gives them away once."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        """Called by PyAV."""
        self._written += data
        return len(data)

    def take(self) -> bytes:
        """All bytes since the last call."""
        taken = bytes(self._written)
        self._written.clear()
        return taken
