"""Measures whether memory grows with the length of a text: the server's resident size over an hour's reading."""

import asyncio
import random
from typing import Any

import psutil
import socketio

from benchmarks.report import Report, at_most, progress
from benchmarks.servers import wildtrack
from benchmarks.texts import quality_sentences

SEED = 20_261_121
WANTED_GROWTH_MIB = 20.0
_TEXT_CHARACTERS = 62_000
_LOOK_EVERY_S = 300
_SAMPLE_RATE_HZ = 24_000


def run() -> Report:
    """Have hibari read for an hour over one Socket.IO stream; look at the server every five minutes of it."""
    with wildtrack() as server:
        sizes_mib, read_s = asyncio.run(_read(server.url, psutil.Process(server.process_id), _text()))
    minutes = sorted(sizes_mib)
    base_mib = sizes_mib[minutes[0]]
    growth_mib = max(sizes_mib.values()) - base_mib
    return Report(
        name="long-reading",
        title="Resident memory of the server while it reads one text for an hour",
        columns=("minutes of sound", "resident, MiB", "against the first five minutes"),
        rows=[
            [str(minute), f"{sizes_mib[minute]:.1f}", f"{sizes_mib[minute] - base_mib:+.1f} MiB"] for minute in minutes
        ],
        targets=[at_most("growth from 5 minutes to the end", growth_mib, WANTED_GROWTH_MIB, unit=" MiB", digits=1)],
        notes=(
            f"{_TEXT_CHARACTERS} characters of the quality sentences in random order (seed {SEED}), hibari heart, one "
            f"stream: {read_s / 60:.1f} minutes of sound, acknowledged as they come and thrown away.",
        ),
        raw={"resident_mib": sizes_mib, "sound_s": read_s},
    )


def _text() -> str:
    draw = random.Random(SEED)
    sentences = quality_sentences("en")
    text = ""
    while len(text) < _TEXT_CHARACTERS:
        text += draw.choice(sentences) + " "
    return text[:_TEXT_CHARACTERS]


async def _read(url: str, process: psutil.Process, text: str) -> tuple[dict[int, float], float]:
    """Minutes of sound -> MiB, and the seconds there were in all."""
    client = socketio.AsyncClient(reconnection=False)
    sizes_mib: dict[int, float] = {}
    done: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    async def look(message: dict[str, Any]) -> None:
        minute = message["start_sample"] // _SAMPLE_RATE_HZ // _LOOK_EVERY_S * (_LOOK_EVERY_S // 60)
        if minute and minute not in sizes_mib:
            progress(f"{minute} minutes")
            sizes_mib[minute] = process.memory_info().rss / 2**20

    client.on("audio_chunk", look)
    client.on("done", done.set_result)
    client.on("error", done.set_result)
    await client.connect(url, transports=["websocket"])
    answer = await client.call("synthesize", {"text": text, "voice": "heart"})
    if "error" in answer:
        raise SystemExit(answer["error"]["message"])
    end = await asyncio.wait_for(done, timeout=1800)
    await client.disconnect()
    if "code" in end:
        raise SystemExit(end["message"])
    return sizes_mib, end["total_samples"] / _SAMPLE_RATE_HZ
