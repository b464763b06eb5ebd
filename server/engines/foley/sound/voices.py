"""What sounds at a moment: hits made already, textures made as they go, beds that fade into each other."""

from collections.abc import Iterator
from itertools import islice
from typing import Final, Protocol

import numpy as np

from server.engines.foley.sound.cue import BLOCK, Mono, Stereo
from server.engines.foley.sound.dsp import seconds
from server.engines.foley.sound.place import Place

_ATTACK: Final = seconds(0.002)
_ONSET: Final = 0.1
"""Of the peak in its first moments: here a texture begins."""
_HEARD_BLOCKS: Final = 6
"""The first moments, in blocks."""
_RELEASE: Final = seconds(0.12)
FADE: Final = seconds(0.6)
"""Of beds: the old one goes while the new one comes."""
_FIRST_FADE: Final = seconds(0.03)
"""Of a bed with which the video begins."""


class Voice(Protocol):
    """One sound that is heard now."""

    def add(self, begin: int, direct: Stereo, room: Mono) -> bool:
        """Add the samples from `begin` on to what is heard and to what goes into its room; False when it is over."""
        ...


class HitVoice:
    """Made in one piece, placed once."""

    def __init__(self, start: int, sound: Mono, place: Place, gain: float) -> None:
        self._start = start
        heard = place.air(sound)
        self._direct = place.stereo(heard) * np.float32(gain * place.level())
        self._room = heard * np.float32(gain * place.room_level())

    def add(self, begin: int, direct: Stereo, room: Mono) -> bool:
        """As `Voice` says."""
        _add_from(self._direct, self._start - begin, direct)
        _add_from(self._room, self._start - begin, room)
        return self._start + len(self._direct) > begin + BLOCK


class TextureVoice:
    """An event that lasts as long as what is seen."""

    def __init__(self, start: int, length: int, blocks: Iterator[Stereo], place: Place, gain: float) -> None:
        self._start, self._end = start, start + length
        self._blocks, self._gain, self._place = blocks, gain, place
        self._ready = _from_onset(np.concatenate(list(islice(blocks, _HEARD_BLOCKS))))

    def add(self, begin: int, direct: Stereo, room: Mono) -> bool:
        """As `Voice` says."""
        first = max(begin, self._start)
        last = min(begin + BLOCK, self._end + _RELEASE)
        if first < last:
            sound = self._next(last - first)
            at = np.arange(first, last)
            swell = np.clip((at - self._start + 1) / _ATTACK, 0, 1) * np.clip(
                (self._end + _RELEASE - at) / _RELEASE, 0, 1
            )
            middle = sound.mean(axis=1)
            middle *= (self._gain * swell).astype(np.float32)
            side = (0.35 * self._gain * swell * (sound[:, 0] - sound[:, 1]) / 2).astype(np.float32)
            left, right = self._place.gains()
            level = np.float32(self._place.level())
            span = slice(first - begin, last - begin)
            direct[span, 0] += level * (np.float32(left) * middle + side)
            direct[span, 1] += level * (np.float32(right) * middle - side)
            room[span] += np.float32(self._place.room_level()) * middle
        return self._end + _RELEASE > begin + BLOCK

    def _next(self, n: int) -> Stereo:
        while len(self._ready) < n:
            self._ready = np.concatenate((self._ready, next(self._blocks)))
        out, self._ready = self._ready[:n], self._ready[n:]
        return out


def _from_onset(sound: Stereo) -> Stereo:
    """Without what is hardly heard before the texture's first grain: it has to begin when it is seen to."""
    loudness = np.abs(sound).max(axis=1)
    return sound[np.flatnonzero(loudness >= _ONSET * float(loudness.max()))[0] :]


class BedVoice:
    """A bed from the chunk it begins in until it has faded."""

    def __init__(self, label: str, start: int, end: int, gain: float, blocks: Iterator[Stereo]) -> None:
        self.label = label
        self.end = end
        """Where it begins to fade, unless it goes on."""
        self._start = start
        self._fade_in = FADE if start > 0 else _FIRST_FADE
        self._blocks = blocks
        self._marks = [(start, gain)]
        """Where the level begins to change, and to what."""

    def go_on(self, start: int, end: int, gain: float) -> None:
        """The same bed follows on itself, perhaps louder or softer."""
        self.end = end
        self._marks.append((start, gain))

    def add(self, begin: int, direct: Stereo) -> bool:
        """Add the samples from `begin` on; False when it has faded."""
        at = np.arange(begin, begin + BLOCK)
        rise = np.clip((at - self._start) / self._fade_in, 0, 1)
        fall = np.clip((at - self.end) / FADE, 0, 1)
        swell = np.sin(np.pi / 2 * rise) * np.cos(np.pi / 2 * fall) * self._level(at)
        direct += next(self._blocks) * swell.astype(np.float32)[:, np.newaxis]
        return self.end + FADE > begin + BLOCK

    def _level(self, at: np.ndarray[tuple[int], np.dtype[np.int64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        while len(self._marks) > 1 and self._marks[1][0] + FADE <= at[0]:
            self._marks.pop(0)
        times: list[float] = [self._marks[0][0]]
        gains = [self._marks[0][1]]
        for (start, gain), (_, before) in zip(self._marks[1:], self._marks[:-1], strict=True):
            start_at = max(float(start), times[-1])
            times += [start_at, max(start + FADE, start_at)]
            gains += [before, gain]
        level: np.ndarray[tuple[int], np.dtype[np.float64]] = np.interp(at, times, gains)
        return level


def _add_from(sound: Mono | Stereo, offset: int, out: Mono | Stereo) -> None:
    """Add the part of a sound that begins `offset` samples after `out` does and lies in it."""
    first, last = max(0, offset), min(len(out), offset + len(sound))
    if first < last:
        out[first:last] += sound[first - offset : last - offset]
