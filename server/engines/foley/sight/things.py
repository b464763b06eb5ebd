"""ThingFinder: what one colour picture shows, as sound classes, by EfficientNet-Lite0 (docs/foley-words.md)."""

import json
from pathlib import Path
from typing import Final

from server.engines.foley.classes import CLASS
from server.errors import ModelUnavailableError
from server.runtime.model_card import load_card
from server.runtime.sessions import GraphOpener, GraphSession
from server.video.picture import Bytes

MODEL: Final = "foley-things"
"""Its folder's name."""
_LABELS_FILE: Final = "labels.json"
_LEAST: Final = 0.1
"""Confidence under which a class is not reported."""
_MOST: Final = 3


class ThingFinder:
    """Loaded once, shared by all videos and threads."""

    def __init__(self, session: GraphSession, labels: tuple[str, ...]) -> None:
        """With a session of the graph, and what its outputs stand for."""
        self._session = session
        self._labels = labels

    def __call__(self, colour: Bytes) -> list[tuple[str, float]]:
        """Sound classes that it shows, the surest first, with their confidences 0..1; about 20 ms of one core.

        Args:
            colour: RGB, [COLOUR_SIZE, COLOUR_SIZE, 3].
        """
        (confidences,) = self._session.run(["confidences"], {"picture": colour})
        found = [(label, float(each)) for label, each in zip(self._labels, confidences, strict=True) if each >= _LEAST]
        return sorted(found, key=lambda each: (-each[1], each[0]))[:_MOST]


def load_things(models: Path, opener: GraphOpener) -> ThingFinder:
    """Open the model in its folder under `models`.

    Raises:
        ModelUnavailableError: it is missing, changed or of another version of Wildtrack.
    """
    card = load_card(models / MODEL)
    try:
        labels = tuple(json.loads((card.folder / _LABELS_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ModelUnavailableError(f"The labels of {MODEL} cannot be read; run `python -m export foley`.") from error
    if not set(labels) <= set(CLASS):
        raise ModelUnavailableError(f"The labels of {MODEL} are of another version; run `python -m export foley`.")
    return ThingFinder(opener(card.graph_path("things")).session, labels)
