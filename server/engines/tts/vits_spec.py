"""VitsSpec: what `vits.json` says of a VITS voice besides its card: its phonemes, speakers, noise and streams."""

from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.errors import ModelUnavailableError
from server.runtime.model_card import ModelCard
from server.runtime.streaming_graph import StreamSpec

SPEC_FILE: Final = "vits.json"


class SpeakerSpec(BaseModel):
    """One speaker of a voice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int = Field(ge=0)
    """What the graph knows the speaker by."""
    gain_db: float
    """Decibels that bring the speaker to -18 LUFS."""


class VitsSpec(BaseModel):
    """A VITS voice as its exporter found it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    locale: str
    """BCP 47, for example `en-US`; `und` where nobody has said."""
    alphabet: Literal["espeak", "text"]
    """What the voice's phonemes are: espeak-ng's IPA, or the letters of the text itself."""
    espeak_voice: str
    """espeak-ng's name for the language and accent, for example `en-us`."""
    phoneme_ids: dict[str, tuple[int, ...]]
    """Symbol, or a few symbols that are one sound -> ids. `^` begins, `$` ends, `_` parts any two."""
    noise_scale: float = Field(ge=0)
    """How much chance there is in the sound."""
    length_scale: float = Field(gt=0)
    """How slow the voice is by nature; speed divides it."""
    duration_noise_scale: float = Field(ge=0)
    """How much chance there is in the rhythm."""
    has_duration_noise: bool
    """Whether the text graph takes noise at all."""
    channels: int = Field(gt=0)
    """Of the latent frames."""
    speakers: dict[str, SpeakerSpec] = Field(min_length=1)
    """Name -> speaker, the first of them the default. A voice with one speaker takes no `sid`."""
    flow: StreamSpec
    decoder: StreamSpec

    @property
    def reads_english(self) -> bool:
        """Whether its phonemes can be made from ours, if it knows all of them."""
        return self.alphabet == "espeak" and self.locale.startswith("en-")


def load_spec(card: ModelCard) -> VitsSpec:
    """Read `vits.json` from the model's folder.

    Raises:
        ModelUnavailableError: when it is missing, damaged or of another version.
    """
    try:
        return VitsSpec.model_validate_json(Path(card.folder, SPEC_FILE).read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelUnavailableError(
            f"The file {SPEC_FILE} of the voice {card.name} cannot be used; run `python -m export piper` again."
        ) from error
