"""Measures what becomes of those who come too late, leave, lose their connection or stop reading."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import psutil
import uvloop

from benchmarks.load.endurance import Asked, Ear
from benchmarks.load.rooms import models_with_joe, our_server
from benchmarks.load.wire import Wire
from benchmarks.measuring import median, percentile
from benchmarks.report import Report, Target, at_least, at_most, progress
from benchmarks.texts import quality_sentences

SEED = 20_261_124
BREAKS = 100
STALLED = 20
STALLED_S = 300.0
REFUSALS = 50
CANCELS = 30
WANTED_REFUSAL_MS = 20.0
WANTED_STALLED_MIB = 5.0
_KOKORO = "af_heart"


@dataclass(frozen=True, slots=True)
class _Server:
    url: str
    process: psutil.Process


@dataclass(frozen=True, slots=True)
class _Found:
    """What goes into the report."""

    rows: list[list[str]] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    raw: dict[str, Any] = field(default_factory=dict)


def run() -> Report:
    """One after the other at one server."""
    found = _Found()
    with (
        models_with_joe() as models,
        # Long enough that it is the benchmark that ends the stalled ones.
        our_server(models, WILDTRACK_STALL_TIMEOUT_S="1000") as server,
    ):
        uvloop.run(_evening(_Server(server.url, psutil.Process(server.process_id)), found))
    return Report(
        name="leaving",
        title="Those who come too late, leave, lose their connection or stop reading",
        columns=("what", "how often", "found"),
        rows=found.rows,
        targets=found.targets,
        notes=(
            f"Seed {SEED}. One too many: Kokoro streams that nobody acknowledges fill the server; the refusal is timed "
            "from asking to its answer. Connections are broken by aborting the socket.",
            "CPU after leaving: of the server's process in the second after Kokoro streams were cancelled or dropped, "
            "in milliseconds a stream, less what an idle second takes. The step that runs goes on to its end: up to "
            "800 ms of sound, in 110 ms.",
            f"Stalled: {STALLED} clients that asked for a long text, after as many who did listen. Half of them answer "
            "heartbeats and acknowledge no sound; half read nothing at all, so that the server lets go of them when "
            "their heartbeat fails.",
        ),
        raw=found.raw,
    )


async def _evening(server: _Server, found: _Found) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        for part in (_breaks, _one_too_many, _leaving, _stalled):
            progress(part.__name__.strip("_"))
            await part(http, server, found)


async def _breaks(http: aiohttp.ClientSession, server: _Server, found: _Found) -> None:
    """Break connections in the middle of streams and go on."""
    draw = random.Random(SEED)
    identical = 0
    gaps_ms = []
    for number in range(BREAKS):
        voice = ("heart", _KOKORO, "zf_xiaoxiao")[number % 3]
        sentences = quality_sentences("zh" if voice.startswith("z") else "en")
        asked = Asked(" ".join(draw.choices(sentences, k=3)), voice, number, 1.0)
        ear = Ear(await Wire.open(http, server.url))
        await ear.hear(asked)
        whole = bytes(ear.pcm)
        heard, gap_s = await _broken(http, server.url, asked, draw.randrange(4800, len(whole) - 4800))
        gaps_ms.append(1000 * gap_s)
        identical += heard == whole
        await ear.wire.close()
    found.rows.append(
        [
            "connections broken in mid-stream",
            str(BREAKS),
            f"{identical} byte-identical, {median(gaps_ms):.0f} ms to PCM",
        ]
    )
    found.targets.append(at_least("byte-identical resumes of 100", identical, BREAKS, ""))
    found.raw["gaps_ms"] = gaps_ms


async def _broken(http: aiohttp.ClientSession, url: str, asked: Asked, at_byte: int) -> tuple[bytes, float]:
    """What is heard of a stream that is broken once, and how long after the new connection it goes on."""
    first = await Wire.open(http, url)
    ear = Ear(first)
    ear.enough_bytes = at_byte
    answer = await first.call(
        "synthesize", {"text": asked.text, "voice": asked.voice, "seed": asked.seed, "speed": asked.speed}
    )
    async with asyncio.timeout(60):
        await ear.ended.wait()
    await first.break_off()
    heard = bytes(ear.pcm)
    second = Ear(await Wire.open(http, url))
    second.pcm += heard
    begun_s, gap_s = time.monotonic(), [0.0]
    take = second.wire.on_audio

    def timed(message: dict[str, Any], pcm: bytes) -> None:
        gap_s[0] = gap_s[0] or time.monotonic() - begun_s
        take(message, pcm)

    second.wire.on_audio = timed
    await second.wire.call(
        "resume",
        {
            "stream_id": answer["stream_id"],
            "stream_token": answer["stream_token"],
            "next_sample": len(heard) // 2,
        },
    )
    async with asyncio.timeout(60):
        await second.ended.wait()
    await second.wire.close()
    return bytes(second.pcm), gap_s[0]


async def _fill(http: aiohttp.ClientSession, url: str, most: int) -> list[Wire]:
    """Kokoro streams that nobody acknowledges, until one is refused."""
    wires = []
    text = " ".join(quality_sentences("en"))
    for _ in range(most):
        wire = await Wire.open(http, url, acknowledges=False)
        answer = await wire.call("synthesize", {"text": text, "voice": _KOKORO})
        wires.append(wire)
        if "error" in answer:
            break
    return wires


async def _one_too_many(http: aiohttp.ClientSession, server: _Server, found: _Found) -> None:
    wires = await _fill(http, server.url, 64)
    took_ms = []
    for _ in range(REFUSALS):
        begun_s = time.monotonic()
        answer = await wires[-1].call("synthesize", {"text": "One more.", "voice": _KOKORO})
        took_ms.append(1000 * (time.monotonic() - begun_s))
        if answer.get("error", {}).get("code") != "overloaded":
            raise SystemExit("A stream too many was let in.")
    for wire in wires:
        await wire.close()
    told = f"{median(took_ms):.1f} ms median, {percentile(took_ms, 95):.1f} ms p95, beside {len(wires) - 1} streams"
    found.rows.append(["one stream too many", str(REFUSALS), f"refused in {told}"])
    found.targets.append(
        at_most("refusal of one too many, p95", percentile(took_ms, 95), WANTED_REFUSAL_MS, " ms", digits=1)
    )
    found.raw["refusals_ms"] = took_ms


async def _leaving(http: aiohttp.ClientSession, server: _Server, found: _Found) -> None:
    """Cancel, or drop the connection, while chunks are being made; then look at the server's CPU."""
    text = " ".join(quality_sentences("en"))
    await asyncio.sleep(1)
    idle_ms = await _cpu_ms(server.process, 1.0)
    for way in ("cancel", "drop"):
        spent_ms = []
        for number in range(CANCELS):
            wire = await Wire.open(http, server.url)
            ear = Ear(wire)
            ear.enough_bytes = 4800 * (1 + number)
            answer = await wire.call("synthesize", {"text": text, "voice": _KOKORO})
            await ear.ended.wait()
            if way == "cancel":
                await wire.call("cancel", {"stream_id": answer["stream_id"]})
            else:
                await wire.break_off()
            spent_ms.append(await _cpu_ms(server.process, 1.0) - idle_ms)
            if way == "cancel":
                await wire.close()
        found.rows.append(
            [f"CPU after a {way}", str(CANCELS), f"{median(spent_ms):.0f} ms median, {max(spent_ms):.0f} ms at most"]
        )
        found.raw[f"cpu_after_{way}_ms"] = spent_ms
    found.raw["idle_ms"] = idle_ms


