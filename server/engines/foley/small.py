"""SmallBackend: our own back end, on a CPU: event net and sight -> planner -> renderer."""

from collections.abc import Iterable
from hashlib import sha256
from importlib.metadata import version as version_of_package
from pathlib import Path
from typing import Final

from server.engines.foley.analyser import JoinedAnalyser
from server.engines.foley.backend import FoleyRequest
from server.engines.foley.event_net import MODEL as EVENT_NET
from server.engines.foley.event_net import load_event_net
from server.engines.foley.planner import FoleyPlanner
from server.engines.foley.prompt.match import load_prompts
from server.engines.foley.prompt.meaning import MODEL as MEANING
from server.engines.foley.prompt.meaning import load_meanings
from server.engines.foley.sight.sight import Sight
from server.engines.foley.sight.things import MODEL as THINGS
from server.engines.foley.sight.things import load_things
from server.engines.foley.sound.bank.opened import DECODER
from server.engines.foley.sound.opened import load_sounds
from server.engines.foley.sound.renderer import FoleyRenderer
from server.runtime.cpu import cpu_features
from server.runtime.fingerprint import fingerprint
from server.runtime.model_card import load_card
from server.runtime.sessions import CPU, OpenedGraph, Shapes, open_session
from server.settings import Settings

_CODE: Final = Path(__file__).resolve().parent
_PACKAGES: Final = ("numpy", "onnxruntime", "scipy")


class SmallBackend:
    """Loaded once, for all videos of a worker; several threads may use it at once."""

    lookahead_s = 0.0

    def __init__(self, settings: Settings) -> None:
        """Load the models.

        Raises:
            ModelUnavailableError: one is missing, or not the one this version was made for.
        """
        self.version = self.version_of(settings)
        self._event_net = load_event_net(settings.models_dir, _open_graph)
        self._things = load_things(settings.models_dir, _open_graph)
        self._meanings = load_meanings(settings.models_dir, _open_graph)
        self._sounds = load_sounds(settings.models_dir, _open_graph)
        load_prompts()

    @staticmethod
    def version_of(settings: Settings) -> str:
        """Changes with the models, the code that uses them, and the libraries that compute: loads none of them.

        Raises:
            ModelUnavailableError: a model is missing.
        """
        cards = [load_card(settings.models_dir / name) for name in (EVENT_NET, THINGS, MEANING, DECODER)]
        # Whoever changes how a step sounds need not think of the cache: the code itself is part of its key.
        versions = {name: version_of_package(name) for name in _PACKAGES} | {"code": _digest(_CODE.rglob("*"))}
        return f"small-{fingerprint(cards, CPU, cpu_features(), versions)}"

    def analyse(self) -> JoinedAnalyser:
        """Begin to watch a video."""
        return JoinedAnalyser((self._event_net.watch(), Sight(self._things)))

    def plan(self, request: FoleyRequest) -> FoleyPlanner:
        """Begin a timeline."""
        return FoleyPlanner(request, meaning=self._meanings)

    def stream(self, request: FoleyRequest) -> FoleyRenderer:
        """Begin the sound."""
        return FoleyRenderer(request, self._sounds)


def _open_graph(graph: Path, *, shapes: Iterable[Shapes] = ()) -> OpenedGraph:
    """On one thread: several videos share the cores, and speech comes before them."""
    return open_session(graph, threads=1)


def _digest(paths: Iterable[Path]) -> str:
    """Of the files among them, whatever their order and wherever they lie."""
    files = sorted(path for path in paths if path.is_file() and path.suffix != ".pyc")
    digests = [f"{path.relative_to(_CODE).as_posix()} {sha256(path.read_bytes()).hexdigest()}" for path in files]
    return sha256("\n".join(digests).encode()).hexdigest()
