"""Measures what reading a video costs: CPU of the child for each picture by codec, memory over half an hour."""

import resource
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from benchmarks.example_clips import KINDS, SECONDS, make_clip, repeat_clip
from benchmarks.measuring import median
from benchmarks.report import Report, Target, at_most, progress
from server.video.reader import open_video

ROUNDS = 5
LONG_REPEATS = 180
"""Of ten seconds: half an hour."""
WANTED_MS = 4.0
WANTED_PEAK_MIB = 400.0
_LOOK_EVERY = 300
_MEASURED_FOR = "h264 720p"


@dataclass(frozen=True, slots=True)
class _Reading:
    """One video read to its end."""

    n_pictures: int
    cpu_s: float
    """Of the child, from its start to its end."""
    opened_s: float
    """Until its first picture was there."""
    wall_s: float
    peak_child_mib: float
    peak_growth_mib: float
    """Of this process."""


def run() -> Report:
    """Make the clips, read each several times, then one that lasts half an hour."""
    rows, raw, targets = [], {}, []
    with TemporaryDirectory() as name:
        folder = Path(name)
        for kind in KINDS:
            progress(kind.label)
            path = make_clip(kind, folder)
            readings = [_read(path) for _ in range(ROUNDS)]
            cpu_ms = [1000 * reading.cpu_s / (SECONDS * kind.rate_hz) for reading in readings]
            rows.append(
                [
                    kind.label,
                    f"{path.stat().st_size * 8 / SECONDS / 1e6:.1f}",
                    f"{median(cpu_ms):.2f}",
                    f"{min(cpu_ms):.2f}",
                    f"{1000 * median([reading.opened_s for reading in readings]):.0f}",
                    f"{max(reading.peak_child_mib for reading in readings):.0f}",
                ]
            )
            raw[kind.label] = cpu_ms
            if kind.label == _MEASURED_FOR:
                targets.append(at_most(f"CPU a picture, {kind.label}", median(cpu_ms), WANTED_MS, " ms", 2))
        long, long_targets = _long(folder)
        rows.append(long)
        targets += long_targets
    return Report(
        name="foley_ingest",
        title="Reading a video in the limited child: CPU, time to the first picture, memory",
        columns=("clip", "Mbit/s", "CPU ms a picture, median", "lowest", "first picture, ms", "child's peak, MiB"),
        rows=rows,
        targets=targets,
        notes=(
            f"{ROUNDS} readings of {SECONDS} s each, of rendered clips (benchmarks/example_clips.py), one decoding "
            "thread.",
            "CPU is user and system time of the child from its start to its end, start of Python included (70 ms), "
            "over the pictures that were decoded; at 60 a second all are decoded and sent.",
            "The long one is a 1080p clip repeated packet by packet to half an hour, read once as fast as it goes.",
        ),
        raw=raw,
    )


def _long(folder: Path, repeats: int = LONG_REPEATS) -> tuple[list[str], list[Target]]:
    kind = next(kind for kind in KINDS if kind.label == "h264 1080p")
    path = repeat_clip(make_clip(kind, folder), folder / "long.mp4", repeats)
    minutes = repeats * SECONDS / 60
    progress(f"{minutes:g} minutes of 1080p")
    reading = _read(path)
    label = f"h264 1080p, {minutes:g} minutes"
    cpu_ms = 1000 * reading.cpu_s / reading.n_pictures
    row = [
        label,
        f"{path.stat().st_size * 8 / (repeats * SECONDS) / 1e6:.1f}",
        f"{cpu_ms:.2f}",
        f"{cpu_ms:.2f}",
        f"{1000 * reading.opened_s:.0f}",
        f"{reading.peak_child_mib:.0f}",
    ]
    both_mib = reading.peak_child_mib + reading.peak_growth_mib
    return row, [at_most(f"peak of the child and growth of its parent, {label}", both_mib, WANTED_PEAK_MIB, " MiB", 0)]


def _read(path: Path) -> _Reading:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = psutil.Process()
    before_mib = peak_mib = own.memory_info().rss / 2**20
    child_mib = 0.0
    begin_s = time.perf_counter()
    n_pictures = 0
    with open_video(path) as video:
        opened_s = time.perf_counter() - begin_s
        for picture in video:
            assert picture.grey.size
            n_pictures += 1
            if n_pictures % _LOOK_EVERY == _LOOK_EVERY - 1:
                child_mib = max(child_mib, _peak_mib(video.process_id))
                peak_mib = max(peak_mib, own.memory_info().rss / 2**20)
    wall_s = time.perf_counter() - begin_s
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return _Reading(n_pictures, cpu_s, opened_s, wall_s, child_mib, peak_mib - before_mib)


def _peak_mib(process_id: int) -> float:
    """The most that a process ever had resident (proc(5), VmHWM)."""
    for line in Path(f"/proc/{process_id}/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
