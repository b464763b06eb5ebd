"""Makes the two environments that the benchmarks need beside the project's own: the judges' and the peer's."""

import hashlib
import subprocess
import venv
from pathlib import Path

from benchmarks.machine import ROOT
from benchmarks.servers import PIPER_VENV

JUDGES_VENV = ROOT / ".venv-bench"
_REQUIREMENTS = {
    JUDGES_VENV: ROOT / "benchmarks" / "requirements-quality.txt",
    PIPER_VENV: ROOT / "benchmarks" / "requirements-piper.txt",
}


def set_up() -> None:
    """Make what is missing or out of date; quick when nothing is."""
    for folder, requirements in _REQUIREMENTS.items():
        _make(folder, requirements)


def _make(folder: Path, requirements: Path) -> None:
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    stamp = folder / ".requirements-sha256"
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        print(f"{folder.name} is up to date.")
        return
    print(f"Making {folder.name} from {requirements.name} (a few minutes the first time) ...", flush=True)
    venv.create(folder, clear=True, symlinks=True, with_pip=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*pip, "-r", str(requirements)], check=False).returncode != 0:
        raise SystemExit(f"{folder.name} could not be made: pip's own words stand above.")
    stamp.write_text(wanted, encoding="ascii")
