"""Opens onnxruntime sessions on the device that was asked for, and makes sure they really run there.

The optimised graph is not kept on disk between starts: measured with onnxruntime 1.31.1, opening all three graphs takes
0.5 s, from optimised copies 0.3 s. That does not pay for 100 MB of files that go stale with every new processor.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import numpy.typing as npt
import onnxruntime as ort

from server.errors import ConfigurationError, ModelUnavailableError
from server.runtime.cpu import cpu_features, may_overflow_in_int8

Device = Literal["cpu", "cuda", "auto"]
"""`auto` takes CUDA where it works and the CPU elsewhere."""

CPU: Final = "CPUExecutionProvider"
CUDA: Final = "CUDAExecutionProvider"

_ERRORS_ONLY: Final = 3


class GraphSession(Protocol):
    """What we use of onnxruntime's InferenceSession. `run` may be called by several threads at once."""

    def run(self, output_names: Sequence[str] | None, input_feed: Mapping[str, npt.NDArray[Any]]) -> list[Any]:
        """Compute the named outputs (None: all), in that order."""

    def get_providers(self) -> list[str]:
        """What the session runs on, first choice first."""


@dataclass(frozen=True, slots=True)
class OpenedGraph:
    """A session and where it ended up."""

    session: GraphSession
    provider: str
    """onnxruntime's name for what it runs on: `CPU` or `CUDA`."""


Shapes = Mapping[str, tuple[int, ...]]
"""Of inputs of a graph, by name; those that the graph leaves open."""


class GraphOpener(Protocol):
    """Opens a graph for an engine, on what the settings say."""

    def __call__(self, graph: Path, *, shapes: Iterable[Shapes] = ()) -> OpenedGraph:
        """Open it; `shapes` are those that its inputs often have."""


SessionFactory = Callable[[Path | bytes, ort.SessionOptions, Sequence[str]], GraphSession]
"""Graph, options and providers -> session."""


def open_session(
    graph: Path | bytes,
    device: Device = "cpu",
    *,
    threads: int = 1,
    spin_us: int = 0,
    available: Callable[[], Sequence[str]] = ort.get_available_providers,
    factory: SessionFactory | None = None,
) -> OpenedGraph:
    """Open a graph.

    Args:
        graph: the ONNX file, or its bytes.
        device: where it is to run.
        threads: for the work inside one operator. 1 is best where several streams share the cores.
        spin_us: for how many microseconds these threads look for more to do before they sleep, while the graph runs.
        available: the providers this onnxruntime was built with.
        factory: opens the session; onnxruntime unless a test says otherwise.

    Raises:
        ConfigurationError: when `cuda` was asked for and the session does not run there.
        ModelUnavailableError: when the graph cannot be opened at all.
    """
    open_graph = factory or _onnxruntime_session
    options = partial(session_options, threads, spin_us)
    if device != "cpu":
        obstacle = "this onnxruntime was built without it (the package onnxruntime-gpu has it)"
        if CUDA in available():
            on_cuda = _try_cuda(open_graph, graph, options)
            if on_cuda is not None:
                return OpenedGraph(on_cuda, CUDA)
            obstacle = "its driver or one of its libraries is missing or too old"
        if device == "cuda":
            raise ConfigurationError(f"CUDA cannot be used: {obstacle}; set the device to cpu or auto.")
    session = _open(open_graph, graph, options, [CPU])
    providers = session.get_providers()
    if providers != [CPU]:
        raise ConfigurationError(f"onnxruntime runs the model on {', '.join(providers)} though the CPU was asked for.")
    return OpenedGraph(session, CPU)


def session_options(threads: int, spin_us: int = 0) -> ort.SessionOptions:
    """The options of every session: all optimisations, and no thread that spins for longer than it may."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = _ERRORS_ONLY
    # A spinning thread takes the core that another stream's step needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "1" if spin_us else "0")
    if spin_us:
        options.add_session_config_entry("session.intra_op.spin_duration_us", str(spin_us))
        options.add_session_config_entry("session.force_spinning_stop", "1")  # between runs
    if may_overflow_in_int8(cpu_features()):
        # Takes uint8 times uint8 instead, which is slower and never wrong; with VNNI it is slower for nothing.
        options.add_session_config_entry("session.x64quantprecision", "1")
    # By itself each session keeps a pool of its own, and a plan for each length of input it ever met: over 90 varied
    # texts the server grew by 50 MB and went on growing; without, by nothing, at a tenth less CPU.
    options.add_session_config_entry("session.use_env_allocators", "1")
    options.enable_mem_pattern = False
    return options


def _try_cuda(
    factory: SessionFactory, graph: Path | bytes, options: Callable[[], ort.SessionOptions]
) -> GraphSession | None:
    """A session that really runs on CUDA, or None."""
    try:
        session = _open(factory, graph, options, [CUDA, CPU])
    except ModelUnavailableError:
        return None
    # onnxruntime only warns when the driver or a library is missing and goes on without, so the session is asked.
    return session if session.get_providers()[:1] == [CUDA] else None


def _open(
    factory: SessionFactory, graph: Path | bytes, options: Callable[[], ort.SessionOptions], providers: Sequence[str]
) -> GraphSession:
    try:
        return factory(graph, options(), providers)
    # onnxruntime raises its own exceptions, all derived from Exception alone.
    except Exception as error:
        name = graph.name if isinstance(graph, Path) else "given as bytes"
        raise ModelUnavailableError(
            f"The graph {name} cannot be opened; run `python -m export` to make it again."
        ) from error


def _onnxruntime_session(graph: Path | bytes, options: ort.SessionOptions, providers: Sequence[str]) -> GraphSession:
    _register_common_pool()
    source = str(graph) if isinstance(graph, Path) else graph
    # Its own fallback would print to stdout and go on; ours is above, and says so.
    session: GraphSession = ort.InferenceSession(source, options, providers=list(providers), enable_fallback=0)
    return session


@cache
def _register_common_pool() -> None:
    """Make the pool of memory that all sessions share, once in a process."""
    memory = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
    ort.create_and_register_allocator(memory, ort.OrtArenaCfg(0, -1, -1, -1))
