"""Meanings: English that no rule knows -> the sound whose examples it is nearest to in meaning.

Reimers and Gurevych, "Sentence-BERT", EMNLP 2019: the mean of a sentence's outputs, at length one; the larger the
product of two, the nearer they are.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from server.engines.foley.prompt.rules import NO_SOUND
from server.engines.foley.prompt.wordpiece import pieces, read_vocabulary
from server.errors import ModelUnavailableError
from server.runtime.model_card import load_card
from server.runtime.sessions import GraphOpener, GraphSession

MODEL: Final = "foley-meaning"
"""Its folder's name."""
_EXAMPLES: Final = Path(__file__).with_name("examples.txt")

Examples = Sequence[tuple[str, str]]
"""Label, or NO_SOUND, and a sentence that means it."""


class Meanings:
    """Loaded once, shared by all threads."""

    def __init__(self, session: GraphSession, vocabulary: dict[str, int], examples: Examples) -> None:
        """Embed the examples: about 3 ms of one core each."""
        self._session = session
        self._vocabulary = vocabulary
        self._labels = [label for label, _ in examples]
        self._vectors = np.stack([self._embedded(sentence) for _, sentence in examples])

    def __call__(self, text: str) -> tuple[str, float] | None:
        """The class it most likely means and the cosine to its nearest example, or None: about 3 ms of one core."""
        products = self._vectors @ self._embedded(text)
        nearest = int(products.argmax())
        label = self._labels[nearest]
        return None if label == NO_SOUND else (label, float(products[nearest]))

    def _embedded(self, text: str) -> npt.NDArray[np.float32]:
        ids = np.array([pieces(text, self._vocabulary)], np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        (hidden,) = self._session.run(["last_hidden_state"], inputs)
        vector: npt.NDArray[np.float32] = hidden[0].mean(axis=0)
        return vector / np.linalg.norm(vector)


def read_examples() -> list[tuple[str, str]]:
    """The sentences of examples.txt: `[label]`, and under it one sentence a line."""
    label, examples = NO_SOUND, []
    for line in map(str.strip, _EXAMPLES.read_text(encoding="utf-8").splitlines()):
        if line.startswith("["):
            label = line.strip("[]")
        elif line and not line.startswith("#"):
            examples.append((label, line))
    return examples


def load_meanings(models: Path, opener: GraphOpener) -> Meanings:
    """Open the model in its folder under `models`; half a second.

    Raises:
        ModelUnavailableError: it is missing, changed or of another version of Wildtrack.
    """
    card = load_card(models / MODEL)
    try:
        with (card.folder / "vocabulary.txt").open(encoding="utf-8") as lines:
            vocabulary = read_vocabulary(lines)
    except OSError as error:
        raise ModelUnavailableError(f"The words of {MODEL} cannot be read; run `python -m export foley`.") from error
    return Meanings(opener(card.graph_path("model")).session, vocabulary, read_examples())
