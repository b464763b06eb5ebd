"""Opens graphs on OpenVINO, the second back end: the same interface as onnxruntime's sessions, in bfloat16.

A vocoder takes half the time so, at a price: bfloat16 has 8 bits where float32 has 24, and what comes out is no longer
the same to the last step of 16-bit sound (docs/models.md has the figures). So it is only used where it was asked for.
"""

import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from server.errors import ConfigurationError, ModelUnavailableError
from server.runtime.cpu import cpu_features
from server.runtime.openvino_sine import replace_sines
from server.runtime.sessions import OpenedGraph, Shapes

Precision = Literal["bf16", "f32"]
_BF16_FEATURES: Final = frozenset({"avx512_bf16", "amx_bf16"})
"""Without these OpenVINO takes bf16 all the same, and computes it slower than float32."""


def open_openvino(
    graph: Path | bytes,
    threads: int = 1,
    precision: Precision = "bf16",
    *,
    shapes: Iterable[Shapes] = (),
    features: Callable[[], Collection[str]] = cpu_features,
) -> OpenedGraph:
    """Open a graph.

    Args:
        graph: the ONNX file, or its bytes.
        threads: how many callers may run it at once; each call runs on one thread. One more waits.
        precision: what it computes in. `f32` is as exact as onnxruntime.
        shapes: that the inputs often have, of those that the graph leaves open. Each is compiled by itself, which
            makes its calls a quarter faster and takes as much time and memory as the graph did.
        features: what the processor can do, as `cpu_features` has it.

    Raises:
        ConfigurationError: as `require_openvino` does, and when OpenVINO takes another precision.
        ModelUnavailableError: when the graph cannot be opened.
    """
    core = require_openvino(precision, features)
    options = {
        "INFERENCE_PRECISION_HINT": precision,
        # A stream is a thread's own copy of the graph, weights aside: with one, callers would wait for each other.
        "NUM_STREAMS": threads,
        "INFERENCE_NUM_THREADS": threads,
        # Pinned threads stay on their core when another process has it, and all processes pin to the same ones.
        "ENABLE_CPU_PINNING": False,
    }
    try:
        compiled = [_compiled(core, graph, some, options) for some in ({}, *shapes)]
    # OpenVINO raises RuntimeError for whatever it does not like.
    except (RuntimeError, OSError) as error:
        name = graph.name if isinstance(graph, Path) else "given as bytes"
        raise ModelUnavailableError(
            f"The graph {name} cannot be opened by OpenVINO; run `python -m export` to make it again."
        ) from error
    for each in compiled:
        runs_in = each.get_property("INFERENCE_PRECISION_HINT").to_string()
        if runs_in != precision:
            raise ConfigurationError(
                f"OpenVINO runs the model in {runs_in} though {precision} was asked for; set the back end to "
                "onnxruntime."
            )
    provider = f"OpenVINO {precision}"
    return OpenedGraph(OpenVinoSession([_Calls(each) for each in compiled], provider), provider)


def require_openvino(precision: Precision = "bf16", features: Callable[[], Collection[str]] = cpu_features) -> Any:
    """OpenVINO's core, where it is installed and the processor computes in this precision.

    Raises:
        ConfigurationError: when it is not, or does not.
    """
    core = _core()
    if precision == "bf16" and _BF16_FEATURES.isdisjoint(features()):
        raise ConfigurationError(
            "OpenVINO is used for bf16, which this processor does not compute (it has neither avx512_bf16 nor "
            "amx_bf16); set the back end to onnxruntime."
        )
    return core


class OpenVinoSession:
    """A `GraphSession`: arrays in, arrays out, from any thread."""

    def __init__(self, calls: Sequence["_Calls"], provider: str) -> None:
        """Take the compiled graph for any shapes, and after it those that are each for one."""
        self._any, *fixed = calls
        self._fixed = {each.shapes: each for each in fixed}
        self._provider = provider

    def run(self, output_names: Sequence[str] | None, input_feed: Mapping[str, npt.NDArray[Any]]) -> list[Any]:
        """Compute the named outputs (None: all), in that order; the arrays are the caller's own.

        Raises:
            ValueError: when an input is missing, or there is no input or output of a name.
        """
        shapes = frozenset((name, array.shape) for name, array in input_feed.items())
        return self._fixed.get(shapes, self._any).run(output_names, input_feed)

    def get_providers(self) -> list[str]:
        """What the session runs on."""
        return [self._provider]


class _Calls:
    """One compiled graph, and the requests that its callers take turns with."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self._inputs = {port.any_name for port in compiled.inputs}
        self.shapes = frozenset(
            (port.any_name, tuple(port.shape)) for port in compiled.inputs if port.partial_shape.is_static
        )
        self._n_outputs = len(compiled.outputs)
        self._outputs = {name: place for place, port in enumerate(compiled.outputs) for name in port.names}
        # As many as ever ran at once.
        self._idle: SimpleQueue[Any] = SimpleQueue()

    def run(self, output_names: Sequence[str] | None, input_feed: Mapping[str, npt.NDArray[Any]]) -> list[Any]:
        # A request keeps its inputs, so that one left out would be another caller's.
        if unlike := sorted(input_feed.keys() ^ self._inputs):
            raise ValueError(f"missing from the inputs, or none of them: {', '.join(unlike)}")
        if output_names is not None and (unknown := sorted(set(output_names) - self._outputs.keys())):
            raise ValueError(f"none of the outputs: {', '.join(unknown)}")
        feeds = {name: np.ascontiguousarray(array) for name, array in input_feed.items()}
        try:
            request = self._idle.get_nowait()
        except Empty:
            request = self._compiled.create_infer_request()
        try:
            request.infer(feeds, share_inputs=True)
            places = range(self._n_outputs) if output_names is None else [self._outputs[name] for name in output_names]
            return [request.get_output_tensor(place).data.copy() for place in places]
        finally:
            self._idle.put(request)


def _compiled(core: Any, graph: Path | bytes, shapes: Shapes, options: Mapping[str, object]) -> Any:
    model = core.read_model(graph) if isinstance(graph, Path) else core.read_model(graph, b"")
    if shapes:
        model.reshape({name: list(shape) for name, shape in shapes.items()})
    replace_sines(model)
    return core.compile_model(model, "CPU", dict(options))


@cache
def _core() -> Any:
    """OpenVINO itself, loaded once in a process and only where it is used."""
    # On import it would tell Google Analytics of it. Without this package it has nothing to do so with.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        import openvino
    except ImportError:
        raise ConfigurationError(
            "OpenVINO is not installed: run `make openvino`, or set the back end to onnxruntime."
        ) from None
    return openvino.Core()
