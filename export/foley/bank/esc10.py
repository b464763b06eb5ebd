"""Reads the recordings and credits of ESC-10 (Piczak 2015), clips of Freesound under CC0 and CC-BY."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from export.errors import ExportError

LABELS: Final[Mapping[str, str]] = {
    "Dog bark": "dog",
    "Rain": "rain",
    "Sea waves": "sea",
    "Baby cry": "baby",
    "Clock tick": "clock",
    "Person sneeze": "sneeze",
    "Helicopter": "helicopter",
    "Chainsaw": "chainsaw",
    "Rooster": "rooster",
    "Fire crackling": "fire",
}
"""Its words -> our classes."""
_LICENCES: Final = {"CC0": "CC0-1.0", "CC-BY": "CC-BY-3.0"}
"""Those that are taken, by SPDX; nothing non-commercial, no CC Sampling+."""
_LINE: Final = re.compile(
    r"- \*\*\[(?P<file>[^\]]+)\]\(.*?\)\*\*:\s+clip derived from "
    r"\[(?P<title>.*)\]\(\S+/people/\S+/sounds/(?P<id>\d+)/\)"
    r" by \*(?P<author>.*?)\* \(\[(?P<licence>[^\]]+)\]"
)


@dataclass(frozen=True, slots=True)
class Clip:
    """Five seconds of somebody's recording."""

    path: Path
    label: str
    """A `SoundClass.id`."""
    fold: int
    """1..5; all clips of one recording are in one."""
    title: str
    author: str
    freesound_id: int
    licence: str
    """SPDX."""


def read_clips(folder: Path, folds: Collection[int] = range(1, 6)) -> Sequence[Clip]:
    """The clips of a folder laid out as ESC-10 is, `001 - Dog bark/3-136288-A.ogg`, with its README.md; sorted.

    Raises:
        ExportError: there are none, or the README is missing.
    """
    try:
        readme = (folder / "README.md").read_text(encoding="utf-8")
    except OSError as error:
        raise ExportError(f"{folder} has no README.md that says whose recordings these are.") from error
    credited = {found["file"]: found for found in map(_LINE.match, readme.splitlines()) if found}
    clips = []
    for path in sorted(folder.glob("*/*.ogg")):
        label, credit = LABELS.get(path.parent.name.split(" - ")[-1]), credited.get(path.name)
        if label is None or credit is None or credit["licence"] not in _LICENCES or int(path.name[0]) not in folds:
            continue
        licence = _LICENCES[credit["licence"]]
        named = (credit["title"], credit["author"], int(credit["id"]), licence)
        clips.append(Clip(path, label, int(path.name[0]), *named))
    if not clips:
        raise ExportError(f"{folder} holds no clips laid out as ESC-10's, with credits in its README.md.")
    return clips
