"""The programs in README.md run as they stand, against the real server."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.models
README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
PROGRAMS = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda text: text.split("\n")[0][:40])
def test_a_program_of_the_readme_runs_and_saves_speech(live_server: str, tmp_path: Path, program: str) -> None:
    program = program.replace("http://127.0.0.1:8000", live_server)
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, timeout=60, capture_output=True)
    (saved,) = tmp_path.iterdir()
    assert saved.stat().st_size > 5000


def test_the_short_client_is_no_longer_than_it_says() -> None:
    lines = [line for line in PROGRAMS[0].splitlines() if line.strip()]
    assert f"A client in {len(lines)} lines" in README
