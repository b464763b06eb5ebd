"""Our own HTTP API's bodies: what goes in is strict, what comes out is described for `/openapi.json`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from server.protocol.events import LexiconField, Priority, Text, WireModel


class SynthesizeBody(WireModel):
    """Body of `POST /api/synthesize`."""

    text: str = Field(description="What to say, at most 4096 characters.")
    ssml: bool = Field(False, description="Whether `text` is an SSML document.")
    lexicon: LexiconField = Field(default_factory=dict, description="Words and how they are to be read.")
    emotion: str = Field("neutral", max_length=64, description="One of `GET /v1/audio/emotions`.")
    emotion_intensity: float = Field(
        100.0, ge=0, le=100, allow_inf_nan=False, description="How much of it, in per cent."
    )
    pitch_semitones: float = Field(
        0.0, ge=-6, le=6, allow_inf_nan=False, description="How much higher than the voice would speak."
    )
    voice: str = Field("default", min_length=1, max_length=64, description="A voice's id, or `default`.")
    language: str | None = Field(
        None, max_length=35, description="A tag (BCP 47) of a language that some voice reads; else found from the text."
    )
    speed: float = Field(1.0, ge=0.25, le=4.0, allow_inf_nan=False, description="2 is twice as fast.")
    seed: int = Field(0, ge=0, lt=2**53, description="The same request with the same seed gives the same bytes.")
    priority: Priority = Field("live", description="`bulk` for what nobody listens to while it is made.")


class ReadingBody(WireModel):
    """Body of `POST /v1/text/reading`."""

    text: str = Field(description="What would be said, at most 4096 characters.")
    ssml: bool = Field(False, description="Whether `text` is an SSML document.")
    lexicon: LexiconField = Field(default_factory=dict, description="Words and how they are to be read.")
    voice: str = Field("default", min_length=1, max_length=64, description="The voice that would read it.")
    language: str | None = Field(None, max_length=35, description="As in `POST /api/synthesize`.")


class SentenceReading(BaseModel):
    """One sentence of `POST /v1/text/reading`."""

    text: str = Field(description="As it is written.")
    spoken: str = Field(description="In words, as far as words are put for figures and signs.")
    phonemes: str = Field(description="In the alphabet that the voice reads.")
    language: str


class ReadingResult(BaseModel):
    """Answer of `POST /v1/text/reading`."""

    sentences: tuple[SentenceReading, ...]


class CaptionsBody(SynthesizeBody):
    """Body of `POST /v1/audio/captions`."""

    format: Literal["vtt", "srt", "json"] = Field("vtt", description="WebVTT, SubRip, or all that is known.")


class StreamOptions(BaseModel):
    """Query of `POST /v1/audio/speech/stream`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    voice: str = Field("default", min_length=1, max_length=64, description="As in `POST /v1/audio/speech`.")
    language: str | None = Field(
        None, max_length=35, description="A tag (BCP 47) of a language that some voice reads; else found from the text."
    )
    speed: float = Field(1.0, ge=0.25, le=4.0, allow_inf_nan=False, description="2 is twice as fast.")
    emotion: str = Field("neutral", max_length=64, description="One of `GET /v1/audio/emotions`.")
    emotion_intensity: float = Field(
        100.0, ge=0, le=100, allow_inf_nan=False, description="How much of it, in per cent."
    )
    pitch_semitones: float = Field(
        0.0, ge=-6, le=6, allow_inf_nan=False, description="How much higher than the voice would speak."
    )
    seed: int = Field(0, ge=0, lt=2**53, description="The same text with the same seed gives the same bytes.")
    response_format: str = Field("mp3", max_length=32, description="As in `POST /v1/audio/speech`.")
    stream_format: str = Field("audio", max_length=32, description="`audio`, or `sse`.")


class TextLine(WireModel):
    """One line of the body of `POST /v1/audio/speech/stream`."""

    text: Text = Field("", description="What follows; words and sentences may be cut anywhere.")
    flush: bool = Field(False, description="Say all that has come now, as though the text ended here.")
    end: bool = Field(False, description="No more text comes; the end of the body says so too.")


class VoiceEntry(BaseModel):
    """One voice of `GET /v1/audio/voices`."""

    id: str
    name: str = Field(description="In Latin letters.")
    native_name: str = Field(description="In its own script.")
    language: str = Field(description="Where it is at home: en-US, zh-CN, de-DE (BCP 47).")
    languages: tuple[str, ...] = Field(description="All it can read.")
    gender: Literal["female", "male"] | None
    engine: str = Field(description="The model that speaks it.")
    licence: str = Field(description="SPDX expression of that model's licence.")
    sample_rate_hz: int
    is_default_for: tuple[str, ...] = Field(description="Languages that `default` means this voice for.")


class VoiceList(BaseModel):
    """Body of `GET /v1/audio/voices`."""

    voices: tuple[VoiceEntry, ...]


class EmotionEntry(BaseModel):
    """One emotion of `GET /v1/audio/emotions`."""

    id: str
    native_name: str = Field(description="In Chinese.")
    aliases: tuple[str, ...] = Field(description="Other names that are understood.")


class EmotionList(BaseModel):
    """Body of `GET /v1/audio/emotions`."""

    emotions: tuple[EmotionEntry, ...]


class Health(BaseModel):
    """Body of `GET /healthz` and `GET /readyz`."""

    status: Literal["ok", "ready"]


class ErrorDetail(BaseModel):
    """What went wrong."""

    code: str = Field(description="Stable; docs/errors.md lists them all.")
    message: str = Field(description="One sentence for people, that says what to do.")
    retryable: bool = Field(description="Whether the same request may succeed later.")
    retry_after_s: float | None = Field(None, description="Seconds to wait before that.")
    type: str = Field(description="The kind of error that OpenAI's clients know.")


class ErrorBody(BaseModel):
    """Body of every response that is not a success."""

    error: ErrorDetail
