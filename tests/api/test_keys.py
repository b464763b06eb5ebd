"""API keys: kept as hashes only, in a file of their owner's, changed at once."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.api.keys import KEYS_FILE, KeyStore, require_safe_binding
from server.api.keys_cli import run_keys_command
from server.errors import ConfigurationError, InvalidRequestError
from server.settings import Settings

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "data")


def test_a_key_opens_and_nothing_else_does(store: KeyStore) -> None:
    made = store.add("radio", NOW)
    assert store.find(made.presented) == made.key
    for wrong in ("", "wt_", made.presented[:-1], made.presented + "x", made.key.digest, "\ud800", "x" * 10_000):
        assert store.find(wrong) is None


def test_a_key_has_256_random_bits_and_says_what_it_is(store: KeyStore) -> None:
    first, second = store.add("a", NOW), store.add("a", NOW)
    assert first.presented.startswith("wt_")
    assert len(first.presented) == 3 + 43
    assert first.presented != second.presented


def test_the_file_holds_no_key_and_is_its_owners_alone(store: KeyStore, tmp_path: Path) -> None:
    made = store.add("radio", NOW)
    file = tmp_path / "data" / KEYS_FILE
    text = file.read_text()
    assert made.presented not in text
    assert made.presented.removeprefix("wt_") not in text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [KEYS_FILE]


def test_the_representation_of_a_store_and_its_keys_holds_no_secret(store: KeyStore) -> None:
    made = store.add("radio", NOW)
    assert made.key.digest not in repr(made.key)


def test_two_stores_hash_the_same_key_differently(tmp_path: Path) -> None:
    one, other = KeyStore(tmp_path / "one"), KeyStore(tmp_path / "other")
    made = one.add("a", NOW)
    other.add("a", NOW)
    assert other.find(made.presented) is None


def test_another_process_adds_and_removes_and_this_one_sees_it(store: KeyStore, tmp_path: Path) -> None:
    assert store.keys == ()
    elsewhere = KeyStore(tmp_path / "data")
    made = elsewhere.add("radio", NOW)
    assert store.find(made.presented) is not None
    assert elsewhere.remove(made.key.id)
    assert store.find(made.presented) is None


def test_removing_what_is_not_there_says_so(store: KeyStore) -> None:
    assert not store.remove("nothing")
    store.add("a", NOW)
    assert not store.remove("nothing")


@pytest.mark.parametrize("label", ["", "  ", "x" * 65, "two\nlines", "\x1b[2J"])
def test_a_label_is_one_short_printable_line(store: KeyStore, label: str) -> None:
    with pytest.raises(InvalidRequestError):
        store.add(label, NOW)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 2, "secret": "", "keys": []}', "\xff"])
def test_a_damaged_file_is_one_clear_sentence_and_opens_nothing(store: KeyStore, tmp_path: Path, content: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / KEYS_FILE).write_text(content, "latin-1")
    with pytest.raises(ConfigurationError, match="is damaged"):
        store.find("wt_x")
    with pytest.raises(ConfigurationError):
        store.add("a", NOW)


def test_a_folder_that_cannot_be_made_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be"):
        KeyStore(tmp_path / "file" / "below").add("a", NOW)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_other_machines_are_not_served_without_a_key(store: KeyStore, host: str) -> None:
    settings = Settings(host=host)
    with pytest.raises(ConfigurationError, match="keys add"):
        require_safe_binding(settings, store)
    store.add("a", NOW)
    require_safe_binding(settings, store)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.1.2.3"])
def test_this_machine_is_served_without_a_key(store: KeyStore, host: str) -> None:
    require_safe_binding(Settings(host=host), store)


def test_the_command_adds_lists_and_removes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(data_dir=tmp_path)
    assert run_keys_command(["list"], settings) == 0
    assert "no keys" in capsys.readouterr().out
    assert run_keys_command(["add", "radio"], settings) == 0
    presented = capsys.readouterr().out.splitlines()[0]
    found = KeyStore(tmp_path).find(presented)
    assert found is not None
    assert run_keys_command(["list"], settings) == 0
    listed = capsys.readouterr().out
    assert found.id in listed
    assert "radio" in listed
    assert presented not in listed
    assert run_keys_command(["remove", found.id], settings) == 0
    assert KeyStore(tmp_path).find(presented) is None
    assert run_keys_command(["remove", found.id], settings) == 1


@pytest.mark.parametrize("argv", [[], ["add"], ["remove"], ["fly"], ["list", "more"]])
def test_wrong_usage_of_the_command_is_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_keys_command(argv, Settings()) == 2
    assert "usage" in capsys.readouterr().err


def test_the_commands_help_is_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_keys_command(["--help"], Settings()) == 0
    assert "add" in capsys.readouterr().out


def test_the_file_says_its_version(store: KeyStore, tmp_path: Path) -> None:
    store.add("a", NOW)
    assert json.loads((tmp_path / "data" / KEYS_FILE).read_text())["version"] == 1
