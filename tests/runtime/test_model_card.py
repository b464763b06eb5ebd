"""A card tells what a model is; a model that differs from its card is refused with the way out."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from server.errors import ModelUnavailableError
from server.runtime.model_card import (
    FileSpec,
    GraphSpec,
    ModelCard,
    RelativeFile,
    SourceSpec,
    TensorSpec,
    file_sha256,
    load_card,
    verify_files,
)

GRAPH = b"a graph"


def written(folder: Path) -> ModelCard:
    """A model of two files, and its card beside them."""
    (folder / "voices").mkdir(parents=True)
    (folder / "model.onnx").write_bytes(GRAPH)
    (folder / "voices" / "alto.bin").write_bytes(b"style")
    tensor = TensorSpec(name="x", dtype="float32", shape=(1, "2F"))
    card = ModelCard(
        name="tiny",
        title="Tiny",
        licence="CC0-1.0",
        attribution="nobody",
        sample_rate_hz=24_000,
        hop_samples=600,
        max_phonemes=10,
        vocabulary={"ə": 83, "ˈ": 156},
        graphs={"model": GraphSpec(file="model.onnx", inputs=(tensor,), outputs=(tensor,))},
        voices={"alto": "voices/alto.bin"},
        voice_shape=(510, 1, 256),
        sources=(SourceSpec(package="p", version="1", file="p.whl", sha256="0" * 64, licence="CC0-1.0"),),
        files={
            file: FileSpec(size_bytes=(folder / file).stat().st_size, sha256=file_sha256(folder / file))
            for file in ("model.onnx", "voices/alto.bin")
        },
    )
    (folder / "model.json").write_text(card.to_json(), encoding="utf-8")
    return card


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    written(tmp_path / "tiny")
    return tmp_path / "tiny"


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    card = written(tmp_path / "tiny")
    read = load_card(tmp_path / "tiny")
    assert read.to_json() == card.to_json()
    assert read.folder == tmp_path / "tiny"
    assert read.graph_path("model").read_bytes() == GRAPH
    assert read.voice_path("alto").read_bytes() == b"style"


def test_the_card_does_not_say_where_it_lay(folder: Path) -> None:
    assert "folder" not in json.loads(load_card(folder).to_json())


def test_a_missing_model_is_refused_with_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError) as refused:
        load_card(tmp_path / "kokoro")
    assert refused.value.message == "The model kokoro is missing; run `python -m export --only kokoro`."


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "voices" / "alto.bin").unlink()
    with pytest.raises(ModelUnavailableError, match=r"lacks its file voices/alto\.bin; .*--only tiny"):
        load_card(folder)


def test_a_file_of_another_size_is_refused_on_reading_the_card(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(GRAPH + b"!")
    with pytest.raises(ModelUnavailableError, match=r"model\.onnx .* is not the one that was exported; .*--only tiny"):
        load_card(folder)


def test_a_single_changed_bit_is_found_by_hashing(folder: Path) -> None:
    card = load_card(folder)
    verify_files(card)
    (folder / "model.onnx").write_bytes(bytes([GRAPH[0] ^ 1]) + GRAPH[1:])
    with pytest.raises(ModelUnavailableError, match="is not the one that was exported"):
        verify_files(load_card(folder))


def test_a_file_that_went_away_after_reading_is_refused(folder: Path) -> None:
    card = load_card(folder)
    (folder / "model.onnx").unlink()
    with pytest.raises(ModelUnavailableError, match=r"lacks its file model\.onnx"):
        verify_files(card)


@pytest.mark.parametrize(
    "change",
    [{"schema_version": 2}, {"surprise": 1}, {"sample_rate_hz": -1}, {"voices": {"a": "../a.bin"}}, {"files": 3}],
)
def test_a_card_of_another_form_is_refused(folder: Path, change: dict[str, object]) -> None:
    card = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**card, **change}))
    with pytest.raises(ModelUnavailableError, match="damaged or of another version"):
        load_card(folder)


def test_the_card_must_be_the_one_the_manifest_pins(folder: Path) -> None:
    manifest = folder.parent / "manifest.json"
    pinned = hashlib.sha256((folder / "model.json").read_bytes()).hexdigest()
    manifest.write_text(json.dumps({"tiny": {"model.json": pinned}}))
    load_card(folder)
    manifest.write_text(json.dumps({"tiny": {"model.json": "0" * 64}}))
    with pytest.raises(ModelUnavailableError, match=r"not the one this version was made for; .*--only tiny"):
        load_card(folder)


def test_a_model_that_the_manifest_does_not_name_needs_no_pin(folder: Path) -> None:
    (folder.parent / "manifest.json").write_text("{}")
    load_card(folder)


def test_a_damaged_manifest_is_refused(folder: Path) -> None:
    (folder.parent / "manifest.json").write_text("[]")
    with pytest.raises(ModelUnavailableError, match=r"restore manifest\.json"):
        load_card(folder)


@given(st.text(alphabet="ab./-_", min_size=1, max_size=12))
def test_no_file_a_card_may_name_lies_outside_its_folder(file: str) -> None:
    try:
        TypeAdapter(RelativeFile).validate_python(file)
    except ValidationError:
        return
    assert Path("/models/tiny", file).resolve().is_relative_to("/models/tiny")
    assert ".." not in file
