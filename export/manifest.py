"""The manifest: the sha256 of every file the export makes, committed, so that all machines have the same models."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from export.errors import ExportError
from server.runtime.model_card import MANIFEST_FILE as _NAME
from server.runtime.model_card import Sha256, file_sha256

MANIFEST_FILE: Final = Path(__file__).resolve().parent.parent / "onnx_models" / _NAME

Manifest = dict[str, dict[str, str]]
"""Model -> file within its folder -> sha256."""

_SHAPE: Final = TypeAdapter(dict[str, dict[str, Sha256]])


def read_manifest(path: Path) -> Manifest:
    """The committed manifest.

    Raises:
        ExportError: when it is missing or damaged.
    """
    try:
        return _SHAPE.validate_json(path.read_bytes())
    except FileNotFoundError:
        raise ExportError(f"The manifest {path.name} is missing from the checkout; restore it with git.") from None
    except ValidationError as error:
        raise ExportError(f"The manifest {path.name} is damaged; restore it with git.") from error


def write_manifest(path: Path, manifest: Mapping[str, Mapping[str, str]]) -> None:
    """Write the manifest, in an order of its own, so that a change shows as what changed."""
    path.write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")


def hashes_of(folder: Path) -> dict[str, str]:
    """The sha256 of every file in a model's folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): file_sha256(path) for path in files}
