"""What tests of all rooms share: a live server, and the rule for tests that need what may not be here."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
FOLEY_MODELS = ("event-net", "foley-things", "foley-meaning", "foley-decoder")

# The same examples in every run: a failure that comes and goes helps nobody. More of them: HYPOTHESIS_PROFILE=search
settings.register_profile("steady", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("search", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, what needs something that is not here; with CI=true nothing is skipped."""
    if os.environ.get("CI") == "true":
        return
    has_models = (ROOT / "onnx_models" / "kokoro" / "model.json").is_file()
    has_ffmpeg = shutil.which("ffmpeg") is not None
    has_openvino = importlib.util.find_spec("openvino") is not None
    has_espeak = importlib.util.find_spec("espeakng_loader") is not None
    has_foley = all((ROOT / "onnx_models" / name / "model.json").is_file() for name in FOLEY_MODELS)
    for item in items:
        if not all(has_foley if each.args == ("foley",) else has_models for each in item.iter_markers("models")):
            item.add_marker(pytest.mark.skip(reason="the models are not exported: make models"))
        if item.get_closest_marker("media") and not has_ffmpeg:
            item.add_marker(pytest.mark.skip(reason="ffmpeg is not installed"))
        if item.get_closest_marker("openvino") and not has_openvino:
            item.add_marker(pytest.mark.skip(reason="OpenVINO is not installed: make dev"))
        if item.get_closest_marker("espeak") and not has_espeak:
            item.add_marker(pytest.mark.skip(reason="espeak-ng is not installed: make dev"))


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real server with the real models on a free loopback port; gives its base URL."""
    environment = {
        **os.environ,
        "WILDTRACK_PORT": "0",
        "WILDTRACK_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "WILDTRACK_REQUESTS_PER_MINUTE": "10000",
        # A test machine may be too busy to serve several in real time; there they take turns.
        "WILDTRACK_MAX_WAITING": "100",
        "WILDTRACK_MAX_WAIT_S": "120",
        "WILDTRACK_LOG_LEVEL": "error",
    }
    command = [sys.executable, "-m", "server"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Wildtrack is ready: "), line
        try:
            yield line.split(": ", 1)[1].strip()
        finally:
            process.terminate()
            process.wait(timeout=30)
