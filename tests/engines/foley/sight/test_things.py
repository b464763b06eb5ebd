"""What a picture shows comes as sound classes."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from server.engines.foley.classes import CLASS
from server.engines.foley.sight.things import MODEL, ThingFinder, load_things
from server.errors import ModelUnavailableError
from server.runtime.sessions import OpenedGraph, Shapes, open_session
from server.video.picture import COLOUR_SIZE

MODELS = Path(__file__).resolve().parents[4] / "onnx_models"
GREY = np.full((COLOUR_SIZE, COLOUR_SIZE, 3), 128, np.uint8)


class Sure:
    """A graph that is as sure as it is told to be."""

    def __init__(self, *confidences: float) -> None:
        self._confidences = np.array(confidences, np.float32)

    def run(self, names: object, inputs: object) -> list[np.ndarray]:
        return [self._confidences]

    def get_providers(self) -> list[str]:
        return []


def opener(graph: Path, *, shapes: Iterable[Shapes] = ()) -> OpenedGraph:
    return open_session(graph)


def test_the_surest_come_first_and_the_unsure_not_at_all() -> None:
    finder = ThingFinder(Sure(0.2, 0.05, 0.6), ("dog", "sea", "car"))
    assert [label for label, _ in finder(GREY)] == ["car", "dog"]


def test_a_model_that_is_not_there_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match="export"):
        load_things(tmp_path, opener)


@pytest.mark.models
def test_the_model_reports_sounds_that_there_are_and_no_certainty_of_a_grey_wall() -> None:
    assert set(json.loads((MODELS / MODEL / "labels.json").read_text(encoding="utf-8"))) <= set(CLASS)
    found = load_things(MODELS, opener)(GREY)
    assert all(0.1 <= confidence <= 1 for _, confidence in found)
    assert found == load_things(MODELS, opener)(GREY)
