"""Builds the banks: recordings -> pieces -> latents -> one file for each class, and the credits."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from export.foley.bank.analysis import analyse
from export.foley.bank.esc10 import Clip
from export.foley.bank.pieces import RATE_HZ, atoms, evenness, texture
from server.engines.foley.sound.bank.latents import Latents
from server.engines.foley.sound.bank.opened import WEAVES
from server.engines.foley.sound.bank.store import SUFFIX, write_latents

TEXTURES_EACH: Final = 8
"""Recordings of a quilted class: 40 s."""
ATOMS_EACH: Final = 28
"""Single sounds of a class."""
_ATOMS_OF_ONE: Final = 2
"""Of a recording, the longest ones."""
CREDITS: Final = "CREDITS.md"


def build(clips: Sequence[Clip], folder: Path) -> None:
    """Write the banks of all classes that there are clips of, and CREDITS.md."""
    folder.mkdir(parents=True, exist_ok=True)
    used: list[Clip] = []
    for label in sorted({clip.label for clip in clips}):
        own = [clip for clip in clips if clip.label == label]
        chosen, pieces = _textures(own) if label in WEAVES else _atoms(own)
        write_latents(folder / f"{label}{SUFFIX}", pieces)
        used += chosen
    (folder / CREDITS).write_text(credits_of(used), encoding="utf-8")


def read_sound(path: Path) -> npt.NDArray[np.float32]:
    """A file as 48 kHz mono."""
    sound, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    mono: npt.NDArray[np.float32] = soxr.resample(sound.mean(axis=1), rate_hz, RATE_HZ).astype(np.float32)
    return mono


def _textures(clips: Sequence[Clip]) -> tuple[list[Clip], list[Latents]]:
    """Of each recording the most even take, of these the most even ones."""
    ranked = sorted(clips, key=lambda clip: (-evenness(read_sound(clip.path)), clip.path.name))
    chosen: list[Clip] = []
    for clip in ranked:
        if all(clip.freesound_id != other.freesound_id for other in chosen) and len(chosen) < TEXTURES_EACH:
            chosen.append(clip)
    return chosen, [analyse(texture(read_sound(clip.path))) for clip in chosen]


def _atoms(clips: Sequence[Clip]) -> tuple[list[Clip], list[Latents]]:
    """Of each recording its longest sounds."""
    chosen: list[Clip] = []
    pieces: list[Latents] = []
    seen: set[int] = set()
    for clip in clips:
        if clip.freesound_id in seen or len(pieces) >= ATOMS_EACH:
            continue
        found = sorted(atoms(read_sound(clip.path)), key=len, reverse=True)[:_ATOMS_OF_ONE]
        if found:
            seen.add(clip.freesound_id)
            chosen.append(clip)
            pieces += [analyse(sound) for sound in found]
    return chosen, pieces[:ATOMS_EACH]


def credits_of(clips: Iterable[Clip]) -> str:
    """Whose recordings they are, as a page."""
    lines = [
        "# Whose recordings these are",
        "",
        "The latents in this folder were made from excerpts of recordings that people put on Freesound, as collected",
        "in ESC-10 (K. J. Piczak, ESC: Dataset for Environmental Sound Classification, ACM Multimedia 2015). They were",
        "cut, scaled, and reduced to a coarse description of what stands out of the noise; what the server plays is",
        "made from that description anew each time. CC0-1.0: no conditions. CC-BY-3.0: the author is named here.",
        "",
        "| class | recording | Freesound | author | licence |",
        "|---|---|---|---|---|",
    ]
    for clip in clips:
        title = clip.title.replace("|", "/").strip()
        lines.append(f"| {clip.label} | {title} | {clip.freesound_id} | {clip.author} | {clip.licence} |")
    return "\n".join(lines) + "\n"
