"""Export: from what is missing to what is made, in one run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from export.cache import SourceCache
from export.errors import ExportError
from export.fetch import Download, fetch
from export.manifest import read_manifest, write_manifest
from export.progress import Progress
from export.recipe import Recipe
from export.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Export:
    """The chosen models, and everything that making them needs."""

    recipes: Sequence[Recipe]
    shelf: Shelf
    cache: SourceCache
    manifest_file: Path
    download: Download
    progress: Progress

    def make(self, *, force: bool) -> str:
        """Make what is absent or changed, or everything; the network is touched only for what the cache lacks.

        Returns:
            One line for the person at the terminal.

        Raises:
            ExportError: with what went wrong. Models made before that stay.
        """
        manifest = read_manifest(self.manifest_file)
        if not force and not self._wanting(manifest):
            return f"Everything is here already: {self._names(self.recipes)} in {self.shelf.folder}."
        with self.shelf.lock(lambda: self.progress.line("Another export is at work here; waiting for it.")):
            # Looked at again: the one waited for may have made them.
            wanting = self.recipes if force else self._wanting(manifest)
            self._fetch(wanting)
            for recipe in wanting:
                self._build(recipe, manifest.get(recipe.name, {}))
        return f"Ready: {self._names(self.recipes)} in {self.shelf.folder}."

    def verify(self) -> str:
        """Hash every file and compare.

        Raises:
            ExportError: when a model is absent or changed.
        """
        wanting = self._wanting(read_manifest(self.manifest_file))
        if wanting:
            raise ExportError(f"Missing or changed: {self._names(wanting)}; run `python -m export`.")
        return f"Unchanged: {self._names(self.recipes)} in {self.shelf.folder}."

    def pin(self) -> str:
        """Make the chosen models and write their sha256 to the manifest: for who changes a recipe."""
        manifest = read_manifest(self.manifest_file) if self.manifest_file.exists() else {}
        with self.shelf.lock(lambda: self.progress.line("Another export is at work here; waiting for it.")):
            self._fetch(self.recipes)
            for recipe in self.recipes:
                manifest[recipe.name] = self._build(recipe, None)
        write_manifest(self.manifest_file, manifest)
        return f"Pinned in {self.manifest_file.name}: {self._names(self.recipes)}."

    def table(self) -> str:
        """A line per model: name, state, size, licence, what it is."""
        manifest = read_manifest(self.manifest_file)
        rows = [("name", "state", "size", "licence", "what it is")]
        for recipe in self.recipes:
            state = self.shelf.state(recipe.name, manifest.get(recipe.name, {}))
            # Packages shared by two recipes are counted in both: each row stands for itself.
            size_bytes = sum(package.size_bytes for package in recipe.packages)
            size = f"{size_bytes / 1e6:.1f} MB to fetch"
            if state != "absent":
                size = f"{self.shelf.size_bytes(recipe.name) / 1e6:.1f} MB on disk"
            rows.append((recipe.name, state, size, recipe.licence, recipe.title))
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        )

    def _wanting(self, manifest: Mapping[str, Mapping[str, str]]) -> list[Recipe]:
        return [
            recipe
            for recipe in self.recipes
            if self.shelf.state(recipe.name, manifest.get(recipe.name, {})) != "present"
        ]

    def _fetch(self, recipes: Sequence[Recipe]) -> None:
        packages = dict.fromkeys(package for recipe in recipes for package in recipe.packages)
        fetch(list(packages), self.cache, self.download, self.progress)

    def _build(self, recipe: Recipe, pinned: Mapping[str, str] | None) -> dict[str, str]:
        archives = {package: self.cache.path(package) for package in recipe.packages}
        made: dict[str, str] = {}

        def check(hashes: dict[str, str]) -> None:
            made.update(hashes)
            if pinned is not None and hashes != pinned:
                differing = sorted(file for file in {*hashes, *pinned} if hashes.get(file) != pinned.get(file))
                raise ExportError(
                    f"{recipe.name} was made, but {', '.join(differing)} is not what this version of Wildtrack pins, "
                    "so it was not kept; install the versions of the packages that pyproject.toml names."
                )

        self.shelf.put(recipe.name, lambda folder: recipe.build(archives, folder, self.progress), check)
        self.progress.line(f"Made {recipe.name} ({self.shelf.size_bytes(recipe.name) / 1e6:.1f} MB).")
        return made

    @staticmethod
    def _names(recipes: Sequence[Recipe]) -> str:
        return ", ".join(recipe.name for recipe in recipes)
