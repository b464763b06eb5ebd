"""TandemSession: a graph that two threads compute together while a core has nothing to do, and one alone otherwise.

A listener who comes to an idle server waits for one graph after another, with a core to spare. Where others are being
served, the second thread would only take from them: together the two use a quarter more of the processor.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from server.runtime.cpu import threads_at_work, usable_cores
from server.runtime.sessions import CPU, GraphSession, OpenedGraph, open_session

THREADS: Final = 2
"""Not more: with three, onnxruntime's products have their terms added in another order, and the bits differ."""
_SPIN_US: Final = 100
"""Long enough for the small nodes between two large ones. A thread that sleeps takes 50 us to wake, which is as much as
a second one gains on a node of this size."""

Feeds = Mapping[str, npt.NDArray[Any]]


class TandemSession:
    """A `GraphSession` over two others of the same graph, which give the same bits."""

    def __init__(self, alone: GraphSession, together: GraphSession, is_core_idle: Callable[[], bool]) -> None:
        """`is_core_idle` is asked before every run."""
        self._alone = alone
        self._together = together
        self._is_core_idle = is_core_idle

    def run(self, output_names: Sequence[str] | None, input_feed: Feeds) -> list[Any]:
        """Compute the named outputs (None: all), in that order."""
        session = self._together if self._is_core_idle() else self._alone
        return session.run(output_names, input_feed)

    def get_providers(self) -> list[str]:
        """What the session runs on, first choice first."""
        return self._alone.get_providers()


def is_core_idle() -> bool:
    """Whether a core that this process may use has nothing to do; False where the system does not tell."""
    at_work = threads_at_work()
    return at_work is not None and at_work < usable_cores()


def open_tandem(
    graph: Path, examples: Iterable[Feeds], open_graph: Callable[..., OpenedGraph] = open_session
) -> OpenedGraph:
    """Open a graph on the CPU for one thread and for two.

    Args:
        graph: the ONNX file.
        examples: inputs of the lengths it will have. Where two threads do not give the same bits for each, one runs
            it always.
        open_graph: as `open_session`.

    Raises:
        ModelUnavailableError: when the graph cannot be opened.
    """
    alone = open_graph(graph).session
    together = open_graph(graph, threads=THREADS, spin_us=_SPIN_US).session
    if all(_is_same(alone.run(None, feeds), together.run(None, feeds)) for feeds in examples):
        return OpenedGraph(TandemSession(alone, together, is_core_idle), CPU)
    return OpenedGraph(alone, CPU)


def _is_same(one: Iterable[npt.NDArray[Any]], other: Iterable[npt.NDArray[Any]]) -> bool:
    return all(np.array_equal(mine, theirs) for mine, theirs in zip(one, other, strict=True))
