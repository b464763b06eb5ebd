"""pip fetches files and runs nobody's code, and what it says becomes one sentence."""

import hashlib
import io
import tarfile
from pathlib import Path
from threading import Event

import pytest

from export.errors import ExportError
from export.pip import explain, pip_download
from export.sources import Package
from tests.export.stubs import package_of, wheel_of

METADATA = "Metadata-Version: 2.1\nName: tiny-voice\nVersion: 1.0\n"
WHEEL = wheel_of(
    **{
        "tiny_voice/part.bin": "weights",
        "tiny_voice-1.0.dist-info/METADATA": METADATA,
        "tiny_voice-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "tiny_voice-1.0.dist-info/RECORD": "",
    }
)
# A project that would take the machine over if its build tool were run.
PROJECT = '[build-system]\nrequires = ["no-such-tool"]\nbuild-backend = "evil.build"\nbackend-path = ["."]\n'


def sdist_bytes(pyproject: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as sdist:
        for name, text in {"pyproject.toml": pyproject, "PKG-INFO": METADATA, "voices/a.bin": "style"}.items():
            entry = tarfile.TarInfo(f"tiny_voice-1.0/{name}")
            entry.size = len(text)
            sdist.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def sdist_package(data: bytes) -> Package:
    return Package(
        name="tiny-voice",
        version="1.0",
        filename="tiny_voice-1.0.tar.gz",
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        licence="CC0-1.0",
        build_backend="tool.build",
    )


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the only place pip may look in."""
    folder = tmp_path / "links"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    return folder


def fetched(package: Package, tmp_path: Path, stop: Event | None = None) -> Path:
    folder = tmp_path / "fetched"
    folder.mkdir()
    return pip_download(package, folder, lambda count: None, stop or Event())


def test_a_wheel_comes_as_it_is(shelf: Path, tmp_path: Path) -> None:
    (shelf / "tiny_voice-1.0-py3-none-any.whl").write_bytes(WHEEL)
    pinned = package_of("tiny-voice", WHEEL)
    assert fetched(pinned, tmp_path).parent.joinpath("tiny_voice-1.0-py3-none-any.whl").read_bytes() == WHEEL


def test_a_source_distribution_comes_without_its_build_tool(shelf: Path, tmp_path: Path) -> None:
    data = sdist_bytes('[build-system]\nrequires = ["no-such-tool"]\nbuild-backend = "tool.build"\n')
    (shelf / "tiny_voice-1.0.tar.gz").write_bytes(data)
    assert fetched(sdist_package(data), tmp_path).read_bytes() == data


def test_other_bytes_under_the_pinned_name_are_refused(shelf: Path, tmp_path: Path) -> None:
    (shelf / "tiny_voice-1.0-py3-none-any.whl").write_bytes(WHEEL)
    with pytest.raises(ExportError, match=r"another sha256 than the pinned one, so it was refused"):
        fetched(package_of("tiny-voice", WHEEL + b"\0"), tmp_path)


def test_a_forged_source_distribution_is_refused_before_its_code_could_run(shelf: Path, tmp_path: Path) -> None:
    (shelf / "tiny_voice-1.0.tar.gz").write_bytes(sdist_bytes(PROJECT))
    with pytest.raises(ExportError, match=r"another sha256 than the pinned one, so it was refused"):
        fetched(sdist_package(sdist_bytes("")), tmp_path)


def test_a_package_that_is_nowhere_is_one_sentence(shelf: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"no package index \(PIP_NO_INDEX\) and nothing local has tiny-voice==1\.0"):
        fetched(package_of("tiny-voice", WHEEL), tmp_path)


def test_pip_is_ended_when_the_export_stops(shelf: Path, tmp_path: Path) -> None:
    stop = Event()
    stop.set()
    with pytest.raises(ExportError, match="stopped"):
        fetched(package_of("tiny-voice", WHEEL), tmp_path, stop)


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        ("/usr/bin/python: No module named pip", "This Python has no pip"),
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "it was refused"),
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError(...)'\n"
            "ERROR: Could not find a version that satisfies the requirement",
            "The package index cannot be reached",
        ),
        ("ERROR: No matching distribution found for tiny-voice==1.0", "The package index has no tiny-voice==1.0"),
        ("ERROR: The moon is full.", "pip could not fetch tiny-voice==1.0: The moon is full."),
        ("", "it gave no reason"),
    ],
)
def test_what_pip_says_becomes_one_sentence(log: str, sentence: str) -> None:
    said = explain(log, package_of("tiny-voice", WHEEL), {})
    assert sentence in said
    assert said.endswith(".")
    assert "\n" not in said
