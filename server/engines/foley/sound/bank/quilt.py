"""Textures without end out of a few seconds of latents: stretches of a recording, each joined where it matches best.

(Efros and Freeman 2001, "Image quilting"; for sound: Lu, Wenyin and Zhang 2004, "Audio textures".)
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from server.engines.foley.sound.bank.decoding import Decoding, another_timbre
from server.engines.foley.sound.bank.latents import FRAME, Latents
from server.engines.foley.sound.cue import BLOCK, Cue, Rng, Stereo
from server.runtime.sessions import GraphSession

Floats = npt.NDArray[np.float32]

_FRAMES: Final = BLOCK // FRAME
_BLEND: Final = 4
"""Frames over which the floors of two stretches pass into each other."""
_TIMBRE_DB: Final = 3.0
"""By which the same recording may sound otherwise in another bed."""
_CHOICES: Final = 4
"""Of the best joins, one is drawn."""


@dataclass(frozen=True, slots=True)
class Weave:
    """How a class is quilted."""

    least_s: float
    """Of a stretch."""
    most_s: float
    context_s: float
    """Before a join, in which the two stretches have to be alike: longer where the sound has a beat."""
    width: float
    """How little left and right have in common, 0..1: rain falls everywhere, a clock stands in one place."""


class Quilt:
    """The texture of one class."""

    def __init__(self, pieces: Sequence[Latents], session: GraphSession, weave: Weave) -> None:
        self._pieces, self._session, self._weave = pieces, session, weave

    def __call__(self, cue: Cue, rng: Rng) -> Iterator[Stereo]:
        """One recording is drawn, and quilted on both sides."""
        piece = self._pieces[int(rng.integers(len(self._pieces)))]
        is_wide = self._weave.width > 0
        walks = [_walk(piece, self._weave, rng) for _ in range(2 if is_wide else 1)]
        # Even a sound from one place has two decodings: their floors are noise of their own.
        decode = Decoding(self._session, 2, rng)
        angle = np.pi / 4 * self._weave.width
        near, far = np.float32(np.cos(np.pi / 4 - angle)), np.float32(np.sin(np.pi / 4 - angle))
        timbre = another_timbre(rng, _TIMBRE_DB)
        is_first = True
        while True:
            stretches = [next(walk) for walk in walks]
            stretches = stretches if is_wide else stretches * 2
            sound = decode(
                np.stack([floors for floors, _ in stretches]) + timbre,
                np.stack([peaks for _, peaks in stretches]),
            )
            if is_first:
                is_first = False
                continue
            if is_wide:
                sound = np.stack((near * sound[0] + far * sound[1], far * sound[0] + near * sound[1]))
            yield np.ascontiguousarray(sound.T)


def _walk(piece: Latents, weave: Weave, rng: Rng) -> Iterator[tuple[Floats, Floats]]:
    """A piece's floors and peaks without end, _FRAMES at a time."""
    context = max(_BLEND, round(weave.context_s * 100))
    floors, peaks = piece.floors.astype(np.float32), piece.peaks
    at = int(rng.integers(0, max(1, len(piece) - round(weave.least_s * 100))))
    left = 0
    old: Floats | None = None
    while True:
        out_floors, out_peaks = [], []
        for _ in range(_FRAMES):
            if left == 0 or at >= len(piece):
                where, old = _join(floors, at, context, rng), floors[at : at + _BLEND] if at < len(piece) else None
                left = round(float(rng.uniform(weave.least_s, weave.most_s)) * 100)
                begun, at = where, where
            row = floors[at]
            since = at - begun
            if old is not None and since < len(old):
                share = (since + 1) / (_BLEND + 1)
                row = share * row + (1 - share) * old[since]
            out_floors.append(row)
            out_peaks.append(peaks[at])
            at, left = at + 1, left - 1
        yield np.stack(out_floors), np.stack(out_peaks).astype(np.float32)


def _join(floors: Floats, at: int, context: int, rng: Rng) -> int:
    """Where to go on instead of at frame `at`: one of the places whose past is most like that of `at`."""
    n_frames = len(floors)
    context = min(context, at, n_frames // 3)
    if context < 2:
        return int(rng.integers(0, max(1, n_frames // 2)))
    past = floors[at - context : at]
    last = n_frames - max(_BLEND, n_frames // 8)
    places = np.arange(context, max(context + 1, last))
    windows = np.lib.stride_tricks.sliding_window_view(floors, context, axis=0)[places - context]
    unlike = np.abs(windows - past.T).mean(axis=(1, 2))
    unlike[np.abs(places - at) < n_frames // 10] += 100
    best: list[int] = []
    for index in np.argsort(unlike, kind="stable"):
        # Neighbours of a good place are as good; they would be no choice.
        if all(abs(places[index] - other) > 3 for other in best):
            best.append(int(places[index]))
        if len(best) == _CHOICES:
            break
    return best[int(rng.integers(len(best)))]
