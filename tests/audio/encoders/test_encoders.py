"""Every format: decoded by ffmpeg to what went in, out early, and the same bytes for every cut."""

import gc
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from server.audio.encoders import FORMATS, Encoder, open_encoder
from server.audio.encoders.wav import WavEncoder
from server.audio.pcm import to_int16
from server.errors import UnsupportedFormatError

RATES_HZ = (16_000, 22_050, 24_000, 44_100, 48_000)
LOSSY = ("mp3", "opus", "aac")
SIZES = st.lists(st.integers(0, 4000), min_size=1, max_size=8).filter(any)

DECODED_RATES_HZ = {"opus": 48_000}
"""Opus comes out at 48 kHz whatever went in."""

DELAY_SAMPLES = {"mp3": 1105, "opus": 0, "aac": 1024}
"""What a decoder gives before the sound: LAME's 576 and the decoder's 529; AAC's first frame. Ogg Opus says its own."""


def encoded(encoder: Encoder, samples: np.ndarray, sizes: list[int], cut: Callable) -> bytes:
    return b"".join([encoder.start(), *(encoder.encode(block) for block in cut(samples, sizes)), encoder.finish()])


def decoded(ffmpeg: Callable, data: bytes, channels: int, form: str = "s16le", *given: str) -> np.ndarray:
    dtype = {"s16le": "<i2", "f32le": "<f4"}[form]
    # About every WAV that is no WAVE_FORMAT_EXTENSIBLE ffmpeg warns that it guessed the channels' places.
    loglevel = "error" if data.startswith(b"RIFF") else "warning"
    result = ffmpeg(data, *given, "-i", "-", "-f", form, "-", loglevel=loglevel).stdout
    return np.frombuffer(result, dtype).reshape(-1, channels)


@given(
    format_name=st.sampled_from(FORMATS),
    rate_hz=st.sampled_from(RATES_HZ),
    channels=st.sampled_from([1, 2]),
    n_samples=st.integers(0, 9000),
    sizes=SIZES,
)
@settings(max_examples=60)
def test_any_cut_gives_the_same_bytes(
    format_name: str,
    rate_hz: int,
    channels: int,
    n_samples: int,
    sizes: list[int],
    like_speech: Callable,
    cut: Callable,
) -> None:
    sound = like_speech(n_samples, channels, rate_hz)
    whole = encoded(open_encoder(format_name, rate_hz, channels), sound, [max(1, n_samples)], cut)
    assert encoded(open_encoder(format_name, rate_hz, channels), sound, sizes, cut) == whole


@pytest.mark.media
@pytest.mark.parametrize(("format_name", "rate_hz", "channels"), list(product(("wav", "flac"), RATES_HZ, (1, 2))))
def test_ffmpeg_decodes_the_lossless_formats_bit_for_bit(
    format_name: str, rate_hz: int, channels: int, like_speech: Callable, cut: Callable, ffmpeg: Callable
) -> None:
    sound = like_speech(rate_hz + 333, channels, rate_hz) * np.float32(2.5)  # saturates in places
    data = encoded(open_encoder(format_name, rate_hz, channels), sound, [700, 1, 0, 2400], cut)
    probe = ffmpeg(data, "-i", "-", "-f", "null", "-", loglevel="info").stderr.decode()
    assert f"{rate_hz} Hz, {'mono' if channels == 1 else 'stereo'}" in probe
    np.testing.assert_array_equal(decoded(ffmpeg, data, channels), to_int16(sound))


@pytest.mark.media
@pytest.mark.parametrize("channels", [1, 2])
def test_ffmpeg_decodes_a_wav_of_known_length_bit_for_bit(
    channels: int, like_speech: Callable, cut: Callable, ffmpeg: Callable
) -> None:
    sound = like_speech(24_000, channels, 24_000)
    data = encoded(WavEncoder(24_000, channels, total_samples=24_000), sound, [2400], cut)
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    assert int.from_bytes(data[40:44], "little") == len(data) - 44
    np.testing.assert_array_equal(decoded(ffmpeg, data, channels), to_int16(sound))


@pytest.mark.parametrize("total_samples", [None, 2**31])
def test_a_wav_of_unknown_length_or_over_4_gb_says_ffffffff(total_samples: int | None) -> None:
    header = WavEncoder(24_000, 1, total_samples).start()
    assert len(header) == 44
    assert header[4:8] == header[40:44] == b"\xff\xff\xff\xff"


def test_a_wav_that_keeps_not_to_its_promise_is_an_error(cut: Callable) -> None:
    with pytest.raises(ValueError, match="promised 10 samples, 9 came"):
        encoded(WavEncoder(24_000, 1, total_samples=10), np.zeros((9, 1), np.float32), [4], cut)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("channels", [1, 2])
def test_pcm_is_mono_at_24_khz_and_has_no_header(
    rate_hz: int, channels: int, like_speech: Callable, cut: Callable
) -> None:
    sound = like_speech(rate_hz, channels, rate_hz)
    data = encoded(open_encoder("pcm", rate_hz, channels), sound, [441, 3000], cut)
    assert len(data) == 24_000 * 2
    if rate_hz == 24_000:
        assert data == to_int16(sound.mean(axis=1)).tobytes()


