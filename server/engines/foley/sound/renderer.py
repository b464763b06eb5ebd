"""The sound of one timeline, chunk by chunk: every event and bed made, placed, put into its room, mixed and limited."""

import heapq
from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

import numpy as np

from server.audio.limiter import LimiterSettings, LimiterStream
from server.engines.foley.backend import CHANNELS, CHUNK_SAMPLES, SAMPLE_RATE_HZ, FoleyRequest, Samples, Stem
from server.engines.foley.classes import CLASS
from server.engines.foley.sound.catalogue import Sound, texture_of
from server.engines.foley.sound.cue import Cue, Mono, Rng
from server.engines.foley.sound.place import Place
from server.engines.foley.sound.profiles import MANNERS, treated
from server.engines.foley.sound.reverb import Reverb
from server.engines.foley.sound.rooms import DEFAULT_ROOM, ROOMS
from server.engines.foley.sound.voices import BedVoice, HitVoice, TextureVoice, Voice
from server.engines.foley.timeline import Bed, FoleyEvent, TimelinePart

_LIMITER: Final = LimiterSettings(ceiling_db=-1.0, attack_ms=1.0, release_s=0.3)
LATE_SAMPLES: Final = LimiterStream(SAMPLE_RATE_HZ, CHANNELS, _LIMITER).look_ahead_samples
"""All sound comes this much after its time, 1.3 ms, which the limiter looks ahead."""
_MOST_VOICES: Final = 96
"""Events that sound at once; those that come later while so many sound are left out."""
_EVENT_PEAK: Final = 0.5
"""Of the hardest event in the middle distance, before its class's level."""
_SHORTEST_TEXTURE_S: Final = 0.25
_STEMS: Final[dict[str, Stem]] = {"hit": "hits", "step": "steps", "spot": "spots", "bed": "spots"}
"""By the kind of an event's class: a bed that is put on the timeline as an event is a spot."""


