"""Reads members of wheels and source distributions without unpacking them."""

import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from export.errors import ExportError


def read_members(archive: Path, members: Sequence[str]) -> dict[str, bytes]:
    """The bytes of the named members, by name.

    Raises:
        ExportError: when the archive is damaged or lacks one.
    """
    try:
        found = _from_tar(archive, members) if archive.name.endswith(".tar.gz") else _from_zip(archive, members)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise ExportError(f"The package file {archive.name} is damaged.") from error
    for member in members:
        if member not in found:
            raise ExportError(f"The package file {archive.name} lacks {member}, which the export needs from it.")
    return found


def _from_zip(archive: Path, members: Sequence[str]) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        present = set(opened.namelist())
        return {member: opened.read(member) for member in members if member in present}


def _from_tar(archive: Path, members: Sequence[str]) -> dict[str, bytes]:
    # One pass: seeking back in a gzip stream means inflating it anew.
    wanted = set(members)
    found = {}
    with tarfile.open(archive, mode="r|gz") as opened:
        for entry in opened:
            if entry.name in wanted and (stream := opened.extractfile(entry)) is not None:
                found[entry.name] = stream.read()
    return found
