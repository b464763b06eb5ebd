"""A model is on the shelf whole or not at all, and one export at a time puts it there."""

from pathlib import Path
from threading import Event, Thread

import pytest

from export.errors import ExportError
from export.manifest import hashes_of
from export.shelf import Shelf
from server.runtime.model_card import ModelCard, load_card, verify_files
from tests.export.stubs import Silence, package_of, recipe_of, wheel_of


def builder(tmp_path: Path, graph: str):
    data = wheel_of(graph=graph)
    package = package_of("thing", data)
    archive = tmp_path / package.filename
    archive.write_bytes(data)
    recipe = recipe_of("tiny", package)
    return lambda folder: recipe.build({package: archive}, folder, Silence())


def nothing() -> None:
    """Nobody has to wait."""


def put(shelf: Shelf, build) -> None:
    with shelf.lock(nothing):
        shelf.put("tiny", build, lambda hashes: None)


def test_a_model_that_was_put_can_be_loaded_and_verified(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "models")
    put(shelf, builder(tmp_path, "graph"))
    card = load_card(shelf.folder / "tiny")
    verify_files(card)
    assert card.graph_path("model").read_text() == "graph"
    assert list(card.files) == ["model.onnx"]


def test_the_same_model_is_the_same_bytes(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "models")
    put(shelf, builder(tmp_path, "graph"))
    once = hashes_of(shelf.folder / "tiny")
    put(shelf, builder(tmp_path, "graph"))
    assert hashes_of(shelf.folder / "tiny") == once


def test_a_failed_build_leaves_the_old_model_and_no_litter(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "models")
    put(shelf, builder(tmp_path, "old"))

    def failing(folder: Path) -> ModelCard:
        (folder / "model.onnx").write_text("half")
        raise ExportError("No.")

    with pytest.raises(ExportError):
        put(shelf, failing)
    assert (shelf.folder / "tiny" / "model.onnx").read_text() == "old"
    assert sorted(path.name for path in shelf.folder.iterdir()) == [".work", "tiny"]
    assert [path.name for path in (shelf.folder / ".work").iterdir()] == ["lock"]


def test_a_check_that_objects_keeps_the_old_model(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "models")
    put(shelf, builder(tmp_path, "old"))

    def object_to(hashes: dict[str, str]) -> None:
        raise ExportError(f"Not {', '.join(hashes)}.")

    with shelf.lock(nothing), pytest.raises(ExportError, match=r"Not model\.json, model\.onnx"):
        shelf.put("tiny", builder(tmp_path, "new"), object_to)
    assert (shelf.folder / "tiny" / "model.onnx").read_text() == "old"


def test_what_a_killed_export_left_behind_is_swept(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    leftover = tmp_path / ".work" / "tiny-new-abc"
    leftover.mkdir(parents=True)
    (leftover / "model.onnx").write_text("half")
    with shelf.lock(nothing):
        assert not leftover.exists()


def test_a_model_is_absent_present_or_changed(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "models")
    assert shelf.state("tiny", {}) == "absent"
    put(shelf, builder(tmp_path, "graph"))
    pinned = hashes_of(shelf.folder / "tiny")
    assert shelf.state("tiny", pinned) == "present"
    (shelf.folder / "tiny" / "notes.txt").write_text("not pinned, not looked at")
    assert shelf.state("tiny", pinned) == "present"
    (shelf.folder / "tiny" / "model.onnx").write_text("grapH")
    assert shelf.state("tiny", pinned) == "changed"
    (shelf.folder / "tiny" / "model.onnx").unlink()
    assert shelf.state("tiny", pinned) == "changed"


def test_a_second_export_says_so_and_waits(tmp_path: Path) -> None:
    shelf, waiting, order = Shelf(tmp_path), Event(), []

    def second() -> None:
        with shelf.lock(waiting.set):
            order.append("second")

    thread = Thread(target=second)
    with shelf.lock(nothing):
        thread.start()
        assert waiting.wait(timeout=10)
        order.append("first")
    thread.join(timeout=10)
    assert order == ["first", "second"]
