"""PiperConfig: the `.onnx.json` that stands beside a piper voice, checked.

Source: the files of published voices. Fields that we have no use for are ignored: other programs write this file.
"""

import json
import re
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from export.errors import ExportError

_LOCALES: Final = {"en-us": "en-US", "en-gb": "en-GB", "en": "en-GB", "cmn": "zh-CN"}
"""espeak-ng's name of an accent -> BCP 47, where it is not just a matter of capitals."""
READ_HERE: Final = ("espeak", "text")
"""What piper calls the phonemes that can be made here: espeak-ng's, and the letters of the text."""


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Audio(_Read):
    """What comes out."""

    sample_rate: int = Field(gt=0)
    quality: str = ""


class Espeak(_Read):
    """Whose phonemes it reads."""

    voice: str = ""


class Inference(_Read):
    """How it is spoken by nature."""

    noise_scale: float = Field(default=0.667, ge=0)
    length_scale: float = Field(default=1.0, gt=0)
    noise_w: float = Field(default=0.8, ge=0)


class Language(_Read):
    """Newer files name the language."""

    code: str = ""


class PiperConfig(_Read):
    """A voice's configuration."""

    audio: Audio
    espeak: Espeak = Espeak()
    inference: Inference = Inference()
    language: Language = Language()
    phoneme_type: str = "espeak"
    phoneme_id_map: dict[str, tuple[int, ...]] = Field(min_length=1)
    num_speakers: int = Field(default=1, ge=1)
    speaker_id_map: dict[str, int] = Field(default_factory=dict)
    dataset: str = ""

    @property
    def locale(self) -> str:
        """BCP 47: `en-US`, or as near as the file tells."""
        if match := re.fullmatch(r"([a-z]{2,3})[_-]([A-Z]{2})", self.language.code):
            return f"{match[1]}-{match[2]}"
        voice = (self.espeak.voice or self.language.code).lower().replace("_", "-")
        if match := re.fullmatch(r"([a-z]{2,3})-([a-z]{2})", voice):
            voice = f"{match[1]}-{match[2].upper()}"
        named = voice.lower()
        found = (tag for name, tag in _LOCALES.items() if named == name or named.startswith(f"{name}-x"))
        return next(found, voice or "und")

    @property
    def espeak_voice(self) -> str:
        """espeak-ng's name of the language: as the file says, else by its code."""
        return self.espeak.voice or self.language.code.split("_")[0].lower()

    def speakers(self, fallback: str) -> dict[str, int]:
        """Name -> id, in the order of the ids; a voice of one speaker is called `fallback`."""
        if self.num_speakers == 1:
            return {fallback: 0}
        named = {number: name for name, number in self.speaker_id_map.items()}
        return {named.get(number, f"speaker_{number}"): number for number in range(self.num_speakers)}


def read_config(text: bytes, file: str) -> PiperConfig:
    """Read a configuration.

    Raises:
        ExportError: when it is not one of a piper voice; `file` is named.
    """
    try:
        return PiperConfig.model_validate(json.loads(text))
    except (ValueError, ValidationError) as error:
        raise ExportError(f"{Path(file).name} is not the configuration of a piper voice.") from error
