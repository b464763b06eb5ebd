"""`python -m server`: what it says when it cannot start, in one line and without a trace."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "server", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def last_line(result: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in result.stderr
    return result.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"WILDTRACK_PORT": "99999"}, "WILDTRACK_PORT"),
        ({"WILDTRACK_PROT": "8000"}, "WILDTRACK_PROT is not a setting"),
        ({"WILDTRACK_DEVICE": "quantum"}, "WILDTRACK_DEVICE"),
        ({"WILDTRACK_MODELS_DIR": "/nonexistent"}, "python -m export"),
    ],
)
def test_a_setting_that_cannot_be_is_named_in_one_line(environment: dict[str, str], said: str) -> None:
    result = run(**environment)
    assert result.returncode == 1
    assert said in last_line(result)


@pytest.mark.models
def test_a_taken_port_is_named_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("--port", str(port), WILDTRACK_DATA_DIR=str(tmp_path))
    assert result.returncode == 1
    assert f"Port {port} is taken" in last_line(result)


@pytest.mark.models
def test_it_does_not_open_to_other_machines_without_keys(tmp_path: Path) -> None:
    result = run("--host", "0.0.0.0", "--port", "0", WILDTRACK_DATA_DIR=str(tmp_path))
    assert result.returncode == 1
    assert "python -m server keys add" in last_line(result)


@pytest.mark.models
def test_the_doctor_finds_nothing_wrong_where_nothing_is(tmp_path: Path) -> None:
    result = run("--port", "0", "doctor", WILDTRACK_DATA_DIR=str(tmp_path))
    assert result.returncode == 0, result.stdout
    assert result.stdout.strip().endswith("All is well.")


def test_the_doctor_says_what_is_wrong(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run("--port", port, "doctor", WILDTRACK_MODELS_DIR=str(tmp_path), WILDTRACK_VENDOR_DIR=str(tmp_path))
    assert result.returncode == 1
    problems = [line for line in result.stdout.splitlines() if line.startswith("PROBLEM")]
    assert len(problems) == 5  # two voices, the page, Foley, the port
    assert any(f"port {port}" in line for line in problems)
    assert sum("python -m export" in line for line in problems) == 3


def test_the_doctor_looks_at_piper_voices_and_names_the_licence_of_espeak(tmp_path: Path) -> None:
    (tmp_path / "thorsten").mkdir()
    (tmp_path / "thorsten" / "vits.json").write_text("{}", encoding="utf-8")
    result = run("--port", "0", "doctor", WILDTRACK_MODELS_DIR=str(tmp_path))
    assert "PROBLEM  piper voices: The model thorsten is missing" in result.stdout
    (line,) = (line for line in result.stdout.splitlines() if "espeak-ng:" in line)
    assert line.startswith("ok ")
    assert "GPL-3.0-or-later" in line


def test_keys_are_added_listed_and_removed(tmp_path: Path) -> None:
    environment = {"WILDTRACK_DATA_DIR": str(tmp_path)}
    added = run("keys", "add", "kitchen radio", **environment)
    assert added.stdout.startswith("wt_")
    listed = run("keys", "list", **environment)
    assert "kitchen radio" in listed.stdout
    assert added.stdout.splitlines()[0] not in listed.stdout
    key_id = listed.stdout.split()[0]
    assert run("keys", "remove", key_id, **environment).returncode == 0
    assert "kitchen radio" not in run("keys", "list", **environment).stdout
