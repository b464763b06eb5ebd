"""A back end is found by its name: ours, one by its dotted path, one by its entry point; and nothing else."""

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from server.engines.foley import plugins
from server.engines.foley.plugins import backend_version, load_backend
from server.errors import ConfigurationError, ModelUnavailableError
from server.settings import Settings

EXAMPLE = "examples.foley_backend:TinyBackend"


def named(name: str, tmp_path: Path) -> Settings:
    return Settings(foley_backend=name, data_dir=tmp_path)


def test_a_dotted_path_names_a_class(tmp_path: Path) -> None:
    settings = named(EXAMPLE, tmp_path)
    assert backend_version(settings) == "tiny-example-1"
    assert type(load_backend(settings)).__name__ == "TinyBackend"


def test_an_installed_package_is_named_by_its_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = {"tiny": EntryPoint("tiny", EXAMPLE, plugins.ENTRY_POINTS)}

    def entry_points(*, group: str, name: str) -> list[EntryPoint]:
        assert group == plugins.ENTRY_POINTS
        return [installed[name]] if name in installed else []

    monkeypatch.setattr(plugins, "entry_points", entry_points)
    assert type(load_backend(named("tiny", tmp_path))).__name__ == "TinyBackend"
    with pytest.raises(ConfigurationError, match="names no back end"):
        load_backend(named("tinier", tmp_path))


@pytest.mark.parametrize("name", ["nothing", "no.such.module:Class", "examples.foley_backend:Nothing", ":x", "a:"])
def test_what_cannot_be_found_is_refused_with_what_to_do(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="WILDTRACK_FOLEY_BACKEND"):
        load_backend(named(name, tmp_path))


def test_what_is_no_back_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="version_of"):
        backend_version(named("json:loads", tmp_path))


def test_ours_says_which_model_is_missing(tmp_path: Path) -> None:
    settings = Settings(models_dir=tmp_path, data_dir=tmp_path)
    for ask in (backend_version, load_backend):
        with pytest.raises(ModelUnavailableError, match="event-net"):
            ask(settings)
