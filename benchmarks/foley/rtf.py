"""Measures what a video's sound costs, all included, and the memory that half an hour of 1080p takes."""

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.example_clips import KINDS, SECONDS, make_clip, repeat_clip
from benchmarks.foley.client import cpu_s, foley_server, resident_mib, status, upload, warm_up
from benchmarks.measuring import median
from benchmarks.report import Report, at_most, progress
from benchmarks.servers import RunningServer

ROUNDS = 3
REPEATS = 6
"""Of ten seconds: a minute."""
LONG_REPEATS = 180
"""Half an hour."""
WANTED_RTF = 0.5
WANTED_GROWTH_MIB = 400.0
_LOOK_EVERY_S = 0.5
_WORDS = "rain on a street, a wooden ball"


@dataclass(frozen=True, slots=True)
class _Made:
    """One video whose sound was made."""

    duration_s: float
    cpu_s: float
    wall_s: float
    growth_mib: float
    """Most that the server and all its children had in memory, over what they had before."""

    def row(self, label: str) -> list[str]:
        """For the table."""
        numbers = (self.cpu_s / self.duration_s, self.wall_s / self.duration_s)
        return [label, f"{self.duration_s:.0f}", *(f"{each:.3f}" for each in numbers), f"{self.growth_mib:.0f}"]


def run(rounds: int = ROUNDS, long_repeats: int = LONG_REPEATS) -> Report:
    """A minute of 720p several times, then half an hour of 1080p."""
    clips = {kind.label: kind for kind in KINDS}
    with TemporaryDirectory() as name, foley_server() as server:
        folder = Path(name)
        progress("clips")
        short = make_clip(clips["h264 720p"], folder)
        minute = repeat_clip(short, folder / "minute.mp4", REPEATS)
        warm_up(server, short)
        progress("a minute of 720p")
        made = [_make(server, minute, REPEATS * SECONDS, seed) for seed in range(1, rounds + 1)]
        minutes = long_repeats * SECONDS / 60
        progress(f"{minutes:g} minutes of 1080p")
        source = make_clip(clips["h264 1080p"], folder)
        long = _make(server, repeat_clip(source, folder / "long.mp4", long_repeats), long_repeats * SECONDS, rounds + 1)
    rtf = median([each.cpu_s / each.duration_s for each in made])
    return Report(
        name="foley_rtf",
        title="What a video's sound costs: CPU of the server, its worker, its store and its decoders together",
        columns=("clip", "s", "CPU seconds a second", "seconds a second", "memory at most, MiB more"),
        rows=[
            *(each.row(f"720p30, {number}") for number, each in enumerate(made, 1)),
            long.row(f"1080p30, {minutes:g} minutes"),
        ],
        targets=[
            at_most("CPU RTF, 720p30, all included", rtf, WANTED_RTF),
            at_most(f"peak memory, {minutes:g} minutes of 1080p", long.growth_mib, WANTED_GROWTH_MIB, " MiB", 0),
        ],
        notes=(
            f"Sound for `{_WORDS}`, all default settings; nobody listens. Median of {rounds}.",
            "Memory is resident, of the whole family of processes, shared pages counted in each; looked at twice a "
            "second, over what it was before the upload.",
        ),
        raw={"720p30": [each.cpu_s for each in made], "1080p30": [long.cpu_s, long.wall_s, long.growth_mib]},
    )


def _make(server: RunningServer, clip: Path, duration_s: float, seed: int) -> _Made:
    before_cpu_s, before_mib = cpu_s(server), resident_mib(server)
    task = upload(server, clip, seed=seed, description=_WORDS)
    most_mib = before_mib
    while (now := status(server, task))["status"] in ("pending", "processing"):
        most_mib = max(most_mib, resident_mib(server))
        time.sleep(_LOOK_EVERY_S)
    wall_s = time.perf_counter() - task.sent_at_s
    if now["status"] != "completed":
        raise SystemExit(f"The task {now['status']}: {now['error']}")
    return _Made(duration_s, cpu_s(server) - before_cpu_s, wall_s, most_mib - before_mib)
