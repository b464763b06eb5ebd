"""Measures whether anything is lost, mixed or kept over ten thousand varied requests, some cancelled, some dropped."""

import asyncio
import hashlib
import random
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import aiohttp
import psutil
import uvloop

from benchmarks.load.rooms import JOE, models_with_joe, our_server
from benchmarks.load.wire import Wire
from benchmarks.report import Report, at_most, progress
from benchmarks.texts import quality_sentences

SEED = 20_261_123
REQUESTS = 10_000
AT_ONCE = 12
KINDS = 150
"""Different requests; each is first made alone, for its hash."""
WANTED_GROWTH_MIB = 5.0
_WARM_UP = 1000
_TRIES = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """One kind of request."""

    text: str
    voice: str
    seed: int
    speed: float


@dataclass(slots=True)
class Tally:
    """What became of them."""

    outcomes: Counter[str]
    resident_mib: dict[int, float]
    wrong: int = 0
    sound_s: float = 0.0


class Ear:
    """Hears one stream at a time on one connection, and breaks off where it is told to."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.pcm = bytearray()
        self.ended = asyncio.Event()
        self.enough_bytes: int | None = None
        self.end: dict[str, Any] = {}
        self._left = ""
        wire.on_audio, wire.on_event = self._audio, self._event

    def _audio(self, message: dict[str, Any], pcm: bytes) -> None:
        # What was on its way when a stream was cancelled may still come, and belongs to nobody any more.
        if self.ended.is_set() or message["stream_id"] == self._left:
            return
        if message["start_sample"] * 2 != len(self.pcm):
            raise AssertionError("a chunk is missing, or came twice")
        self.pcm += pcm
        if self.enough_bytes is not None and len(self.pcm) >= self.enough_bytes:
            self.ended.set()

    def _event(self, name: str, data: dict[str, Any]) -> None:
        # What comes after it has heard enough is of no interest, nor that it was the last.
        if name in ("done", "error") and not self.ended.is_set():
            self.end = data
            self.ended.set()

    async def hear(self, asked: Asked, *, enough_bytes: int | None = None) -> str:
        """`done`, `enough` or an error's code; the sound is in `pcm`."""
        self.pcm.clear()
        self.ended.clear()
        self.end = {}
        self.enough_bytes = enough_bytes
        request = {"text": asked.text, "voice": asked.voice, "seed": asked.seed, "speed": asked.speed}
        answer = await self.wire.call("synthesize", request)
        if "error" in answer:
            return str(answer["error"]["code"])
        async with asyncio.timeout(120):
            await self.ended.wait()
        if self.end:
            return str(self.end.get("code", "done"))
        self._left = answer["stream_id"]
        await self.wire.call("cancel", {"stream_id": self._left})
        return "enough"


def run() -> Report:
    """Ask for everything alone; then for all of it over and over, many at once, and compare."""
    with models_with_joe() as models, our_server(models) as server:
        tally = uvloop.run(_evening(server.url, psutil.Process(server.process_id)))
    looks = sorted(tally.resident_mib)
    base_mib = tally.resident_mib[looks[0]]
    growth_mib = tally.resident_mib[looks[-1]] - base_mib
    heard = tally.outcomes["done"] + tally.outcomes["enough"] + tally.outcomes["dropped"]
    return Report(
        name="endurance",
        title=f"{REQUESTS} varied requests, {AT_ONCE} at once, one in ten cancelled and one in ten dropped",
        columns=("requests", "resident, MiB", f"against {looks[0]}"),
        rows=[[str(n), f"{tally.resident_mib[n]:.1f}", f"{tally.resident_mib[n] - base_mib:+.1f} MiB"] for n in looks],
        targets=[
            at_most("streams whose sound is not what the same request gives alone", tally.wrong, 0, digits=0),
            at_most("requests that were not heard as far as was wanted", REQUESTS - heard, 0, digits=0),
            at_most("growth of resident memory", growth_mib, WANTED_GROWTH_MIB, " MiB", digits=1),
        ],
        notes=(
            f"Seed {SEED}: {KINDS} kinds of request, 92 % hibari, 6 % a piper voice, 2 % Kokoro in English and "
            f"Chinese; a sentence each, speeds 0.8 to 1.3, {tally.sound_s / 3600:.1f} hours in all. Whole sounds are "
            "compared by hash, cancelled and dropped ones byte by byte as far as they came.",
            f"Outcomes: {dict(tally.outcomes)}. One that is refused as overloaded is asked for again.",
        ),
        raw={"resident_mib": tally.resident_mib, "outcomes": dict(tally.outcomes), "wrong": tally.wrong},
    )


