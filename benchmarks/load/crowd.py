"""A crowd of listeners in a process of its own; each hears one text after another, in real time, until the time is up.

`python -m benchmarks.load.crowd` reads a `Crowd` as JSON from its input and prints what was heard as JSON.
"""

import asyncio
import json
import random
import resource
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any, Literal

import aiohttp
import uvloop

from benchmarks.load.listener import Heard, Playing, listen
from benchmarks.load.wire import Wire
from benchmarks.texts import quality_sentences

SENTENCES_A_TEXT = 3


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who comes, and for how long."""

    url: str
    door: Literal["socketio", "http"]
    voice: str
    language: Literal["en", "zh"]
    listeners: int
    arrive_within_s: float
    """They come one after another, evenly, in so many seconds..."""
    stay_s: float
    """...and ask for no further text after so many more."""
    seed: int


@dataclass(frozen=True, slots=True)
class CrowdHeard:
    """What the whole crowd heard."""

    heard: list[Heard]
    cpu_s: float
    """Of the crowd's own process."""
    took_s: float


async def gather_crowd(crowd: Crowd) -> CrowdHeard:
    """Let them come, listen and leave."""
    begun_s = time.monotonic()
    heard: list[Heard] = []
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None)) as http:
        await asyncio.gather(*(_listener(http, crowd, number, heard) for number in range(crowd.listeners)))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return CrowdHeard(heard, usage.ru_utime + usage.ru_stime, time.monotonic() - begun_s)


async def _listener(http: aiohttp.ClientSession, crowd: Crowd, number: int, heard: list[Heard]) -> None:
    draw = random.Random(f"{crowd.seed} {number}")
    sentences = quality_sentences(crowd.language)
    await asyncio.sleep(crowd.arrive_within_s * number / crowd.listeners)
    until_s = time.monotonic() + crowd.stay_s + crowd.arrive_within_s * (1 - number / crowd.listeners)
    wire = await Wire.open(http, crowd.url) if crowd.door == "socketio" else None
    while time.monotonic() < until_s:
        text = " ".join(draw.choices(sentences, k=SENTENCES_A_TEXT))
        request = {"text": text, "voice": crowd.voice}
        outcome = await (listen(wire, request) if wire else _listen_over_http(http, crowd.url, request))
        heard.append(outcome)
        if outcome.outcome != "done":
            await asyncio.sleep(1)
    if wire is not None:
        await wire.close()


async def _listen_over_http(http: aiohttp.ClientSession, url: str, request: dict[str, Any]) -> Heard:
    playing = Playing()
    body = {"input": request["text"], "voice": request["voice"], "response_format": "pcm"}
    async with http.post(f"{url}/v1/audio/speech", json=body) as response:
        answer_s = time.monotonic() - playing.asked_s
        async for pcm in response.content.iter_any():
            playing.take_bytes(pcm)
    await asyncio.sleep(playing.left_s)
    return playing.heard("done", answer_s)


def main() -> None:
    """Read, gather, print."""
    outcome = uvloop.run(gather_crowd(Crowd(**json.load(sys.stdin))))
    json.dump(asdict(outcome), sys.stdout)


if __name__ == "__main__":
    main()
