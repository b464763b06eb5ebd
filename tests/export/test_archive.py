"""Members of wheels and source distributions are read as they were put in."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from export.archive import read_members
from export.errors import ExportError

MEMBERS = {"thing/part.bin": bytes(range(256)), "thing/LICENSE": b"free"}


def packed(folder: Path, kind: str) -> Path:
    path = folder / f"thing.{kind}"
    if kind == "whl":
        with zipfile.ZipFile(path, "w") as wheel:
            for name, data in MEMBERS.items():
                wheel.writestr(name, data)
    else:
        with tarfile.open(path, "w:gz") as sdist:
            for name, data in MEMBERS.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                sdist.addfile(entry, io.BytesIO(data))
    return path


@pytest.mark.parametrize("kind", ["whl", "tar.gz"])
def test_members_come_out_as_they_went_in(tmp_path: Path, kind: str) -> None:
    assert read_members(packed(tmp_path, kind), list(MEMBERS)) == MEMBERS


@pytest.mark.parametrize("kind", ["whl", "tar.gz"])
def test_a_missing_member_is_named(tmp_path: Path, kind: str) -> None:
    with pytest.raises(ExportError, match=r"lacks thing/other\.bin"):
        read_members(packed(tmp_path, kind), ["thing/part.bin", "thing/other.bin"])


@pytest.mark.parametrize("kind", ["whl", "tar.gz"])
def test_a_damaged_archive_is_named(tmp_path: Path, kind: str) -> None:
    path = packed(tmp_path, kind)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ExportError, match=rf"thing\.{kind} is damaged"):
        read_members(path, list(MEMBERS))
