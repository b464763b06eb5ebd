"""The held-out clips as encoded files in a cache folder, shot where they are missing."""

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame

from benchmarks.foley.held_out.canvas import HEIGHT, WIDTH
from benchmarks.foley.held_out.clips import CLIPS, Clip
from benchmarks.foley.held_out.film import Film

_OPTIONS = {
    "libx264": {"preset": "veryfast"},
    "libx265": {"preset": "superfast", "x265-params": "log-level=none:pools=1"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "7"},
}


def clip_file(clip: Clip, folder: Path) -> Path:
    """Where a clip lies, or will."""
    return folder / f"{clip.name}.{'webm' if clip.codec == 'libvpx-vp9' else 'mp4'}"


def shoot(clip: Clip, folder: Path) -> Path:
    """Render and encode one clip, unless it is there already."""
    file = clip_file(clip, folder)
    if file.exists():
        return file
    partial = file.with_name(f"partial-{file.name}")
    with av.open(str(partial), "w", format="webm" if file.suffix == ".webm" else "mp4") as container:
        stream = container.add_stream(clip.codec, rate=clip.rate_hz, options=_OPTIONS[clip.codec])
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = WIDTH, HEIGHT, "yuv420p", clip.kbps * 1000
        stream.thread_count = 1
        for luma, u, v in Film(clip).pictures():
            planes = np.concatenate([plane.reshape(-1) for plane in (luma, u, v)])
            picture = np.rint(planes).astype(np.uint8).reshape(HEIGHT * 3 // 2, WIDTH)
            container.mux(stream.encode(VideoFrame.from_ndarray(picture, format="yuv420p")))
        container.mux(stream.encode())
    partial.rename(file)
    return file


def shoot_all(folder: Path, processes: int = 1) -> list[Path]:
    """Every clip, in order; about a quarter of an hour of one core where none is there."""
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(shoot, CLIPS, [folder] * len(CLIPS)))


if __name__ == "__main__":
    shoot_all(Path(sys.argv[1]), int(sys.argv[2]))
