"""Renders clips of everyday size for benchmarks: balls that bounce before a textured wall, filmed by a drifting camera.

`python -m benchmarks.example_clips FOLDER` writes one of ten seconds for each codec and size. They stand for what a
phone or a screen recorder makes in how much they cost to decode, and for nothing else.
"""

import math
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

RATE_HZ = 30
SECONDS = 10
SEED = 20_261_120
_GRAVITY = 2.5
"""Picture heights per second squared."""
_N_BALLS = 4


@dataclass(frozen=True, slots=True)
class Kind:
    """One clip."""

    name: str
    """Of its file."""
    codec: str
    height: int
    pixels: str = "yuv420p"
    rate_hz: int = RATE_HZ

    @property
    def label(self) -> str:
        """For tables."""
        return self.name.rsplit(".", 1)[0].replace("_", " ")


KINDS = (
    Kind("h264_720p.mp4", "libx264", 720),
    Kind("h264_1080p.mp4", "libx264", 1080),
    Kind("h264_1080p60.mp4", "libx264", 1080, rate_hz=60),
    Kind("h265_720p.mp4", "libx265", 720),
    Kind("h265_1080p_10bit.mp4", "libx265", 1080, "yuv420p10le"),
    Kind("vp9_720p.webm", "libvpx-vp9", 720),
    Kind("vp9_1080p.webm", "libvpx-vp9", 1080),
    Kind("av1_720p.mp4", "libsvtav1", 720),
    Kind("av1_1080p.mp4", "libsvtav1", 1080),
)
_OPTIONS = {
    # As phones and the web have them: moderate rates, B-frames, a key every few seconds.
    "libx264": {"preset": "fast", "crf": "23"},
    "libx265": {"preset": "fast", "crf": "26", "x265-params": "log-level=none"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "5", "crf": "34", "b": "0"},
    "libsvtav1": {"preset": "9", "crf": "36"},
}


def make_clip(kind: Kind, folder: Path, seconds: float = SECONDS) -> Path:
    """Render and encode one clip, unless it is there; returns its path."""
    path = folder / kind.name
    if path.exists():
        return path
    width = kind.height * 16 // 9
    draw = np.random.default_rng(SEED)
    wall = _wall(draw, kind.height * 2, width * 2)
    balls = draw.uniform(0.1, 0.9, (_N_BALLS, 3))
    part = path.with_name(f"part.{path.name}")
    with av.open(str(part), "w") as container:
        stream: Any = container.add_stream(kind.codec, rate=kind.rate_hz, options=_OPTIONS[kind.codec])
        stream.width, stream.height, stream.pix_fmt = width, kind.height, kind.pixels
        for number in range(round(seconds * kind.rate_hz)):
            image = _picture(wall, balls, number / kind.rate_hz, kind.height, width)
            frame = av.VideoFrame.from_ndarray(image, format="gray").reformat(format=kind.pixels)
            frame.pts, frame.time_base = number, Fraction(1, kind.rate_hz)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    part.replace(path)
    return path


def repeat_clip(source: Path, target: Path, times: int) -> Path:
    """Write a clip over and over, packet by packet, without encoding it again; returns the new path."""
    if target.exists():
        return target
    part = target.with_name(f"part.{target.name}")
    with av.open(str(part), "w") as container:
        stream: Any = None
        shift = 0
        for _ in range(times):
            with av.open(str(source)) as once:
                (old,) = once.streams.video
                if stream is None:
                    stream = container.add_stream_from_template(old, opaque=True)
                end = 0
                for packet in once.demux(old):
                    if packet.size == 0 or packet.pts is None or packet.dts is None:
                        continue
                    end = max(end, packet.pts + (packet.duration or 0))
                    packet.pts += shift
                    packet.dts += shift
                    packet.stream = stream
                    container.mux(packet)
                shift += end
    part.replace(target)
    return target


def _wall(draw: np.random.Generator, height: int, width: int) -> npt.NDArray[np.uint8]:
    """Noise of several sizes, as plaster has, 60 to 190."""
    wall = np.zeros((height, width), np.float32)
    for size in (4, 16, 64, 256):
        coarse = draw.uniform(-1, 1, (height // size + 2, width // size + 2)).astype(np.float32)
        wall += np.repeat(np.repeat(coarse, size, 0), size, 1)[:height, :width] * math.log2(size)
    return (125 + 65 * wall / np.abs(wall).max()).astype(np.uint8)


def _picture(
    wall: npt.NDArray[np.uint8], balls: npt.NDArray[np.float64], time_s: float, height: int, width: int
) -> npt.NDArray[np.uint8]:
    """What the camera sees: the wall, drifting, and the balls before it, each bouncing in its own time."""
    top = round(height / 2 * (1 + math.sin(time_s * 0.7)))
    left = round(width / 2 * (1 + math.cos(time_s * 0.5)))
    image = wall[top : top + height, left : left + width].copy()
    for x, drop, size in balls:
        period_s = 2 * math.sqrt(2 * drop / _GRAVITY)
        phase_s = time_s % period_s - period_s / 2
        middle = height * (0.9 - drop + _GRAVITY / 2 * phase_s**2)
        across = width * ((x + 0.03 * time_s) % 1.0)
        radius = height * (0.03 + 0.05 * size)
        above, before = max(0, int(middle - radius)), max(0, int(across - radius))
        around = image[above : int(middle + radius) + 1, before : int(across + radius) + 1]
        rows, columns = np.ogrid[: around.shape[0], : around.shape[1]]
        inside = (rows + above - middle) ** 2 + (columns + before - across) ** 2 < radius**2
        around[inside] = int(40 + 200 * x)
    return image


if __name__ == "__main__":
    for each in KINDS:
        print(make_clip(each, Path(sys.argv[1])))
