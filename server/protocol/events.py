"""The Socket.IO wire: every message as a typed model, and nothing that does I/O.

docs/protocol.md is the specification; a test holds it to `CLIENT_EVENTS` and `SERVER_EVENTS` below.
"""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from server.errors import InvalidRequestError


def _require_unicode(text: str) -> str:
    """JSON can spell half a character (a lone surrogate), which nothing after this can encode."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("it holds half a character (a lone surrogate)") from None
    return text


Text = Annotated[str, AfterValidator(_require_unicode)]
Priority = Literal["live", "bulk"]
"""`live`: somebody listens while it is made. `bulk`: nobody does, so everybody who listens comes first."""
StreamId = Annotated[str, Field(min_length=1, max_length=64)]


LexiconField = Annotated[dict[str, str], Field(max_length=500)]
"""Words and their readings (docs/reading.md)."""


class WireModel(BaseModel):
    """A message of our own protocol: unknown fields are refused, values are taken as they are, never coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Synthesize(WireModel):
    """Client asks for a text to be spoken. Acknowledged with `SynthesizeAck`, or `{error}`."""

    text: Text
    """What to say; where `incremental`, how it begins, if that is known."""
    ssml: bool = False
    """Whether `text` is an SSML document."""
    lexicon: LexiconField = Field(default_factory=dict)
    """Words and how they are to be read (docs/reading.md)."""
    voice: str = Field("default", min_length=1, max_length=64)
    """A voice's id, or `default`."""
    language: str | None = Field(None, max_length=35)
    """A tag such as `en`, `zh-CN` or `de`, of a language that some voice reads; else found from text and voice."""
    speed: float = Field(1.0, ge=0.25, le=4.0, allow_inf_nan=False)
    """2 is twice as fast."""
    emotion: str = Field("neutral", max_length=64)
    """A name that `GET /v1/audio/emotions` lists, in English or Chinese."""
    emotion_intensity: float = Field(100.0, ge=0, le=100, allow_inf_nan=False)
    """How much of it, in per cent."""
    pitch_semitones: float = Field(0.0, ge=-6, le=6, allow_inf_nan=False)
    """How much higher than the voice would speak."""
    seed: int = Field(0, ge=0, lt=2**53)
    """The same request with the same seed gives the same bytes."""
    priority: Priority = "live"
    """`bulk` is made when there is time, and never refused for want of it."""
    incremental: bool = False
    """Whether text follows in `text` messages."""
    timings: tuple[Literal["words", "phonemes", "visemes"], ...] = Field((), max_length=3, strict=False)
    """What to tell of when it is heard, in `timing` messages; none come where it is empty."""


class SynthesizeAck(WireModel):
    """Server has opened the stream; its audio follows."""

    stream_id: StreamId
    stream_token: str
    """Secret that lets the same client, and no other, take the stream up again."""
    sample_rate_hz: int
    channels: int
    voice: str
    """The voice that speaks."""
    requested_voice: str
    """The voice that was asked for."""
    language: str
    """The language the text is read in; `zh` where English and Mandarin are mixed."""
    notice: str | None = None
    """One sentence where the server did something else than was asked, such as another voice."""
    texts: int = 0
    """How many `text` messages of this stream were taken."""


class TextMessage(WireModel):
    """Client sends the next text of an `incremental` stream. Acknowledged with `{stream_id, texts}`, or `{error}`."""

    stream_id: StreamId
    text: Text = ""
    """What follows; words and sentences may be cut anywhere."""
    flush: bool = False
    """Say all that has come now, as though the text ended here. Answered with `flushed`."""
    end: bool = False
    """No more text comes."""


class Cancel(WireModel):
    """Client wants no more of a stream. Acknowledged with `{stream_id, cancelled}`."""

    stream_id: StreamId


class Playback(WireModel):
    """Client tells where it plays, about 4 times a second. Not acknowledged."""

    stream_id: StreamId
    position_s: float = Field(ge=0, le=1e7, allow_inf_nan=False)
    """Seconds of this stream heard so far."""
    underruns: int = Field(0, ge=0, lt=2**31)
    """How often playback ran dry so far."""


