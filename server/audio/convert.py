"""Turns a FLAC file that somebody sent into another format, piece by piece and with bounds on all that it may claim."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import soundfile

from server.audio.encoders import Encoder, open_encoder
from server.errors import InvalidRequestError, UnsupportedFormatError

_MAGIC = b"fLaC"
"""How a native FLAC stream begins (RFC 9639, section 6). Ogg FLAC and tags before the stream are not taken."""

_BLOCK_SAMPLES = 16_384
_MAX_CHANNELS = 2
_RATES_HZ = range(8_000, 96_001)


@dataclass(frozen=True, slots=True)
class Conversion:
    """A conversion that has been looked at and found possible, so far as the file's header tells."""

    content_type: str
    """Media type of the result."""
    pieces: Iterator[bytes]
    """The result, made as it is asked for. Raises InvalidRequestError where the file turns out broken or too long."""


class _StraightFile(soundfile.SoundFile):  # type: ignore[misc] # soundfile ships no types
    """Read from start to end only.

    A SoundFile that can seek does so after every read, and fails at the end of a FLAC stream of unknown length.
    """

    def seekable(self) -> bool:
        return False


def convert_flac(source: str | os.PathLike[str] | BinaryIO, format_name: str, max_duration_s: float) -> Conversion:
    """Begin to convert a FLAC file, given as a path or as a file that can seek, to one of the encoders' formats.

    A FLAC of one repeated value grows ten thousandfold when it is decoded, so it is the sound that is bounded: at most
    `max_duration_s`, 1 or 2 channels, 8 to 96 kHz. What lies in memory is one block, whatever the length.

    Raises:
        UnsupportedFormatError: when the file is not FLAC, or the format wanted is unknown.
        InvalidRequestError: when the header is broken, or claims more than the bounds.
    """
    if _first_bytes(source) != _MAGIC:
        raise UnsupportedFormatError("Only FLAC can be converted; send a native FLAC file.")
    try:
        file = _StraightFile(source)
    except (soundfile.SoundFileError, ValueError, OverflowError) as error:
        raise _broken() from error
    try:
        max_samples = _checked_length(file, max_duration_s)
        encoder = open_encoder(format_name, file.samplerate, file.channels)
    except BaseException:
        file.close()
        raise
    return Conversion(encoder.content_type, _pieces(file, encoder, max_samples, max_duration_s))


def _first_bytes(source: str | os.PathLike[str] | BinaryIO) -> bytes:
    if isinstance(source, str | os.PathLike):
        with open(source, "rb") as file:
            return file.read(len(_MAGIC))
    source.seek(0)
    first = source.read(len(_MAGIC))
    source.seek(0)
    return first


def _checked_length(file: soundfile.SoundFile, max_duration_s: float) -> int:
    """The most samples that may be decoded."""
    if not 1 <= file.channels <= _MAX_CHANNELS:
        raise InvalidRequestError("The FLAC file has too many channels; send one with 1 or 2.")
    if file.samplerate not in _RATES_HZ:
        raise InvalidRequestError("The FLAC file has an unusual sample rate; send one of 8 to 96 kHz.")
    max_samples = int(max_duration_s * file.samplerate)
    if _length_is_told(file) and file.frames > max_samples:
        raise _too_long(max_duration_s)
    return max_samples


def _length_is_told(file: soundfile.SoundFile) -> bool:
    """A FLAC header may leave the length open; libsndfile then calls it the highest int64."""
    return int(file.frames) < np.iinfo(np.int64).max


def _pieces(file: soundfile.SoundFile, encoder: Encoder, max_samples: int, max_duration_s: float) -> Iterator[bytes]:
    n_samples = 0
    with file:
        yield encoder.start()
        for block in _blocks(file):
            n_samples += len(block)
            if n_samples > max_samples:
                raise _too_long(max_duration_s)
            yield encoder.encode(block)
        if n_samples == 0 or (_length_is_told(file) and n_samples < file.frames):
            raise _broken()
        yield encoder.finish()


def _blocks(file: soundfile.SoundFile) -> Iterator[npt.NDArray[np.float32]]:
    """The sound, shape [n_samples, n_channels] each."""
    while True:
        try:
            block = file.read(_BLOCK_SAMPLES, dtype="float32", always_2d=True)
        except (soundfile.SoundFileError, ValueError, OverflowError) as error:
            raise _broken() from error
        if len(block) == 0:
            return
        yield block


def _broken() -> InvalidRequestError:
    return InvalidRequestError("The FLAC file is damaged or incomplete; make it anew and send it whole.")


def _too_long(max_duration_s: float) -> InvalidRequestError:
    return InvalidRequestError(f"The sound is too long to be converted; send at most {max_duration_s:g} seconds.")
