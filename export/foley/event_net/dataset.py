"""Training clips on disk, made once by several processes: `python -m export.foley.event_net.dataset FOLDER SHARDS`."""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from export.foley.event_net.clips import EVERYTHING, WHAT_IS_HARD, TrainingClip, training_clip

CLIPS_A_SHARD: Final = 25
FIRST_HARD_SHARD: Final = 64
"""From here on more of what the net was found to miss is shown."""
FIRST_SEED: Final = 1_000_000
"""Of training; the held-out clips are made by other code altogether."""


def write_shard(folder: Path, number: int) -> None:
    """One file of pictures and one of labels, unless they are there."""
    if (folder / f"{number:04}.npz").exists():
        return
    cv2.setNumThreads(1)
    mix = EVERYTHING if number < FIRST_HARD_SHARD else WHAT_IS_HARD
    seed = FIRST_SEED + number * CLIPS_A_SHARD
    clips = [training_clip(seed + index, mix) for index in range(CLIPS_A_SHARD)]
    np.save(folder / f"{number:04}.npy", np.concatenate([clip.pictures for clip in clips]))
    labels = {
        f"{name}_{index}": getattr(clip, name)
        for index, clip in enumerate(clips)
        for name in ("times_s", "strikes", "states")
    }
    partial = folder / f"{number:04}.partial.npz"
    np.savez(partial, **labels)
    os.replace(partial, folder / f"{number:04}.npz")


def read_shard(folder: Path, number: int) -> Iterator[TrainingClip]:
    """Its clips; the pictures stay on disk until they are looked at."""
    pictures = np.load(folder / f"{number:04}.npy", mmap_mode="r")
    with np.load(folder / f"{number:04}.npz") as labels:
        begin = 0
        for index in range(CLIPS_A_SHARD):
            times, strikes, states = (labels[f"{name}_{index}"] for name in ("times_s", "strikes", "states"))
            yield TrainingClip(pictures[begin : begin + len(times)], times, strikes, states)
            begin += len(times)


if __name__ == "__main__":
    into, count, processes = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    into.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(write_shard, [into] * count, range(count)))
