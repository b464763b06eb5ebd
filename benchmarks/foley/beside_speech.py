"""Measures how much later speech begins while sound for a video is being made on the same machine."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.example_clips import KINDS, make_clip, repeat_clip
from benchmarks.foley.client import Upload, delete, foley_server, status, upload, warm_up
from benchmarks.measuring import median, percentile
from benchmarks.report import Report, at_most, progress
from benchmarks.servers import RunningServer
from benchmarks.speech_client import ask_wildtrack
from benchmarks.texts import latency_texts

BLOCKS = 6
"""Without and with a render, by turns."""
ASKS = 25
"""In each block."""
WANTED = 1.5
VOICES = {"hibari `heart`": "heart", "Kokoro `af_heart`": "af_heart"}
_REPEATS = 60
"""Ten minutes of video: longer than a block lasts, however fast it is made."""
_REST_S = 0.1


def run(blocks: int = BLOCKS, asks: int = ASKS) -> Report:
    """Ask for the same sentence again and again, with and without a render beside."""
    text = latency_texts()["en_15w"]
    times: dict[tuple[str, bool], list[float]] = {(label, busy): [] for label in VOICES for busy in (False, True)}
    with TemporaryDirectory() as name, foley_server() as server:
        folder = Path(name)
        progress("clips")
        short = make_clip(next(kind for kind in KINDS if kind.label == "h264 720p"), folder)
        long = repeat_clip(short, folder / "long.mp4", _REPEATS)
        warm_up(server, short)
        for voice in VOICES.values():
            _first_s(server, text, voice, 3)
        for block in range(blocks):
            for busy in (False, True):
                progress(f"block {block + 1} of {blocks}, {'with' if busy else 'without'} a render")
                task = _rendering(server, long, 1 + block) if busy else None
                for label, voice in VOICES.items():
                    times[label, busy] += _first_s(server, text, voice, asks)
                if task is not None:
                    _end(server, task)
    rows, targets = [], []
    for label in VOICES:
        alone, beside = times[label, False], times[label, True]
        ratio = percentile(beside, 95) / percentile(alone, 95)
        rows.append(
            [label, *(f"{1000 * median(each):.0f} ({1000 * percentile(each, 95):.0f})" for each in (alone, beside))]
        )
        rows[-1].append(f"{ratio:.2f}x")
        targets.append(at_most(f"first speech audio, p95, with a render over without, {label}", ratio, WANTED, "x", 2))
    return Report(
        name="foley_beside_speech",
        title="First byte of speech over HTTP, 15 words, without and with sound for a video being made beside it",
        columns=("voice", "without, ms: median (p95)", "with", "p95, with over without"),
        rows=rows,
        targets=targets,
        notes=(
            f"{blocks} blocks without and with, by turns, of {asks} requests a voice; a render of ten minutes of "
            "720p30 that has begun and does not end within its block.",
        ),
        raw={f"{label}, {'with' if busy else 'without'}": each for (label, busy), each in times.items()},
    )


def _first_s(server: RunningServer, text: str, voice: str, asks: int) -> list[float]:
    measured = []
    for _ in range(asks):
        time.sleep(_REST_S)
        measured.append(ask_wildtrack(server.port, text, voice).first_byte_s)
    return measured


def _rendering(server: RunningServer, clip: Path, seed: int) -> Upload:
    """A task whose sound is being made."""
    task = upload(server, clip, seed=seed)
    while status(server, task)["step"] != "rendering":
        time.sleep(0.05)
    return task


def _end(server: RunningServer, task: Upload) -> None:
    if status(server, task)["status"] != "processing":
        raise SystemExit("The render ended within its block; take a longer video.")
    delete(server, task)
    time.sleep(2.0)
