"""Tiny videos, encoded when a test asks for them: every container, codec, timing and shape that people send.

The encoders (some of them GPL, inside PyAV's wheels) are used by tests alone; the server only ever decodes.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
MS = Fraction(1, 1000)

_QUICK = {
    "libx264": {"preset": "ultrafast", "crf": "20"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:pools=1:frame-threads=1"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8"},
    "libsvtav1": {"preset": "12", "svtav1-params": "lp=1"},
}


def corner(number: int, width: int, height: int) -> Image:
    """Black, with a white quarter at the top left, and a little brighter each time."""
    image = np.full((height, width, 3), min(number, 60), np.uint8)
    image[: height // 2, : width // 2] = 255
    return image


def make_clip(
    path: Path,
    *,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    size: tuple[int, int] = (64, 48),
    times_ms: Sequence[int] = range(0, 400, 40),
    sound_s: float = 0.0,
    sound_start_s: float = 0.0,
    rotation: float | None = None,
    mirrored: bool = False,
    pixel_aspect: Fraction | None = None,
    tag: str | None = None,
    metadata: dict[str, str] | None = None,
    paint: Callable[[int, int, int], Image] = corner,
    **container_options: str,
) -> Path:
    """A video whose pictures are shown at `times_ms`; its container follows from the name. Returns the path."""
    width, height = size
    with av.open(str(path), "w", container_options=container_options) as container:
        container.metadata.update(metadata or {})
        stream: Any = container.add_stream(codec, rate=25, options=_QUICK.get(codec, {}))
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        stream.codec_context.time_base = MS
        if tag is not None:
            stream.codec_context.codec_tag = tag
        if pixel_aspect is not None:
            stream.codec_context.sample_aspect_ratio = pixel_aspect
        if rotation is not None:
            stream.set_display_rotation(rotation, hflip=mirrored)
        sound_codec = "libopus" if path.suffix in (".webm", ".mkv") else "aac"
        sound = container.add_stream(sound_codec, rate=48_000) if sound_s else None
        container.start_encoding()
        for number, time_ms in enumerate(times_ms):
            frame = av.VideoFrame.from_ndarray(paint(number, width, height), format="rgb24").reformat(format=pixels)
            frame.pts, frame.time_base = time_ms, MS
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            _hum(container, sound, sound_s, sound_start_s)
    return path


def make_sound_file(path: Path, seconds: float = 0.2) -> Path:
    """A file without a picture."""
    with av.open(str(path), "w") as container:
        sound = container.add_stream("pcm_s16le" if path.suffix == ".wav" else "aac", rate=48_000)
        _hum(container, sound, seconds, 0.0)
    return path


def _hum(container: Any, stream: Any, seconds: float, start_s: float) -> None:
    n_samples = int(seconds * 48_000)
    wave = 0.1 * np.sin(2 * np.pi * 100 / 48_000 * np.arange(n_samples))
    pcm = np.repeat((wave * 32767).astype(np.int16), 2)
    for at in range(0, n_samples, 960):
        frame = av.AudioFrame.from_ndarray(pcm[2 * at : 2 * (at + 960)].reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate, frame.pts = 48_000, at + int(start_s * 48_000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
