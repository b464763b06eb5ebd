"""The recipe of the event net: a graph from the weights in the repository, proved to be the net that was trained."""

from pathlib import Path
from typing import Final

import numpy as np
import onnx

from export.errors import ExportError
from export.foley.event_net.graph import build_graph
from export.foley.event_net.weights import CHECKED_PICTURES, Floats, checked_pictures, load_weights
from export.progress import Progress
from export.recipe import Archives, Recipe
from export.streaming.graph import read_graph
from server.engines.foley.event_net import MODEL, EventNet, NetState
from server.engines.foley.event_net_shape import OUTPUTS, PAST, USUAL_GAP_S
from server.runtime.model_card import GraphSpec, ModelCard
from server.runtime.sessions import open_session

_FILE: Final = "net.onnx"
_LARGEST_DIFFERENCE: Final = 0.05
"""Of logits of up to about 10: the weights are kept in 16 bits."""


def _build(archives: Archives, folder: Path, progress: Progress) -> ModelCard:
    weights = load_weights()
    layers = dict(weights.layers)
    # So that a confidence of one half is where the threshold was.
    shift = np.zeros(len(OUTPUTS), np.float32)
    shift[OUTPUTS.index("onset")] = np.log(weights.threshold / (1 - weights.threshold))
    layers["answer.bias"] = layers["answer.bias"] - shift
    model = build_graph(layers)
    (folder / _FILE).write_bytes(model.SerializeToString(deterministic=True))
    wanted = weights.check - shift[:, None, None]
    for pieces in (CHECKED_PICTURES, 5, 1):
        difference = float(np.abs(_answers(model, pieces) - wanted).max())
        if difference > _LARGEST_DIFFERENCE:
            raise ExportError(
                f"The event net's graph differs from the trained net by {difference:.3f}; train it again."
            )
    graph = read_graph(model)
    return ModelCard(
        name=RECIPE.name,
        title=RECIPE.title,
        licence=RECIPE.licence,
        attribution="Wildtrack; trained on scenes that its own code renders",
        graphs={"net": GraphSpec(file=_FILE, inputs=graph.inputs, outputs=graph.outputs)},
        sources=(),
    )


def _answers(model: onnx.ModelProto, pieces: int) -> Floats:
    net = EventNet(open_session(model.SerializeToString()).session)
    pictures = checked_pictures()
    state = NetState(np.stack([pictures[0]] * PAST))
    parts = [pictures[start : start + pieces] for start in range(0, len(pictures), pieces)]
    return np.concatenate([net.answer(state, part, np.full(len(part), USUAL_GAP_S, np.float32)) for part in parts])


RECIPE: Final = Recipe(
    name=MODEL,
    title="Event net: when, how hard and where things happen in a video",
    licence="Apache-2.0",
    packages=(),
    build=_build,
)
