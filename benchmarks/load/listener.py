"""A listener who plays as a loudspeaker does: in real time, from the first chunk on, dry where it comes late."""

import asyncio
import hashlib
import time
from dataclasses import dataclass
from typing import Any

from benchmarks.load.wire import Wire

_REPORT_EVERY_S = 0.25
_GIVE_UP_S = 300.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of one request."""

    outcome: str
    """`done`, or an error's code."""
    answer_s: float
    """From asking to the acknowledgement."""
    first_audio_s: float | None
    """From asking to the first chunk."""
    underruns: int
    """How often the loudspeaker ran dry."""
    silent_s: float
    """For how long in all."""
    sound_s: float
    sha256: str


class Playing:
    """One stream as it comes."""

    def __init__(self) -> None:
        self.asked_s = time.monotonic()
        self.rate_hz = 24_000
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.underruns = 0
        self._first_s: float | None = None
        self._played_from_s = 0.0
        self._bytes = 0
        self._silent_s = 0.0
        self._digest = hashlib.sha256()

    @property
    def sound_s(self) -> float:
        """Seconds of sound that have come."""
        return self._bytes / 2 / self.rate_hz

    @property
    def position_s(self) -> float:
        """Where the loudspeaker is."""
        return 0.0 if self._first_s is None else min(time.monotonic() - self._played_from_s, self.sound_s)

    @property
    def left_s(self) -> float:
        """Seconds of sound that have come and are still to be heard."""
        return self.sound_s - self.position_s

    def take(self, message: dict[str, Any], pcm: bytes) -> None:
        """A message with sound has come."""
        if message["start_sample"] * 2 != self._bytes:
            raise AssertionError("a chunk is missing, or came twice")
        self.take_bytes(pcm)

    def take_bytes(self, pcm: bytes) -> None:
        """Sound has come."""
        now_s = time.monotonic()
        if self._first_s is None:
            self._first_s = self._played_from_s = now_s
        late_s = now_s - (self._played_from_s + self.sound_s)
        if late_s > 0 and self._bytes:
            self.underruns += 1
            self._silent_s += late_s
            self._played_from_s += late_s
        self._bytes += len(pcm)
        self._digest.update(pcm)

    def end(self, name: str, data: dict[str, Any]) -> None:
        """The last event has come."""
        if name in ("done", "error") and not self.ended.done():
            self.ended.set_result("done" if name == "done" else data["code"])

    def heard(self, outcome: str, answer_s: float) -> Heard:
        """All of it, in numbers."""
        return Heard(
            outcome,
            answer_s,
            None if self._first_s is None else self._first_s - self.asked_s,
            self.underruns,
            self._silent_s,
            self.sound_s,
            self._digest.hexdigest(),
        )


async def listen(wire: Wire, request: dict[str, Any]) -> Heard:
    """Ask for a text and hear it to its end, telling the server where the loudspeaker is, as the page does."""
    playing = Playing()
    wire.on_audio, wire.on_event = playing.take, playing.end
    answer = await wire.call("synthesize", request)
    answer_s = time.monotonic() - playing.asked_s
    if "error" in answer:
        return playing.heard(answer["error"]["code"], answer_s)
    playing.rate_hz = answer["sample_rate_hz"]
    reporting = asyncio.create_task(_report(wire, playing, answer["stream_id"]))
    try:
        async with asyncio.timeout(_GIVE_UP_S):
            outcome = await playing.ended
            await asyncio.sleep(playing.left_s)
    finally:
        reporting.cancel()
    return playing.heard(outcome, answer_s)


async def _report(wire: Wire, playing: Playing, stream_id: str) -> None:
    while True:
        await asyncio.sleep(_REPORT_EVERY_S)
        report = {"stream_id": stream_id, "position_s": playing.position_s, "underruns": playing.underruns}
        await wire.emit("playback", report)