class Resume(WireModel):
    """Client goes on with a stream whose connection broke. Acknowledged with `SynthesizeAck`, or `{error}`."""

    stream_id: StreamId
    stream_token: str = Field(min_length=1, max_length=64, repr=False)
    """As `SynthesizeAck` gave it."""
    next_sample: int = Field(ge=0, lt=2**53)
    """The first sample that has not come: the next `audio_chunk` starts there."""


class AudioChunkMessage(WireModel):
    """Server sends the next piece of a stream. The client's acknowledgement is credit for one more."""

    stream_id: StreamId
    sequence: int
    """0, 1, 2, ... without gaps; after a `resume` from 0 again."""
    start_sample: int
    """Index of its first sample on the stream's clock."""
    pcm: bytes
    """Interleaved signed 16-bit little-endian samples, as a binary attachment."""


class TimedWordMessage(WireModel):
    """One word as it was written: 24 is one, though two are heard."""

    start_character: int
    """Into the whole text, in code points."""
    end_character: int
    start_sample: int
    n_samples: int


class TimedPhonemeMessage(WireModel):
    """One sound, the marks on it included."""

    phoneme: str
    start_sample: int
    n_samples: int


class TimedVisemeMessage(WireModel):
    """One shape of the mouth."""

    viseme: str
    """Of Oculus's fifteen: `sil`, `PP`, `FF`, `TH`, `DD`, `kk`, `CH`, `SS`, `nn`, `RR`, `aa`, `E`, `ih`, `oh`, `ou`."""
    azure_id: int
    """Azure's id for it, 0 to 21."""
    start_sample: int
    n_samples: int


class TimedMarkMessage(WireModel):
    """A `<mark>` of the text."""

    name: str
    start_sample: int


class Timing(WireModel):
    """Server tells when the next clause is heard, before it sends any of it; after a `resume` that one comes again."""

    stream_id: StreamId
    start_character: int
    end_character: int
    begins_sentence: bool
    start_sample: int
    """Where its first phoneme is heard, on the stream's clock."""
    words: tuple[TimedWordMessage, ...] | None = None
    phonemes: tuple[TimedPhonemeMessage, ...] | None = None
    visemes: tuple[TimedVisemeMessage, ...] | None = None
    """Each only where it was asked for; in the order they are heard."""
    marks: tuple[TimedMarkMessage, ...] | None = None
    """The `<mark>`s of SSML, whether asked for or not; only where there are some."""


class Flushed(WireModel):
    """Server has sent all the sound of what came before a `flush`."""

    stream_id: StreamId
    flush: int
    """Which one: 0, 1, 2, ..."""
    start_sample: int
    """Where the sound of what comes after it will start."""


class Done(WireModel):
    """Server has sent all of the stream."""

    stream_id: StreamId
    total_samples: int


class ErrorMessage(WireModel):
    """Server ends a stream, or answers something it could not tie to one (then `stream_id` is null)."""

    stream_id: StreamId | None
    code: str
    message: str
    retryable: bool
    retry_after_s: float | None = None


CLIENT_EVENTS: dict[str, type[WireModel]] = {
    "synthesize": Synthesize,
    "text": TextMessage,
    "cancel": Cancel,
    "playback": Playback,
    "resume": Resume,
}
SERVER_EVENTS: dict[str, type[WireModel]] = {
    "audio_chunk": AudioChunkMessage,
    "timing": Timing,
    "flushed": Flushed,
    "done": Done,
    "error": ErrorMessage,
}

ModelT = TypeVar("ModelT", bound=BaseModel)


def parse(model: type[ModelT], data: Any) -> ModelT:
    """Check what a client sent.

    Raises:
        InvalidRequestError: naming the first field that is wrong, never quoting its value.
    """
    if not isinstance(data, dict):
        raise InvalidRequestError("Send a JSON object.")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InvalidRequestError(describe(error)) from None


def describe(error: ValidationError) -> str:
    """One sentence on the first thing wrong, without the value: what people send is private."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    # A field's name is ours unless it is an unknown one: those come from outside and may be anything.
    if first["type"] == "extra_forbidden":
        return "The request has a field that is not known here; docs/protocol.md lists those that are."
    where = ".".join(str(part) for part in first["loc"]) or "body"
    problem = first["msg"].removeprefix("Value error, ").rstrip(".")
    return f"`{where}` is not right: {problem[:1].lower()}{problem[1:]}."
