"""Reads and writes the latents of a class's recordings as one small file.

Peaks are mostly 0: a bitmap of which are not, a bitmap of their signs, and their heights. Floors change little from
frame to frame: their differences. All of it in one LZMA stream.
"""

import io
import lzma
import zipfile
from pathlib import Path

import numpy as np

from server.engines.foley.sound.bank.latents import BANDS, FRAME, Latents

SUFFIX = ".latents"
_LARGEST_BYTES = 256 * 2**20
"""That a file may unpack to."""


def write_latents(path: Path, pieces: list[Latents]) -> None:
    """Write the pieces of one class; the same pieces give the same bytes."""
    floors = np.concatenate([piece.floors for piece in pieces])
    peaks = np.concatenate([piece.peaks for piece in pieces])
    standing = peaks[peaks != 0]
    arrays = {
        "lengths": np.array([len(piece) for piece in pieces], np.int32),
        "floors": np.diff(floors.astype(np.int16), axis=0, prepend=0).astype(np.int16).T,
        "bitmap": np.packbits(peaks != 0),
        "signs": np.packbits(standing < 0),
        "heights": np.abs(standing.astype(np.int16)).astype(np.uint8),
    }
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    path.write_bytes(lzma.compress(content.getvalue(), preset=9))


def read_latents(path: Path) -> tuple[Latents, ...]:
    """The pieces, in the order they were written.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is damaged.
    """
    try:
        packed = lzma.LZMADecompressor(memlimit=_LARGEST_BYTES).decompress(path.read_bytes(), _LARGEST_BYTES)
        with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
            lengths, bitmap, signs = arrays["lengths"], arrays["bitmap"], arrays["signs"]
            heights, floors = arrays["heights"], np.cumsum(arrays["floors"].T, axis=0).astype(np.int8)
    except (lzma.LZMAError, zipfile.BadZipFile, KeyError, EOFError) as error:
        raise ValueError(f"{path.name} is damaged: restore it from the repository.") from error
    n_frames = int(lengths.sum())
    if floors.shape != (n_frames, BANDS):
        raise ValueError(f"{path.name} was made for another version.")
    peaks = np.zeros(n_frames * FRAME, np.int8)
    is_standing = np.unpackbits(bitmap, count=len(peaks)).astype(bool)
    negative = np.unpackbits(signs, count=len(heights)).astype(bool)
    peaks[is_standing] = np.where(negative, -heights.astype(np.int16), heights).astype(np.int8)
    whole = Latents(floors, peaks.reshape(n_frames, FRAME))
    ends = np.cumsum(lengths)
    return tuple(whole.part(int(end - length), int(end)) for end, length in zip(ends, lengths, strict=True))
