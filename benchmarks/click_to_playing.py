"""Measures what a person waits for: from the click on Speak to the browser's `playing`, in a real Chromium."""

import json
import os
import shutil
import subprocess

from benchmarks.machine import ROOT
from benchmarks.measuring import median, percentile
from benchmarks.report import Report, Target, at_most
from benchmarks.servers import wildtrack
from benchmarks.texts import latency_texts

CLICKS = 20
WARM_UPS = 2
_VOICES = {"hibari heart": "heart", "Kokoro af_heart": "af_heart", "Kokoro zf_xiaoxiao": "zf_xiaoxiao"}
_WANTED_MEDIAN_MS = {"hibari heart": 300.0, "Kokoro af_heart": 700.0, "Kokoro zf_xiaoxiao": 700.0}
_WANTED_P95_MS = 1000.0


def run() -> Report:
    """Serve the page, let Chromium press Speak, voices taking turns."""
    texts = latency_texts()
    turns = [
        {"name": name, "voice": voice, "text": texts["zh_15w" if voice.startswith("z") else "en_15w"]}
        for name, voice in _VOICES.items()
    ]
    with wildtrack() as server:
        plan = {"url": server.url, "chromium": _chromium(), "clicks": CLICKS, "warm_ups": WARM_UPS, "turns": turns}
        printed = subprocess.run(
            [_program("node"), str(ROOT / "benchmarks" / "browser" / "click_to_playing.mjs"), json.dumps(plan)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
    outcome = json.loads(printed)
    rows: list[list[str]] = []
    targets: list[Target] = []
    for name, times in outcome["turns"].items():
        playing_ms = [time["playing_ms"] for time in times]
        heard_ms = [time["heard_ms"] for time in times]
        rows.append(
            [
                name,
                f"{median(playing_ms):.0f}",
                f"{percentile(playing_ms, 95):.0f}",
                f"{min(playing_ms):.0f} - {max(playing_ms):.0f}",
                f"{median(heard_ms):.0f}",
            ]
        )
        targets.append(
            at_most(f"click to playing, median, {name}", median(playing_ms), _WANTED_MEDIAN_MS[name], " ms", 0)
        )
        targets.append(at_most(f"click to playing, p95, {name}", percentile(playing_ms, 95), _WANTED_P95_MS, " ms", 0))
    return Report(
        name="click_to_playing",
        title="From the click on Speak to `playing`, page warm, 15 words",
        columns=("voice", "median, ms", "p95, ms", "range, ms", "currentTime moves, median, ms"),
        rows=rows,
        targets=targets,
        notes=(
            f"{outcome['browser']}, headless, no sound device (Chromium's own null sink); server, browser and this "
            "program share the machine.",
            f"{CLICKS} clicks a voice, voices taking turns, after {WARM_UPS} uncounted; stopped between clicks.",
        ),
        raw=outcome,
    )


def _chromium() -> str:
    return os.environ.get("CHROMIUM") or _program("chromium", "chromium-browser", "google-chrome")


def _program(*names: str) -> str:
    for name in names:
        if found := shutil.which(name):
            return found
    raise SystemExit(f"This benchmark needs the program {names[0]} on PATH.")
