"""ModelCard: what `model.json` says of an exported model, and whether its files are the ones it describes."""

import hashlib
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from server.errors import ModelUnavailableError

CARD_FILE: Final = "model.json"
MANIFEST_FILE: Final = "manifest.json"
"""Beside the models' folders: model -> file -> sha256, as committed."""
SCHEMA_VERSION: Final = 1

# No leading slash and no two dots in a row, so a card can never name a file outside its folder.
RelativeFile = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]([./]?[A-Za-z0-9_-])*$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


_MANIFEST: Final = TypeAdapter(dict[str, dict[str, Sha256]])


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TensorSpec(_Strict):
    """One input or output of a graph."""

    name: str
    dtype: Literal["float32", "int64", "uint8"]
    shape: tuple[int | str, ...]
    """Numbers are fixed, names vary from call to call; `2F` is twice `F`."""


class GraphSpec(_Strict):
    """One ONNX file."""

    file: RelativeFile
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


class FileSpec(_Strict):
    """The size and the hash of a file of the model."""

    size_bytes: int = Field(ge=0)
    sha256: Sha256


class SourceSpec(_Strict):
    """A package the model was made from."""

    package: str
    version: str
    file: str
    sha256: Sha256
    licence: str
    """SPDX expression."""


class ModelCard(_Strict):
    """Everything the server knows of a model without opening its graphs."""

    schema_version: Literal[1] = SCHEMA_VERSION
    name: str
    """The folder's name, and what `python -m export --only` takes."""
    title: str
    """For people."""
    licence: str
    """SPDX expression of the whole."""
    attribution: str
    sample_rate_hz: int = Field(default=0, ge=0)
    """0, as in the next two, where the model does not speak."""
    hop_samples: int = Field(default=0, ge=0)
    """Samples of sound per latent frame (the F of the shapes)."""
    max_phonemes: int = Field(default=0, ge=0)
    """The longest phoneme sequence one call takes, without the padding at both ends."""
    pad_id: int = 0
    """The id that goes before and after every sequence."""
    vocabulary: dict[str, int] = Field(default_factory=dict)
    """Phoneme symbol (one character) -> id."""
    graphs: dict[str, GraphSpec]
    voices: dict[str, RelativeFile] = Field(default_factory=dict)
    """Voice -> file of its style vectors: raw little-endian float32 of `voice_shape`."""
    voice_shape: tuple[int, ...] | None = None
    """Shape of every style file: [phonemes, 1, dimensions]; the row is chosen by the number of phonemes."""
    sources: tuple[SourceSpec, ...]
    files: dict[RelativeFile, FileSpec] = Field(default_factory=dict)
    """Every file of the folder but this card."""
    folder: Path = Field(default=Path(), exclude=True)
    """Where the card was read; not written to the file."""

    def graph_path(self, graph: str) -> Path:
        """The ONNX file of a graph of this model."""
        return self.folder / self.graphs[graph].file

    def voice_path(self, voice: str) -> Path:
        """The style file of a voice of this model.

        Raises:
            KeyError: when the model has no such voice.
        """
        return self.folder / self.voices[voice]

    def to_json(self) -> str:
        """The text of `model.json`: the same for the same card."""
        return self.model_dump_json(indent=1) + "\n"


def load_card(folder: Path) -> ModelCard:
    """Read a model's card and see that its files are there, whole by their sizes.

    Where a manifest stands beside the folder and names the model, the card must be the one pinned there.

    Raises:
        ModelUnavailableError: when the model is missing, incomplete or of another version of Wildtrack.
    """
    name = folder.name
    try:
        text = (folder / CARD_FILE).read_bytes()
    except FileNotFoundError:
        raise ModelUnavailableError(f"The model {name} is missing; {_remedy(name)}.") from None
    except OSError as error:
        raise ModelUnavailableError(
            f"The model {name} cannot be read ({error.strerror}); check who may read {folder}."
        ) from error
    pinned = _pinned_card(folder)
    if pinned is not None and hashlib.sha256(text).hexdigest() != pinned:
        raise ModelUnavailableError(f"The model {name} is not the one this version was made for; {_remedy(name)}.")
    try:
        card = ModelCard.model_validate_json(text)
    except ValidationError as error:
        raise ModelUnavailableError(
            f"The card of the model {name} is damaged or of another version; {_remedy(name)}."
        ) from error
    for file, spec in card.files.items():
        try:
            size_bytes = (folder / file).stat().st_size
        except OSError:
            raise ModelUnavailableError(f"The model {name} lacks its file {file}; {_remedy(name)}.") from None
        if size_bytes != spec.size_bytes:
            raise ModelUnavailableError(_changed(name, file))
    return card.model_copy(update={"folder": folder})


def verify_files(card: ModelCard) -> None:
    """Hash every file of the model: about a second per gigabyte.

    Raises:
        ModelUnavailableError: when one differs from its card by a single bit.
    """
    for file, spec in card.files.items():
        try:
            found = file_sha256(card.folder / file)
        except OSError:
            raise ModelUnavailableError(f"The model {card.name} lacks its file {file}; {_remedy(card.name)}.") from None
        if found != spec.sha256:
            raise ModelUnavailableError(_changed(card.name, file))


def file_sha256(path: Path) -> str:
    """The sha256 of a file, 64 hexadecimal digits.

    Raises:
        OSError: when it cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _pinned_card(folder: Path) -> str | None:
    """The sha256 that the manifest beside the folder pins for the card; None where it pins none."""
    try:
        manifest = _MANIFEST.validate_json((folder.parent / MANIFEST_FILE).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise ModelUnavailableError(f"The manifest of the models cannot be read; restore {MANIFEST_FILE}.") from error
    return manifest.get(folder.name, {}).get(CARD_FILE)


def _remedy(name: str) -> str:
    return f"run `python -m export --only {name}`"


def _changed(name: str, file: str) -> str:
    return f"The file {file} of the model {name} is not the one that was exported; {_remedy(name)}."
