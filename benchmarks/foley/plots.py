"""Draws what five videos were seen and heard to hold: `python -m benchmarks.foley.plots`, into docs/images/foley/.

The sound is made here; the drawing is done in the judges' environment, which has the library for it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.foley.held_out.clips import CLIPS
from benchmarks.foley.held_out.files import clip_file, shoot
from benchmarks.foley.held_out.film import Film
from benchmarks.machine import ROOT
from benchmarks.report import progress
from benchmarks.setup import JUDGES_VENV
from server.engines.foley.backend import FoleyRequest
from server.engines.foley.run import Chunk, FoleyRun
from server.engines.foley.small import SmallBackend
from server.engines.foley.timeline import TimelinePart
from server.runtime.cache_folder import default_cache_folder
from server.settings import load_settings
from server.video.reader import open_video

_FILM: Final = ROOT / "tests" / "data" / "big_buck_bunny.mp4"
_WISHES: Final = {
    "bounce-9101": "a ball bouncing on a wooden floor, quiet room",
    "walk-9131": "footsteps on gravel, birds",
    "hammer-9121": "a hammer on metal",
    "hands-9141": "knocking on a wooden door, rain",
}
_FILM_WISH: Final = "a bird in the forest, wings"


def main() -> int:
    """Make the sound of the five, and draw."""
    folder = default_cache_folder(os.environ, sys.platform, Path.home()) / "held_out_clips"
    work = ROOT / "build" / "benchmarks" / "foley-plots"
    work.mkdir(parents=True, exist_ok=True)
    backend = SmallBackend(load_settings())
    videos = [(_FILM, "film", _FILM_WISH, None)]
    for clip in CLIPS:
        if clip.name in _WISHES:
            folder.mkdir(parents=True, exist_ok=True)
            shoot(clip, folder)
            true = [onset.time_s for onset in Film(clip).onsets() if onset.is_seen]
            videos.append((clip_file(clip, folder), clip.name, _WISHES[clip.name], true))
    for path, name, wish, true_s in videos:
        progress(name)
        _make(backend, path, work / name, wish, true_s)
    python = str(JUDGES_VENV / "bin" / "python")
    subprocess.run(
        [python, "-m", "benchmarks.foley.draw", str(work), str(ROOT / "docs" / "images" / "foley")], check=True
    )
    return 0


def _make(backend: SmallBackend, video: Path, target: Path, wish: str, true_s: list[float] | None) -> None:
    run = FoleyRun(backend, FoleyRequest(description=wish))
    with open_video(video) as reader:
        outputs = [*run.push(reader), *run.finish(reader.end.duration_s)]
    pcm = b"".join(output.pcm for output in outputs if isinstance(output, Chunk))
    parts = [output for output in outputs if isinstance(output, TimelinePart)]
    np.save(target.with_suffix(".npy"), np.frombuffer(pcm, "<i2").reshape(-1, 2))
    events = [
        [event.onset_s, event.label, event.material or "", event.strength] for part in parts for event in part.events
    ]
    told = {
        "wish": wish,
        "events": events,
        "true_s": true_s,
        "beds": [bed.label for part in parts for bed in part.beds],
    }
    target.with_suffix(".json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
