"""Cuts recordings into what a bank keeps: a stretch of a texture, or single sounds from their onset to their end."""

from typing import Final

import numpy as np
import numpy.typing as npt

from server.engines.foley.sound.bank.latents import FRAME

Mono = npt.NDArray[np.float32]

RATE_HZ: Final = 48_000
_LOUDNESS: Final = 0.1
"""RMS of a texture, and about a tenth of the peak of an atom."""
_SILENT_DB: Final = 45.0
"""Below the loudest moment: a pause, or an end."""
_ONSET_DB: Final = 30.0
"""Below the peak: here a sound begins."""
_PAUSE_S: Final = 0.35
"""Shorter pauses are part of a sound: a bark may be two."""
_SHORTEST_S: Final = 0.12
_LONGEST_S: Final = 3.0
_WINDOW: Final = FRAME
"""Samples over which loudness is taken."""


def texture(sound: Mono) -> Mono:
    """Without silence at both ends, at the loudness of all textures."""
    loud = _levels_db(sound) > -_SILENT_DB
    if not loud.any():
        return sound[:0]
    first, last = np.flatnonzero(loud)[[0, -1]]
    kept = sound[first * _WINDOW : (last + 1) * _WINDOW]
    levelled: Mono = (kept * (_LOUDNESS / (np.sqrt(np.mean(kept**2)) + 1e-9))).astype(np.float32)
    return levelled


def evenness(sound: Mono) -> float:
    """Share of a recording that is not silent: textures are chosen by it."""
    return float(np.mean(_levels_db(sound) > -_SILENT_DB))


def atoms(sound: Mono) -> list[Mono]:
    """The single sounds in a recording, each from the sample on at which it begins, at one peak."""
    loud = _levels_db(sound) > -0.75 * _SILENT_DB
    gap = round(_PAUSE_S * RATE_HZ / _WINDOW)
    found = []
    edges = np.flatnonzero(loud)
    for run in np.split(edges, np.flatnonzero(np.diff(edges) > gap) + 1) if len(edges) else []:
        begin, end = max(0, run[0] - 2) * _WINDOW, (run[-1] + 3) * _WINDOW
        piece = sound[begin : min(end, begin + round(_LONGEST_S * RATE_HZ))]
        peak = float(np.abs(piece).max())
        if peak < 0.2 * float(np.abs(sound).max()):
            continue
        piece = piece[np.flatnonzero(np.abs(piece) > peak * 10 ** (-_ONSET_DB / 20))[0] :]
        if len(piece) >= _SHORTEST_S * RATE_HZ:
            found.append((piece * (10 * _LOUDNESS / peak)).astype(np.float32))
    return found


def _levels_db(sound: Mono) -> npt.NDArray[np.float64]:
    """Of each 10 ms, below the loudest."""
    n = len(sound) // _WINDOW
    power = np.mean(sound[: n * _WINDOW].reshape(n, _WINDOW).astype(np.float64) ** 2, axis=1) + 1e-14
    levels: npt.NDArray[np.float64] = 10 * np.log10(power / power.max(initial=1e-14))
    return levels
