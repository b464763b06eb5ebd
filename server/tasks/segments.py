"""Where what is made stays: a stretch of a task's log as one file, its sound as FLAC, lossless and half the size.

A file is a line of JSON and then FLAC. The line tells of each entry how many bytes of sound it has, or its JSON, so
that the events of a whole task are read without decoding anything.
"""

import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile

from server.tasks.state import SAMPLE_RATE_HZ, Entry

SEGMENT_ENTRIES: Final = 256
"""25 seconds of sound, more or less: decoded in some 20 ms, 5 MB in memory."""
_CHANNELS: Final = 2
_LONGEST_HEADER_BYTES: Final = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Segment:
    """What a file begins with."""

    first_index: int
    entries: tuple[int | dict[str, Any], ...]
    """Bytes of sound, or an event, of each."""
    sound_at_bytes: int
    """Where in the file the sound begins."""

    @property
    def n_bytes(self) -> int:
        """Of all its sound."""
        return sum(entry for entry in self.entries if isinstance(entry, int))


def segment_path(folder: Path, number: int) -> Path:
    """Of the `number`th stretch of SEGMENT_ENTRIES entries of the job whose folder it is."""
    return folder / f"{number:05d}.log"


def write_segment(folder: Path, number: int, entries: Sequence[Entry]) -> int:
    """Write a stretch, all of it or nothing; the same entries give the same file. Gives its bytes on disk.

    Raises:
        OSError: it cannot be written, for want of room perhaps.
    """
    header = json.dumps([entry.event if entry.pcm is None else len(entry.pcm) for entry in entries], allow_nan=False)
    content = header.encode() + b"\n" + _to_flac(b"".join(entry.pcm or b"" for entry in entries))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = segment_path(folder, number)
    # Its own name for each process: two that write the same, one of which has lost its lease, do not meet.
    partial = path.with_suffix(f".{os.getpid()}")
    try:
        with open(partial, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # the log is about to forget it
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return len(content)


def read_header(folder: Path, number: int) -> Segment:
    """What a stretch holds, without its sound.

    Raises:
        OSError: there is no such file.
        ValueError: it is damaged.
    """
    with open(segment_path(folder, number), "rb") as file:
        line = file.readline(_LONGEST_HEADER_BYTES)
    return Segment(number * SEGMENT_ENTRIES, tuple(json.loads(line)), len(line))


def read_segment(folder: Path, number: int) -> list[Entry]:
    """All entries of a stretch, in order.

    Raises:
        OSError: there is no such file.
        ValueError: it is damaged.
    """
    segment = read_header(folder, number)
    with open(segment_path(folder, number), "rb") as file:
        file.seek(segment.sound_at_bytes)
        pcm = _from_flac(file.read())
    if len(pcm) != segment.n_bytes:
        raise ValueError("the sound is shorter than the entries say")
    entries, at = [], 0
    for index, entry in enumerate(segment.entries, segment.first_index):
        if isinstance(entry, int):
            entries.append(Entry(index, pcm=pcm[at : at + entry]))
            at += entry
        else:
            entries.append(Entry(index, event=entry))
    return entries


def _to_flac(pcm: bytes) -> bytes:
    if not pcm:
        return b""
    samples = np.frombuffer(pcm, "<i2").reshape(-1, _CHANNELS)
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, SAMPLE_RATE_HZ, format="FLAC", subtype="PCM_16", compression_level=0.2)
    return buffer.getvalue()


def _from_flac(content: bytes) -> bytes:
    if not content:
        return b""
    try:
        samples, _ = soundfile.read(io.BytesIO(content), dtype="int16", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise ValueError("the sound cannot be decoded") from error
    return bytes(samples.astype("<i2", copy=False).tobytes())
