"""Measure how something was said: how high, how lively, how fast, how loud, from the sound alone.

Runs in .venv-bench, as a child of the benchmarks: `acoustics.py RECORDINGS.json MEASURES.json`. RECORDINGS.json: a list
of {id, path, n_phonemes}. MEASURES.json: {id: {f0_hz, f0_range_semitones, voiced_share, rate_hz, level_db, pause_s}}.

F0 is tracked by probabilistic YIN (Mauch and Dixon 2014, doi:10.1109/ICASSP.2014.6853678) as librosa has it, which
also says what is voiced; plain YIN with voicing by energy gave ranges of 7 semitones where this gives 3, for f and s
are loud enough to be tracked.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

import librosa
import numpy as np
import numpy.typing as npt

from benchmarks.quality.judge import JUDGE_RATE_HZ, load

Floats = npt.NDArray[np.float32]

HOP_S: Final = 0.01
LOWEST_HZ, HIGHEST_HZ = 65.0, 650.0
_FRAME_SAMPLES: Final = 1024
_HOP_SAMPLES: Final = round(HOP_S * JUDGE_RATE_HZ)
_RESOLUTION_SEMITONES: Final = 0.2
"""Half as fine as librosa's own, which costs six times the time; means of eight sentences differed by .9 % at most."""
_SOUNDS_ABOVE_DB: Final = -35.0
"""Of the 95th percentile of the levels."""
_PAUSE_S: Final = 0.1
"""What is quiet for so long between sounds is a pause; the closure of a stop is shorter."""


def pitch_track(samples: Floats) -> npt.NDArray[np.float64]:
    """F0 in hertz every 10 ms, [n_frames], nan where nothing is voiced; samples at 16 kHz."""
    f0_hz, is_voiced, _ = librosa.pyin(
        samples,
        fmin=LOWEST_HZ,
        fmax=HIGHEST_HZ,
        sr=JUDGE_RATE_HZ,
        frame_length=_FRAME_SAMPLES,
        hop_length=_HOP_SAMPLES,
        resolution=_RESOLUTION_SEMITONES,
    )
    return np.where(is_voiced, f0_hz, np.nan)


def measured(samples: Floats, n_phonemes: int) -> dict[str, float | None]:
    """All that is measured of one recording at 16 kHz; F0 is None where nothing is voiced."""
    energy = librosa.feature.rms(y=samples, frame_length=_FRAME_SAMPLES // 2, hop_length=_HOP_SAMPLES)[0] ** 2
    level_db = 10 * np.log10(np.maximum(energy, 1e-12))
    sounds = level_db > np.percentile(level_db, 95) + _SOUNDS_ABOVE_DB
    first, last = np.flatnonzero(sounds)[[0, -1]]
    n_paused = sum(length for length in _quiet_runs(sounds[first : last + 1]) if length * HOP_S >= _PAUSE_S)
    track = pitch_track(samples)
    voiced = track[~np.isnan(track)]
    semitones = 12 * np.log2(voiced)
    return {
        "f0_hz": float(2 ** (semitones.mean() / 12)) if voiced.size else None,
        "f0_range_semitones": float(semitones.std()) if voiced.size else None,
        "voiced_share": float(voiced.size / sounds.sum()),
        "rate_hz": float(n_phonemes / ((last + 1 - first - n_paused) * HOP_S)),
        "level_db": float(10 * np.log10(energy[sounds].mean())),
        "pause_s": float(n_paused * HOP_S),
    }


def _quiet_runs(sounds: npt.NDArray[np.bool_]) -> list[int]:
    """How long each stretch without sound is, in frames."""
    edges = np.flatnonzero(np.diff(np.concatenate(([True], sounds, [True])).astype(np.int8)))
    return [int(end - start) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def main() -> None:
    """Measure every recording of the list."""
    recordings: list[dict[str, Any]] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    measures = {one["id"]: measured(load(Path(one["path"])), one["n_phonemes"]) for one in recordings}
    Path(sys.argv[2]).write_text(json.dumps(measures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
