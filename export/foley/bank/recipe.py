"""The recipe of the bank's decoder: a graph out of nothing but its own definition, proved to invert the analysis."""

from pathlib import Path
from typing import Final

import numpy as np

from export.errors import ExportError
from export.foley.bank.analysis import analyse
from export.foley.bank.decoder import decoder
from export.progress import Progress
from export.recipe import Archives, Recipe
from export.streaming.graph import read_graph
from server.engines.foley.sound.bank.decoding import decoded_whole
from server.engines.foley.sound.bank.latents import FRAME
from server.engines.foley.sound.bank.opened import DECODER
from server.runtime.model_card import GraphSpec, ModelCard
from server.runtime.sessions import open_session

_FILE: Final = "decoder.onnx"
_LEAST_MATCH: Final = 0.95
"""Correlation of a chord with what is decoded of its latents."""


def _build(archives: Archives, folder: Path, progress: Progress) -> ModelCard:
    model = decoder()
    _assert_it_decodes(model.SerializeToString())
    (folder / _FILE).write_bytes(model.SerializeToString(deterministic=True))
    graph = read_graph(model)
    return ModelCard(
        name=RECIPE.name,
        title=RECIPE.title,
        licence=RECIPE.licence,
        attribution="Wildtrack; no weights but those of a transform",
        sample_rate_hz=48_000,
        hop_samples=FRAME,
        graphs={"decoder": GraphSpec(file=_FILE, inputs=graph.inputs, outputs=graph.outputs)},
        sources=(),
    )


def _assert_it_decodes(graph: bytes) -> None:
    """Raises ExportError when a chord does not come out as it went in."""
    time = np.arange(48_000) / 48_000
    tones = [np.sin(2 * np.pi * hz * time) for hz in (330, 523, 1250, 3700)]
    chord = (0.1 * np.sum(tones, axis=0)).astype(np.float32)
    latents = analyse(chord)
    decoded = decoded_whole(open_session(graph).session, latents, np.random.Generator(np.random.PCG64(0)))
    match = float(np.corrcoef(chord, decoded[: len(chord)])[0, 1])
    if match < _LEAST_MATCH:
        raise ExportError(f"The bank's decoder gives a chord back with a correlation of {match:.3f} only.")


RECIPE: Final = Recipe(
    name=DECODER,
    title="Foley decoder: latents of recordings to sound",
    licence="Apache-2.0",
    packages=(),
    build=_build,
)
