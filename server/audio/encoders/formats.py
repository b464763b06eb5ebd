"""The audio formats by name: what each is called on the web, the rates it is written at, and its encoder."""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from server.audio.encoders.base import Encoder
from server.audio.encoders.libav import AAC, FLAC, MP3, OPUS, LibavEncoder, LibavFormat
from server.audio.encoders.pcm import PcmEncoder
from server.audio.encoders.resampled import ResampledEncoder
from server.audio.encoders.wav import WavEncoder
from server.audio.resample import ResampleStream
from server.errors import UnsupportedFormatError


@dataclass(frozen=True, slots=True)
class _Format:
    open: Callable[[int, int], Encoder]
    """Takes the rate in Hz and the number of channels."""
    rates_hz: tuple[int, ...] | None = None
    """The rates it can be written at, ascending; None for any."""
    usual_rate_hz: int | None = None
    """The rate it has unless another is asked for; None where it follows the sound's own."""


def _libav(form: LibavFormat) -> Callable[[int, int], Encoder]:
    return lambda sample_rate_hz, channels: LibavEncoder(form, sample_rate_hz, channels)


_COMMON_RATES_HZ = (16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_FORMATS = MappingProxyType(
    {
        "mp3": _Format(_libav(MP3), _COMMON_RATES_HZ),
        # libopus codes these rates as they are; whatever it was given, it is decoded to 48 kHz (RFC 7845, 5.1).
        "opus": _Format(_libav(OPUS), (8_000, 12_000, 16_000, 24_000, 48_000)),
        "aac": _Format(_libav(AAC), _COMMON_RATES_HZ),
        "flac": _Format(_libav(FLAC)),
        "wav": _Format(WavEncoder),
        # Without a header the rate must be agreed on: OpenAI's is 24 kHz.
        "pcm": _Format(lambda sample_rate_hz, channels: PcmEncoder(), usual_rate_hz=24_000),
    }
)

FORMATS = tuple(_FORMATS)
"""Their names, in OpenAI's order."""


def open_encoder(format_name: str, sample_rate_hz: int, channels: int, output_rate_hz: int | None = None) -> Encoder:
    """Start a file of a format for sound of 1 or 2 channels at a rate.

    `output_rate_hz` is the rate of the file. Without it, `pcm` is 24 kHz, and the others keep the sound's own rate or,
    where the format does not have that, take the next higher one that it has, else its highest.

    Raises:
        UnsupportedFormatError: when there is no such format, or it does not have the rate that was asked for.
    """
    known = _FORMATS.get(format_name)
    if known is None:
        raise UnsupportedFormatError(f"There is no such audio format; choose one of {', '.join(FORMATS)}.")
    rates_hz = known.rates_hz
    if output_rate_hz is None:
        output_rate_hz = known.usual_rate_hz or _nearest_rate(sample_rate_hz, rates_hz)
    elif rates_hz is not None and output_rate_hz not in rates_hz:
        listed = ", ".join(str(rate_hz) for rate_hz in rates_hz)
        raise UnsupportedFormatError(f"{format_name} is not written at that sample rate; choose one of {listed} Hz.")
    encoder = known.open(output_rate_hz, channels)
    if output_rate_hz == sample_rate_hz:
        return encoder
    return ResampledEncoder(encoder, ResampleStream(sample_rate_hz, output_rate_hz, channels))


def _nearest_rate(sample_rate_hz: int, rates_hz: tuple[int, ...] | None) -> int:
    if rates_hz is None:
        return sample_rate_hz
    return next((rate_hz for rate_hz in rates_hz if rate_hz >= sample_rate_hz), rates_hz[-1])
