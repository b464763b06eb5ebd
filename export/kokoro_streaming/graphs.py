"""Writes the graphs that Kokoro streams with, beside those it was cut into."""

from pathlib import Path
from typing import Final

from onnx import ModelProto

from export.integer_products import with_matrix_products
from export.kokoro_streaming.architecture import NORM_CHANNELS
from export.kokoro_streaming.generator import Edges, build_generator
from export.kokoro_streaming.norms import build_affine
from export.kokoro_streaming.ranges import read_ranges
from export.kokoro_streaming.stages import LOW, PHASES, SOURCE, build_stage
from export.shared_weights import write_models
from export.surgery import serialised
from server.runtime.model_card import GraphSpec, TensorSpec

_VECTOR: Final = (NORM_CHANNELS,)
_SCALE: Final = TensorSpec(name="scale", dtype="float32", shape=_VECTOR)
_SHIFT: Final = TensorSpec(name="shift", dtype="float32", shape=_VECTOR)

AFFINE: Final = GraphSpec(
    file="affine.onnx",
    inputs=(
        TensorSpec(name="style", dtype="float32", shape=(1, 256)),
        TensorSpec(name="mean", dtype="float32", shape=_VECTOR),
        TensorSpec(name="log_deviation", dtype="float32", shape=_VECTOR),
    ),
    outputs=(_SCALE, _SHIFT),
)


def _generator(file: str) -> GraphSpec:
    return GraphSpec(
        file=file,
        inputs=(
            TensorSpec(name="x", dtype="float32", shape=(1, 512, 1, "X")),
            TensorSpec(name="har", dtype="float32", shape=(1, 22, 1, "H")),
            _SCALE,
            _SHIFT,
        ),
        outputs=(TensorSpec(name="spectra", dtype="float32", shape=(1, 22, 1, "S")),),
    )


INNER: Final = _generator("generator_inner.onnx")
EDGE: Final = _generator("generator_edge.onnx")
INNER_INT8: Final = _generator("generator_inner_int8.onnx")
EDGE_INT8: Final = _generator("generator_edge_int8.onnx")
GENERATOR_WEIGHTS: Final = "generator.weights"

STREAMING_GRAPHS: Final = {
    "low": LOW,
    "phase": PHASES,
    "source": SOURCE,
    "affine": AFFINE,
    "generator_inner": INNER,
    "generator_edge": EDGE,
    "generator_inner_int8": INNER_INT8,
    "generator_edge_int8": EDGE_INT8,
}
"""Name on the card -> graph."""


def write_streaming_graphs(decoder: ModelProto, folder: Path) -> None:
    """Write all of `STREAMING_GRAPHS`.

    Raises:
        ExportError: when the decoder is not the one that this was written for.
    """
    for spec in (LOW, PHASES, SOURCE):
        (folder / spec.file).write_bytes(serialised(with_matrix_products(build_stage(decoder, spec))))
    (folder / AFFINE.file).write_bytes(serialised(build_affine(decoder)))
    inside, whole, ranges = Edges(starts=False, ends=False), Edges(starts=True, ends=True), read_ranges()
    generators = {
        INNER.file: build_generator(decoder, inside),
        EDGE.file: build_generator(decoder, whole),
        INNER_INT8.file: build_generator(decoder, inside, ranges),
        EDGE_INT8.file: build_generator(decoder, whole, ranges),
    }
    write_models(folder, generators, GENERATOR_WEIGHTS)