@pytest.mark.media
@pytest.mark.parametrize(("format_name", "rate_hz", "channels"), list(product(LOSSY, RATES_HZ, (1, 2))))
def test_ffmpeg_decodes_the_lossy_formats_to_the_same_sound_in_the_same_place(
    format_name: str, rate_hz: int, channels: int, like_speech: Callable, cut: Callable, ffmpeg: Callable
) -> None:
    sound = like_speech(rate_hz * 2, channels, rate_hz)
    data = encoded(open_encoder(format_name, rate_hz, channels), sound, [2400], cut)
    result = decoded(ffmpeg, data, channels, "f32le")
    decoded_rate_hz = DECODED_RATES_HZ.get(format_name, rate_hz)
    if decoded_rate_hz != rate_hz:
        sound = like_speech_at(sound, rate_hz, decoded_rate_hz)
    delay = DELAY_SAMPLES[format_name]
    surplus = len(result) - len(sound) - delay
    assert 0 <= surplus <= (0 if format_name == "opus" else 2 * 1152)
    aligned = result[delay : delay + len(sound)]
    assert np.corrcoef(aligned.ravel(), sound.ravel())[0, 1] > 0.98
    # LAME turns all it gets down by .45 dB at a constant bit rate, to leave room for its own errors.
    assert np.sum(aligned**2) == pytest.approx(np.sum(sound**2), rel=0.12)


def like_speech_at(sound: np.ndarray, rate_hz: int, other_hz: int) -> np.ndarray:
    return np.asarray(soxr.resample(sound, rate_hz, other_hz))


@pytest.mark.media
@pytest.mark.parametrize(("format_name", "rate_hz"), list(product(FORMATS, RATES_HZ)))
def test_150_ms_of_sound_are_enough_to_hear_the_first_of_it(
    format_name: str, rate_hz: int, like_speech: Callable, ffmpeg: Callable
) -> None:
    encoder = open_encoder(format_name, rate_hz, 1)
    sound = like_speech(rate_hz * 15 // 100, 1, rate_hz)
    data = encoder.start() + b"".join(encoder.encode(block) for block in np.array_split(sound, 15))
    # What the media type tells a player.
    given = {"pcm": ("-f", "s16le", "-ar", "24000", "-ac", "1"), "aac": ("-f", "aac")}.get(format_name, ())
    heard = ffmpeg(data, *given, "-i", "-", "-f", "s16le", "-", loglevel="error").stdout
    assert len(heard) > 0


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_file_without_sound_ends_well(format_name: str, cut: Callable) -> None:
    for channels in (1, 2):
        encoded(open_encoder(format_name, 24_000, channels), np.zeros((0, channels), np.float32), [1], cut)


@pytest.mark.parametrize("format_name", FORMATS)
def test_an_encoder_that_is_dropped_halfway_says_nothing(
    format_name: str, like_speech: Callable, capfd: pytest.CaptureFixture[str]
) -> None:
    encoder = open_encoder(format_name, 24_000, 1)
    encoder.start()
    encoder.encode(like_speech(12_000, 1, 24_000))
    del encoder
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("is_finished", [True, False])
def test_an_encoder_is_gone_as_soon_as_it_is_dropped(
    format_name: str, is_finished: bool, like_speech: Callable
) -> None:
    sound = like_speech(12_000, 1, 24_000)
    gc.collect()
    gc.disable()  # codecs and their threads must not wait for the collector, who does not know how big they are
    try:
        encoder = open_encoder(format_name, 24_000, 1)
        encoder.start()
        encoder.encode(sound)
        if is_finished:
            encoder.finish()
        del encoder
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.parametrize("format_name", FORMATS)
def test_what_is_no_number_or_out_of_range_is_written_all_the_same(
    format_name: str, like_speech: Callable, cut: Callable, capfd: pytest.CaptureFixture[str]
) -> None:
    sound = like_speech(24_000, 1, 24_000) * np.float32(20)
    sound[5000:5010], sound[6000], sound[7000] = np.nan, np.inf, -np.inf
    assert len(encoded(open_encoder(format_name, 24_000, 1), sound, [2400], cut)) > 4000
    assert capfd.readouterr() == ("", "")


def test_media_types_are_those_of_the_web() -> None:
    types = {name: open_encoder(name, 24_000, 1).content_type for name in FORMATS}
    assert types == {
        "mp3": "audio/mpeg",
        "opus": "audio/ogg; codecs=opus",
        "aac": "audio/aac",
        "flac": "audio/flac",
        "wav": "audio/wav",
        "pcm": "audio/pcm",
    }


def test_a_resampled_file_has_the_media_type_of_its_format() -> None:
    assert open_encoder("opus", 44_100, 1).content_type == "audio/ogg; codecs=opus"


def test_an_unknown_format_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnsupportedFormatError, match="mp3, opus, aac, flac, wav, pcm"):
        open_encoder("m4a", 24_000, 1)


def test_a_rate_that_a_format_lacks_is_answered_with_those_it_has() -> None:
    with pytest.raises(UnsupportedFormatError, match="8000, 12000, 16000, 24000, 48000 Hz"):
        open_encoder("opus", 24_000, 1, output_rate_hz=44_100)


@pytest.mark.parametrize(("format_name", "asked_hz"), [("pcm", 16_000), ("wav", 8_000), ("mp3", 44_100)])
def test_the_file_has_the_rate_that_was_asked_for(
    format_name: str, asked_hz: int, like_speech: Callable, cut: Callable
) -> None:
    sound = like_speech(24_000, 1, 24_000)
    data = encoded(open_encoder(format_name, 24_000, 1, asked_hz), sound, [2400], cut)
    resampled = like_speech_at(sound, 24_000, asked_hz)
    assert data == encoded(open_encoder(format_name, asked_hz, 1, asked_hz), resampled, [2400], cut)
