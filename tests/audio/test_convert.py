"""Converting a FLAC file from outside: the same sound, and one clear sentence for all that is wrong with it."""

import contextlib
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from server.audio.convert import convert_flac
from server.audio.encoders import FORMATS, open_encoder
from server.audio.pcm import from_int16, to_int16
from server.errors import InvalidRequestError, UnsupportedFormatError

RATE_HZ = 24_000


def flac_of(sound: np.ndarray, rate_hz: int = RATE_HZ, subtype: str = "PCM_16") -> bytes:
    """What libFLAC writes, with its length in the header."""
    file = io.BytesIO()
    soundfile.write(file, sound, rate_hz, format="FLAC", subtype=subtype)
    return file.getvalue()


def streamed_flac_of(sound: np.ndarray) -> bytes:
    """What our own encoder writes, its length unknown."""
    encoder = open_encoder("flac", RATE_HZ, sound.shape[1])
    return encoder.start() + encoder.encode(sound) + encoder.finish()


def with_length(flac: bytes, n_samples: int) -> bytes:
    """The same file with another length in its header: the low 36 bits of bytes 18 to 25 (RFC 9639, 8.2)."""
    field = int.from_bytes(flac[18:26], "big") >> 36 << 36 | n_samples
    return flac[:18] + field.to_bytes(8, "big") + flac[26:]


def converted(flac: bytes, format_name: str = "wav", max_duration_s: float = 60) -> bytes:
    return b"".join(convert_flac(io.BytesIO(flac), format_name, max_duration_s).pieces)


def pcm_of(wav: bytes) -> np.ndarray:
    return np.frombuffer(wav[44:], "<i2")


@pytest.mark.parametrize("make_flac", [flac_of, streamed_flac_of])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_sound_stays_the_same_whether_its_length_is_told_or_not(
    make_flac: Callable, channels: int, like_speech: Callable
) -> None:
    sound = like_speech(50_001, channels, RATE_HZ)
    exact = from_int16(to_int16(sound))
    np.testing.assert_array_equal(pcm_of(converted(make_flac(exact))), to_int16(sound).ravel())


@pytest.mark.parametrize("format_name", FORMATS)
def test_the_result_is_what_the_encoder_writes(format_name: str, like_speech: Callable) -> None:
    sound = from_int16(to_int16(like_speech(30_000, 1, RATE_HZ)))
    encoder = open_encoder(format_name, RATE_HZ, 1)
    conversion = convert_flac(io.BytesIO(flac_of(sound)), format_name, 60)
    assert conversion.content_type == encoder.content_type
    assert b"".join(conversion.pieces) == encoder.start() + encoder.encode(sound) + encoder.finish()


def test_a_path_will_do(tmp_path: Path, like_speech: Callable) -> None:
    flac = flac_of(like_speech(1000, 1, RATE_HZ))
    (tmp_path / "sound.flac").write_bytes(flac)
    assert b"".join(convert_flac(tmp_path / "sound.flac", "wav", 1).pieces) == converted(flac)


@pytest.mark.media
@pytest.mark.parametrize("rate_hz", [8_000, 24_000, 96_000])
def test_24_bit_flac_of_any_usual_rate_becomes_mp3_of_the_same_length(
    rate_hz: int, like_speech: Callable, ffmpeg: Callable
) -> None:
    mp3 = converted(flac_of(like_speech(rate_hz * 2, 1, rate_hz), rate_hz, "PCM_24"), "mp3")
    heard = ffmpeg(mp3, "-i", "-", "-ar", "8000", "-f", "s16le", "-").stdout
    assert len(heard) / 2 / 8000 == pytest.approx(2, abs=0.11)


def test_what_claims_to_be_too_long_is_refused_at_once(like_speech: Callable) -> None:
    with pytest.raises(InvalidRequestError, match="at most 1 seconds"):
        convert_flac(io.BytesIO(flac_of(like_speech(RATE_HZ + 1, 1, RATE_HZ))), "mp3", 1)


