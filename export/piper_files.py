"""Finds a piper voice's graph and configuration: beside each other, in a folder, or in a package that holds both."""

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from export.errors import ExportError
from export.piper_config import PiperConfig, read_config

_CONFIG_SUFFIX = ".json"
_TEXTS = ("MODEL_CARD", "LICENSE", "LICENCE", "COPYING", "README")


@dataclass(frozen=True, slots=True)
class PiperFiles:
    """A voice as it was published."""

    stem: str
    """The graph's file name without `.onnx`, for example `en_US-joe-medium`."""
    graph: bytes
    config: PiperConfig
    texts: dict[str, bytes]
    """What stood beside it about its origin and licence: file name -> content."""


def find_piper_files(path: Path) -> PiperFiles:
    """Read a voice.

    Args:
        path: an `.onnx` file with its `.onnx.json` beside it, or a folder or a wheel with one such pair anywhere in it.

    Raises:
        ExportError: when there is none, or more than one.
    """
    if path.suffix in (".whl", ".zip"):
        return _from_package(path)
    if path.is_dir():
        found = _only_graph(path, [str(file.relative_to(path)) for file in sorted(path.rglob("*.onnx"))])
        path = path / found
    config_file = path.with_name(path.name + _CONFIG_SUFFIX)
    try:
        graph, config = path.read_bytes(), config_file.read_bytes()
    except FileNotFoundError as error:
        raise ExportError(f"There is no {error.filename}; a piper voice is an .onnx with its .onnx.json.") from error
    beside = {file.name: file.read_bytes() for file in path.parent.iterdir() if file.stem in _TEXTS and file.is_file()}
    return PiperFiles(path.stem, graph, read_config(config, config_file.name), beside)


def _from_package(package: Path) -> PiperFiles:
    try:
        with zipfile.ZipFile(package) as opened:
            names = opened.namelist()
            member = PurePosixPath(_only_graph(package, [name for name in names if name.endswith(".onnx")]))
            config_name = f"{member}{_CONFIG_SUFFIX}"
            if config_name not in names:
                raise ExportError(
                    f"{package.name} has no {config_name}; a piper voice is an .onnx with its .onnx.json."
                )
            texts = {
                PurePosixPath(name).name: opened.read(name)
                for name in names
                if PurePosixPath(name).stem in _TEXTS and not name.endswith("/")
            }
            return PiperFiles(
                member.stem, opened.read(str(member)), read_config(opened.read(config_name), config_name), texts
            )
    except FileNotFoundError as error:
        raise ExportError(f"There is no {package}.") from error
    except zipfile.BadZipFile as error:
        raise ExportError(f"The package {package.name} is damaged.") from error


def _only_graph(where: Path, names: Iterable[str]) -> str:
    found = list(names)
    if not found:
        raise ExportError(f"There is no .onnx file in {where.name}.")
    if len(found) > 1:
        raise ExportError(f"There are {len(found)} .onnx files in {where.name}; name one of them: {', '.join(found)}.")
    return found[0]