async def _cpu_ms(process: psutil.Process, for_s: float) -> float:
    before = process.cpu_times()
    await asyncio.sleep(for_s)
    after = process.cpu_times()
    return 1000 * (after.user + after.system - before.user - before.system)


async def _stalled(http: aiohttp.ClientSession, server: _Server, found: _Found) -> None:
    text = " ".join(quality_sentences("en") * 3)
    # As many who do listen come first: what a crowd takes once is no growth.
    crowd = [Ear(await Wire.open(http, server.url)) for _ in range(STALLED)]
    await asyncio.gather(*(ear.hear(Asked(text[:1000], "heart", 0, 1.0)) for ear in crowd))
    for ear in crowd:
        await ear.wire.close()
    await asyncio.sleep(2)
    before_mib = server.process.memory_info().rss / 2**20
    wires = []
    for number in range(STALLED):
        wire = await Wire.open(http, server.url, acknowledges=False)
        if number % 2:
            wire.stop_reading()
        await wire.emit("synthesize", {"text": text, "voice": "heart"})
        wires.append(wire)
    largest_mib, until_s = 0.0, time.monotonic() + STALLED_S
    while time.monotonic() < until_s:
        await asyncio.sleep(1)
        largest_mib = max(largest_mib, server.process.memory_info().rss / 2**20)
    for wire in wires:
        await wire.break_off()
    await asyncio.sleep(2)
    after_mib = server.process.memory_info().rss / 2**20
    found.rows.append(
        [
            f"clients that read nothing for {STALLED_S:.0f} s",
            str(STALLED),
            f"{largest_mib - before_mib:+.1f} MiB at most, {after_mib - before_mib:+.1f} MiB after they left",
        ]
    )
    found.targets.append(
        at_most("growth with 20 stalled clients", largest_mib - before_mib, WANTED_STALLED_MIB, " MiB", digits=1)
    )
    found.raw["stalled_mib"] = {"before": before_mib, "largest": largest_mib, "after": after_mib}