def test_a_bomb_of_silence_that_does_not_tell_its_length_stops_at_the_bound() -> None:
    bomb = with_length(flac_of(np.zeros((600 * RATE_HZ, 1), np.float32)), 0)
    assert len(bomb) < 60_000
    pieces = convert_flac(io.BytesIO(bomb), "wav", 10).pieces
    received: list[bytes] = []
    with pytest.raises(InvalidRequestError, match="at most 10 seconds"):
        received.extend(pieces)
    assert len(b"".join(received)) <= 44 + 10 * RATE_HZ * 2


def test_a_header_that_promises_less_than_there_is_is_taken_at_its_word(like_speech: Callable) -> None:
    assert len(pcm_of(converted(with_length(flac_of(like_speech(9000, 1, RATE_HZ)), 100)))) == 100


def test_a_header_that_promises_more_than_there_is_means_that_some_is_missing(like_speech: Callable) -> None:
    with pytest.raises(InvalidRequestError, match="damaged or incomplete"):
        converted(with_length(flac_of(like_speech(9000, 1, RATE_HZ)), 10_000))


@pytest.mark.parametrize("make_flac", [flac_of, streamed_flac_of])
def test_a_file_cut_short_is_incomplete(make_flac: Callable, like_speech: Callable) -> None:
    flac = make_flac(like_speech(40_000, 1, RATE_HZ))
    for n_bytes in (5, 30, 42, len(flac) // 2, len(flac) - 1):
        with pytest.raises(InvalidRequestError, match="damaged or incomplete"):
            converted(flac[:n_bytes])


@pytest.mark.parametrize("channels", [3, 8])
def test_more_than_two_channels_are_refused(channels: int) -> None:
    with pytest.raises(InvalidRequestError, match="1 or 2"):
        converted(flac_of(np.zeros((100, channels), np.float32)))


@pytest.mark.parametrize("rate_hz", [7_999, 96_010, 192_000])
def test_unusual_rates_are_refused(rate_hz: int) -> None:
    with pytest.raises(InvalidRequestError, match="8 to 96 kHz"):
        converted(flac_of(np.zeros((100, 1), np.float32), rate_hz))


@pytest.mark.parametrize("data", [b"", b"fLa", b"RIFF\0\0\0\0WAVE", b"OggS" + bytes(100), b"ID3\4" + bytes(100)])
def test_what_is_not_flac_is_said_to_be_so(data: bytes) -> None:
    with pytest.raises(UnsupportedFormatError, match="Only FLAC"):
        converted(data)


def test_a_format_that_there_is_not_is_answered_with_those_there_are(like_speech: Callable) -> None:
    with pytest.raises(UnsupportedFormatError, match="mp3, opus"):
        convert_flac(io.BytesIO(flac_of(like_speech(100, 1, RATE_HZ))), "avi", 60)


def test_a_conversion_given_up_halfway_leaves_the_senders_file_open(like_speech: Callable) -> None:
    file = io.BytesIO(flac_of(like_speech(60_000, 1, RATE_HZ)))
    pieces = convert_flac(file, "wav", 60).pieces
    next(pieces)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined] # a generator
    assert not file.closed


PLACES = st.one_of(st.integers(0, 60), st.integers(0, 10_000))
CHANGES = st.lists(st.tuples(PLACES, st.integers(0, 255)), min_size=1, max_size=6)


@given(changes=CHANGES, kept_share=st.one_of(st.just(1.0), st.floats(0, 1)), is_streamed=st.booleans())
@settings(max_examples=200)
def test_whatever_is_done_to_a_file_it_is_converted_or_refused(
    changes: list[tuple[int, int]], kept_share: float, is_streamed: bool, like_speech: Callable
) -> None:
    sound = like_speech(3000, 2, RATE_HZ)
    flac = bytearray(streamed_flac_of(sound) if is_streamed else flac_of(sound))
    for place, value in changes:
        flac[place % len(flac)] = value
    with contextlib.suppress(InvalidRequestError, UnsupportedFormatError):
        converted(bytes(flac[: round(kept_share * len(flac))]), "wav", max_duration_s=5)
