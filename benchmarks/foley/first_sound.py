"""Measures how soon sound is heard after a video was sent, of a short one and of a long one."""

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.example_clips import KINDS, SECONDS, make_clip, repeat_clip
from benchmarks.foley.client import delete, first_sound_s, foley_server, upload, warm_up
from benchmarks.measuring import median, percentile, take_turns
from benchmarks.report import Report, at_most, progress
from benchmarks.servers import RunningServer

ROUNDS = 15
LONG_REPEATS = 60
"""Of ten seconds: ten minutes."""
WANTED_S = 1.0


def run() -> Report:
    """Send both by turns, each time with another seed."""
    with TemporaryDirectory() as name, foley_server() as server:
        folder = Path(name)
        progress("clips")
        kind = next(kind for kind in KINDS if kind.label == "h264 720p")
        short = make_clip(kind, folder)
        clips = {"10 s": short, "10 minutes": repeat_clip(short, folder / "long.mp4", LONG_REPEATS)}
        warm_up(server, short)
        seeds = iter(range(1, 10_000))
        progress("first sound")
        measured = take_turns(
            {label: lambda clip=clip: _once(server, clip, next(seeds)) for label, clip in clips.items()}, ROUNDS
        )
    return Report(
        name="foley_first_sound",
        title="From the end of the upload to the first sound, over HTTP",
        columns=("clip, 720p30", "length", "ms: median", "p95", "most"),
        rows=[
            [
                label,
                f"{SECONDS * (1 if label == '10 s' else LONG_REPEATS)} s",
                *(f"{1000 * value:.0f}" for value in (median(times), percentile(times, 95), max(times))),
            ]
            for label, times in measured.items()
        ],
        targets=[
            at_most(f"end of upload to first sound, p95, {label}", percentile(times, 95), WANTED_S, " s", 2)
            for label, times in measured.items()
        ],
        notes=(
            f"{ROUNDS} rounds of the short clip and the long one by turns after 2 uncounted, each with a seed of its "
            "own, so that no cache has it; the task is deleted once it is heard.",
            "From the last byte of the upload, before the server has answered it, to the first sample of `/audio`.",
        ),
        raw={label: times for label, times in measured.items()},
    )


def _once(server: RunningServer, clip: Path, seed: int) -> float:
    task = upload(server, clip, seed=seed)
    heard_s = first_sound_s(server, task)
    delete(server, task)
    return heard_s
