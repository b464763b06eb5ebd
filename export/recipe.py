"""Recipe: how one model is made from its packages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from export.progress import Progress
from export.sources import Package
from server.runtime.model_card import ModelCard, SourceSpec

Archives = Mapping[Package, Path]
"""Where the file of each package lies, its sha256 checked."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One model that can be exported."""

    name: str
    """Name of its folder in onnx_models/, and what `--only` takes."""
    title: str
    """For people."""
    licence: str
    """SPDX expression."""
    packages: tuple[Package, ...]
    build: Callable[[Archives, Path, Progress], ModelCard]
    """Writes every file but `model.json` into an empty folder; returns the card, its `files` still empty.

    Raises ExportError when what was made is not as it must be.
    """


def sources_of(packages: tuple[Package, ...]) -> tuple[SourceSpec, ...]:
    """What a card says of the packages a model was made from."""
    return tuple(
        SourceSpec(
            package=package.name,
            version=package.version,
            file=package.filename,
            sha256=package.sha256,
            licence=package.licence,
        )
        for package in packages
    )
