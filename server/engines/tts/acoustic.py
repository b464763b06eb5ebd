"""What a speech model is to the engine: phonemes in, blocks of sound out, nothing kept between calls."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from server.runtime.model_card import ModelCard


@dataclass(frozen=True, slots=True)
class Utterance:
    """One clause, ready to be rendered."""

    phonemes: str
    """In Kokoro's alphabet, every character in the model's vocabulary, unless the model's clauses are read by a reader
    of its own. 1 to `max_phonemes` long."""
    voice: str
    """The model's own name for the voice, for example `af_heart`."""
    speed: float
    """0.25 to 4; 2 is twice as fast."""


class AcousticModel(Protocol):
    """A model with its sessions. Shared by all jobs and threads, so it holds no state of any rendering."""

    sample_rate_hz: int
    """Hertz."""
    max_phonemes: int
    """The longest utterance it takes."""
    first_clause_s: float
    """About how long the first clause of a text should sound, in seconds: short where the model is slow, so that
    sound starts early; longer where it is quick, because a longer clause has the better melody."""

    def stream(self, utterance: Utterance, noise: np.random.Generator) -> Iterator[npt.NDArray[np.float32]]:
        """Yield the sound, float32 [n_samples], in order.

        The concatenation depends on the utterance and the state of `noise` alone, never on who else is served.
        Whoever stops iterating stops the model's work at the next block.
        """


def phoneme_ids(phonemes: str, card: ModelCard) -> npt.NDArray[np.int64]:
    """Look the phonemes up and pad them at both ends: shape [1, len(phonemes) + 2].

    Raises:
        KeyError: when a symbol is not in the model's vocabulary.
    """
    ids = [card.vocabulary[symbol] for symbol in phonemes]
    return np.array([[card.pad_id, *ids, card.pad_id]], np.int64)