class FoleyRenderer:
    """A `Renderer`. The same request and timeline give the same bytes, however the timeline comes in parts.

    A video ends where its driver stops asking; to hear the end of one whose length is no whole number of chunks, push
    a last, empty part whose `until_s` is not before the last chunk's end.
    """

    def __init__(self, request: FoleyRequest, sounds: Mapping[str, Sound]) -> None:
        """`sounds`: by class."""
        self._request, self._sounds = request, sounds
        self._manner = MANNERS[request.profile]
        self._until = 0
        self._begin = 0
        self._order = 0
        self._events: list[tuple[int, str, int, FoleyEvent]] = []
        self._beds: list[tuple[int, str, int, Bed]] = []
        self._alike: Counter[tuple[int, str]] = Counter()
        """Events and beds of one class that begin with one sample."""
        self._stretches: list[tuple[int, int, str]] = []
        """Beginnings, ends and rooms of beds, as long as they matter."""
        self._voices: list[tuple[str, Voice]] = []
        """With the name of the room that each is in."""
        self._bed_voices: list[BedVoice] = []
        self._rooms: dict[str, Reverb] = {}
        self._limiter = LimiterStream(SAMPLE_RATE_HZ, CHANNELS, _LIMITER)
        self._limiter.process(np.zeros((LATE_SAMPLES, CHANNELS), np.float32))

    def push(self, part: TimelinePart) -> None:
        """The next stretch of the timeline.

        Raises:
            ValueError: it names a sound or room that does not exist.
        """
        for event in part.events:
            _require(event.label, self._sounds)
            key = repr((event.material, event.strength, event.pan, event.distance, event.duration_s))
            heapq.heappush(self._events, (_samples(event.onset_s), event.label + key, self._order, event))
            self._order += 1
        for bed in part.beds:
            _require(bed.label, self._sounds)
            _require(bed.room, ROOMS)
            heapq.heappush(self._beds, (_samples(bed.start_s), f"{bed.label} {bed}", self._order, bed))
            self._order += 1
        self._until = max(self._until, _samples(min(part.until_s, 1e9)))

    def render(self) -> Samples:
        """The next chunk, as `Renderer` says."""
        begin, end = self._begin, self._begin + CHUNK_SAMPLES
        if self._until < end:
            raise ValueError(f"The timeline is settled up to sample {self._until}, and the chunk ends at {end}.")
        self._begin_beds(end)
        self._begin_events(end)
        mix = np.zeros((CHUNK_SAMPLES, CHANNELS), np.float32)
        self._bed_voices = [voice for voice in self._bed_voices if voice.add(begin, mix)]
        sent: dict[str, Mono] = {name: np.zeros(CHUNK_SAMPLES, np.float32) for name in self._rooms}
        going = []
        for room, voice in self._voices:
            if voice.add(begin, mix, sent[room]):
                going.append((room, voice))
        self._voices = going
        for name, reverb in list(self._rooms.items()):
            back = reverb(sent[name])
            if back is not None:
                mix += np.float32(ROOMS[name].wet * self._manner.wet) * back
            elif not any(room == name for room, _ in self._voices):
                del self._rooms[name]
        self._begin = end
        return np.clip(self._limiter.process(mix), -1, 1)

    def _begin_beds(self, end: int) -> None:
        while self._beds and self._beds[0][0] < end:
            start, _, _, bed = heapq.heappop(self._beds)
            stop = _samples(bed.end_s)
            if stop <= start:
                continue
            self._stretches.append((start, stop, bed.room))
            gain = self._bed_gain(bed)
            if "beds" not in self._request.stems or not self._request.has_bed or gain == 0:
                continue
            before = next((each for each in self._bed_voices if (each.label, each.end) == (bed.label, start)), None)
            if before is not None:
                before.go_on(start, stop, gain)
                continue
            rng = self._rng("bed", start, bed.label)
            blocks = texture_of(self._sounds[bed.label])(Cue(pitch=1.0), rng)
            self._bed_voices.append(BedVoice(bed.label, start, stop, gain, blocks))

    def _begin_events(self, end: int) -> None:
        while self._events and self._events[0][0] < end:
            start, _, _, event = heapq.heappop(self._events)
            # Drawn even where it is not heard, so that a stem alone sounds as it does among the others.
            rng = self._rng("event", start, event.label)
            if _STEMS[CLASS[event.label].kind] in self._request.stems and len(self._voices) < _MOST_VOICES:
                room = self._room_at(start)
                self._rooms.setdefault(room, Reverb(room))
                self._voices.append((room, self._voice(start, event, rng)))
        self._stretches = [stretch for stretch in self._stretches if stretch[1] >= end]

    def _voice(self, start: int, event: FoleyEvent, rng: Rng) -> Voice:
        sound, manner = self._sounds[event.label], self._manner
        materials = CLASS[event.label].materials
        material = event.material if event.material in materials else (materials[0] if materials else None)
        strength = min(1.0, max(0.0, event.strength))
        place = Place(min(1.0, max(-1.0, event.pan)), min(1.0, max(0.0, event.distance)))
        cue = Cue(material, strength, event.duration_s, manner.pitch)
        decibels = sound.level_db + manner.hit_db + manner.contrast_db * (strength - 1)
        gain = _EVENT_PEAK / Place(0, 0.5).level() * 10 ** (decibels / 20)
        if sound.hit is not None:
            return HitVoice(start, treated(sound.hit(cue, rng), strength, manner), place, gain)
        assert sound.texture is not None
        length = _samples(max(_SHORTEST_TEXTURE_S, event.duration_s))
        return TextureVoice(start, length, sound.texture(cue, rng), place, gain)

    def _bed_gain(self, bed: Bed) -> float:
        level, intensity = min(1.0, bed.level), min(1.0, self._request.bed_intensity)
        if level <= 0 or intensity <= 0:
            return 0.0
        decibels = -12 + 18 * (level - 0.5) + 18 * (intensity - 0.5) + self._manner.bed_db
        quiet = min(1.0, level / 0.1) * min(1.0, intensity / 0.1)
        return float(quiet * 10 ** ((decibels + self._sounds[bed.label].level_db) / 20))

    def _room_at(self, start: int) -> str:
        inside = [stretch for stretch in self._stretches if stretch[0] <= start < stretch[1]]
        return max(inside)[2] if inside else DEFAULT_ROOM

    def _rng(self, what: str, start: int, label: str) -> Rng:
        """Of its own for each event: what comes before or after it changes nothing in how it sounds."""
        count = self._alike[start, label]
        self._alike[start, label] += 1
        if count == 0:
            self._alike = Counter({key: value for key, value in self._alike.items() if key[0] == start})
        name = f"{self._request.seed} {what} {start} {label} {count}".encode()
        return np.random.Generator(np.random.PCG64(int.from_bytes(blake2b(name, digest_size=16).digest(), "big")))


def _samples(time_s: float) -> int:
    return round(time_s * SAMPLE_RATE_HZ)


def _require(name: str, known: Mapping[str, object]) -> None:
    if name not in known:
        raise ValueError(f"There is no sound or room of the name {name!r}.")