def kinds() -> list[Asked]:
    """The requests, in the same order every time."""
    draw = random.Random(SEED)
    voices = ["heart"] * 138 + [JOE] * 9 + ["af_heart", "zf_xiaoxiao", "bm_george"]
    return [
        Asked(
            draw.choice(quality_sentences("zh" if voice.startswith("z") else "en")),
            voice,
            draw.randrange(1000),
            draw.choice((0.8, 1.0, 1.3)),
        )
        for voice in voices
    ]


async def _evening(url: str, process: psutil.Process) -> Tally:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        alone = await _alone(http, url)
        await _all_at_once(http, url)
        tally = Tally(Counter(), {})
        numbers = iter(range(1, REQUESTS + 1))
        await asyncio.gather(*(_guest(http, url, alone, numbers, tally, process) for _ in range(AT_ONCE)))
    return tally


async def _alone(http: aiohttp.ClientSession, url: str) -> list[tuple[Asked, bytes]]:
    progress("each request alone")
    ear = Ear(await Wire.open(http, url))
    made = []
    for asked in kinds():
        outcome = await ear.hear(asked)
        if outcome != "done":
            raise SystemExit(f"A request that was alone ended with {outcome}.")
        made.append((asked, bytes(ear.pcm)))
    await ear.wire.close()
    return made


async def _all_at_once(http: aiohttp.ClientSession, url: str) -> None:
    """Every guest asks for the same large thing at the same time: what a crowd takes once is no growth."""
    for asked in kinds()[-4:]:
        ears = [Ear(await Wire.open(http, url)) for _ in range(AT_ONCE)]
        await asyncio.gather(*(_heard(ear, asked, None) for ear in ears))
        for ear in ears:
            await ear.wire.close()


async def _guest(
    http: aiohttp.ClientSession,
    url: str,
    alone: list[tuple[Asked, bytes]],
    numbers: Any,
    tally: Tally,
    process: psutil.Process,
) -> None:
    ear = Ear(await Wire.open(http, url))
    for number in numbers:
        draw = random.Random(f"{SEED} {number}")
        asked, whole = draw.choice(alone)
        leaves = draw.choices(("stays", "cancels", "drops"), (8, 1, 1))[0]
        enough_bytes = None if leaves == "stays" else draw.randrange(1, len(whole))
        outcome = await _heard(ear, asked, enough_bytes)
        heard = bytes(ear.pcm)
        is_right = heard == whole if outcome == "done" else whole.startswith(heard)
        if not is_right:
            tally.wrong += 1
            progress(f"request {number}: {hashlib.sha256(heard).hexdigest()[:12]} is not what it is alone ({outcome})")
        tally.sound_s += len(heard) / 48_000
        tally.outcomes["dropped" if leaves == "drops" and outcome != "overloaded" else outcome] += 1
        if leaves == "drops":
            await ear.wire.break_off()
            ear = Ear(await Wire.open(http, url))
        if number >= _WARM_UP and number % 1000 == 0:
            tally.resident_mib[number] = process.memory_info().rss / 2**20
            progress(f"{number} requests, {tally.resident_mib[number]:.1f} MiB")
    await ear.wire.close()


async def _heard(ear: Ear, asked: Asked, enough_bytes: int | None) -> str:
    give_up_s = time.monotonic() + 120
    for _ in range(_TRIES):
        outcome = await ear.hear(asked, enough_bytes=enough_bytes)
        if outcome != "overloaded" or time.monotonic() > give_up_s:
            break
        await asyncio.sleep(0.2)
    return outcome
