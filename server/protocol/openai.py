"""OpenAI's speech API as it stands on the wire: the request, the lists, and the events of `stream_format: sse`.

Source: OpenAI API reference, "Create speech" and "List models".
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from server.errors import InvalidRequestError
from server.protocol.events import LexiconField, Priority, describe

MODELS = ("wildtrack", "tts-1", "tts-1-hd", "gpt-4o-mini-tts")
"""Names that `GET /v1/models` lists. Any name is taken: the voice says which model speaks."""

FOLEY_MODEL = "wildtrack-foley"
"""Listed with them where sound can be made for videos (docs/foley.md); it speaks nothing."""

STREAM_FORMATS = ("audio", "sse")


def _id_of(voice: object) -> object:
    """OpenAI names a voice by a string or by an object with an `id`."""
    return voice["id"] if isinstance(voice, dict) and set(voice) == {"id"} else voice


VoiceName = Annotated[
    str,
    BeforeValidator(_id_of),
    Field(min_length=1, max_length=64),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": 64},
                {
                    "type": "object",
                    "properties": {"id": {"type": "string", "minLength": 1, "maxLength": 64}},
                    "required": ["id"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


class SpeechBody(BaseModel):
    """Body of `POST /v1/audio/speech`. Values are taken as they are; unknown fields are ignored and named."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    input: str = Field(description="What to say, at most 4096 characters.")
    model: str = Field("wildtrack", max_length=256, description="Any name; the voice says which model speaks.")
    voice: VoiceName = Field(
        "default", description="A voice's id, one of OpenAI's names, or `default`: chosen by the text's language."
    )
    instructions: str | None = Field(None, description="Taken and ignored: ask for an `emotion`.")
    speed: float = Field(1.0, ge=0.25, le=4.0, allow_inf_nan=False, description="2 is twice as fast.")
    response_format: str = Field(
        "mp3",
        max_length=32,
        description="mp3, opus, aac, flac, wav or pcm (24 kHz, signed 16-bit little-endian, mono).",
        json_schema_extra={"enum": ["mp3", "opus", "aac", "flac", "wav", "pcm"]},
    )
    stream_format: str = Field(
        "audio", max_length=32, description="`audio`, or `sse`.", json_schema_extra={"enum": list(STREAM_FORMATS)}
    )
    timings: tuple[Literal["words", "phonemes", "visemes"], ...] = Field(
        (),
        max_length=3,
        strict=False,
        description="Ours: what to tell of when it is heard, in `speech.audio.timing` events of `sse`.",
    )
    ssml: bool = Field(False, description="Ours: whether `input` is an SSML document.")
    lexicon: LexiconField = Field(default_factory=dict, description="Ours: words and how they are to be read.")
    emotion: str = Field("neutral", max_length=64, description="Ours: one of `GET /v1/audio/emotions`.")
    emotion_intensity: float = Field(
        100.0, ge=0, le=100, allow_inf_nan=False, description="Ours: how much of it, in per cent."
    )
    pitch_semitones: float = Field(
        0.0, ge=-6, le=6, allow_inf_nan=False, description="Ours: how much higher than the voice would speak."
    )
    priority: Priority = Field(
        "live", description="Ours: `bulk` for what nobody listens to while it is made; who listens comes first."
    )


def parse_speech(data: Mapping[str, Any]) -> tuple[SpeechBody, tuple[str, ...]]:
    """Check a request; give it and the names of the fields that change nothing.

    A field that is null counts as absent, as OpenAI's clients mean it.

    Raises:
        InvalidRequestError: naming the first field that is wrong, never quoting its value.
    """
    given = {name: value for name, value in data.items() if value is not None}
    try:
        body = SpeechBody.model_validate(given)
    except ValidationError as error:
        raise InvalidRequestError(describe(error)) from None
    return body, tuple(name for name in given if name not in SpeechBody.model_fields or name == "instructions")


def header_list(names: Iterable[str], *, most: int = 16) -> str:
    """Names that came from outside, fit for a header: at most `most`, and `?` for one that is no plain word."""
    listed = [name if re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", name) else "?" for name in names]
    return ", ".join([*listed[:most], *(["..."] if len(listed) > most else [])])


class SpeechModel(BaseModel):
    """One line of `GET /v1/models`."""

    id: str
    object: Literal["model"] = "model"
    created: int = Field(description="Unix time in seconds.")
    owned_by: str = "wildtrack"


class SpeechModelList(BaseModel):
    """Body of `GET /v1/models`."""

    object: Literal["list"] = "list"
    data: tuple[SpeechModel, ...]


def delta_event(audio: bytes) -> bytes:
    """One piece of the audio file, as a server-sent event."""
    return _event({"type": "speech.audio.delta", "audio": base64.b64encode(audio).decode("ascii")})


def timing_event(timing: Mapping[str, Any]) -> bytes:
    """When a clause is heard, ahead of its sound: ours, in the manner of OpenAI's events."""
    return _event({"type": "speech.audio.timing", **timing})


def done_event(*, characters: int, audio_s: float) -> bytes:
    """The end. We have no tokens: input counts characters, output counts twentieths of a second of sound."""
    output = round(audio_s * 20)
    usage = {"input_tokens": characters, "output_tokens": output, "total_tokens": characters + output}
    return _event({"type": "speech.audio.done", "usage": usage})


def error_event(body: Mapping[str, Any]) -> bytes:
    """An error after audio began; `body` is the JSON that a response would have."""
    return _event({"type": "error", **body})


def _event(data: Mapping[str, Any]) -> bytes:
    """A `data:` line and the empty line that ends the event (HTML Standard, 9.2.6). JSON has no line breaks."""
    return f"data: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()
