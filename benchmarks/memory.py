"""Measures whether the server's memory grows: resident size after 200 varied requests, against after 20."""

import random
import time
from typing import Literal

import psutil

from benchmarks.measuring import median
from benchmarks.report import Report, at_most, progress
from benchmarks.servers import wildtrack
from benchmarks.speech_client import ask_wildtrack
from benchmarks.texts import quality_sentences

SEED = 20_261_120
REQUESTS = 200
_SAMPLE_EVERY = 20
_KOKORO_SHARE = 0.3
_KOKORO = {"en": ("af_heart", "af_bella", "am_puck", "bf_emma"), "zh": ("zf_xiaoxiao", "zm_yunxi", "zm_yunjian")}
_SPEEDS = (0.8, 1.0, 1.0, 1.3)
WANTED_GROWTH = 0.05


def run() -> Report:
    """Ask 200 times, of every length, in both languages, and look at the size every 20 requests."""
    draw = random.Random(SEED)
    sizes_mib: dict[int, float] = {}
    sound_s = 0.0
    with wildtrack() as server:
        process = psutil.Process(server.process_id)
        for number in range(1, REQUESTS + 1):
            text, voice = _varied(draw)
            sound_s += ask_wildtrack(server.port, text, voice, speed=draw.choice(_SPEEDS)).duration_s
            if number % _SAMPLE_EVERY == 0:
                progress(f"{number} of {REQUESTS} requests")
                sizes_mib[number] = _resident_mib(process)
    growth = sizes_mib[REQUESTS] / sizes_mib[_SAMPLE_EVERY] - 1
    return Report(
        name="memory",
        title="Resident memory of the server over 200 varied requests",
        columns=("requests", "resident, MiB", "against 20 requests"),
        rows=[
            [str(number), f"{size:.1f}", f"{size / sizes_mib[_SAMPLE_EVERY] - 1:+.1%}"]
            for number, size in sizes_mib.items()
        ],
        targets=[at_most("growth from 20 to 200 requests", 100 * growth, 100 * WANTED_GROWTH, unit=" %", digits=1)],
        notes=(
            f"One request at a time, {sound_s:.0f} s of sound in all; seed {SEED}.",
            f"{1 - _KOKORO_SHARE:.0%} hibari heart with 1 to 5 sentences, {_KOKORO_SHARE:.0%} Kokoro in English and "
            "Mandarin with one sentence, seven voices, speeds 0.8 to 1.3.",
        ),
        raw={"resident_mib": sizes_mib, "sound_s": sound_s},
    )


def _varied(draw: random.Random) -> tuple[str, str]:
    """A text and a voice to read it."""
    if draw.random() >= _KOKORO_SHARE:
        return " ".join(draw.choices(quality_sentences("en"), k=draw.randint(1, 5))), "heart"
    language: Literal["en", "zh"] = draw.choice(("en", "zh"))
    return draw.choice(quality_sentences(language)), draw.choice(_KOKORO[language])


def _resident_mib(process: psutil.Process) -> float:
    """The middle of five looks in half a second, so that one stray buffer does not count."""
    looks = []
    for _ in range(5):
        time.sleep(0.1)
        looks.append(process.memory_info().rss / 2**20)
    return median(looks)
