"""What a speech model is to the engine: phonemes in, blocks of sound out, nothing kept between calls."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from server.audio.prosody import PLAIN, Prosody
from server.engines.tts.phoneme_time import PhonemeTime
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
    prosody: Prosody = PLAIN
    """What the model can do of it; all can be asked for anything."""
    prosodies: tuple[tuple[int, int, Prosody], ...] = ()
    """Likewise, on top, for phonemes from one place to before another."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """An utterance whose rhythm is known, and whose sound is made as it is asked for."""

    phonemes: tuple[PhonemeTime, ...]
    """Starts count from the first sample of the sound; the signs at the end may outlast it."""
    blocks: Iterator[npt.NDArray[np.float32]] = field(repr=False)
    """The sound in order, float32 [n_samples] each; to be read once."""


class AcousticModel(Protocol):
    """A model with its sessions. Shared by all jobs and threads, so it holds no state of any rendering."""

    sample_rate_hz: int
    """Hertz."""
    max_phonemes: int
    """The longest utterance it takes."""
    first_clause_s: float
    """About how long the first clause of a text should sound, in seconds: short where the model is slow, so that
    sound starts early; longer where it is quick, because a longer clause has the better melody."""

    def render(self, utterance: Utterance, noise: np.random.Generator) -> Rendering:
        """Find the rhythm of an utterance, and make its sound as it is taken.

        The concatenation of the blocks depends on the utterance and the state of `noise` alone, never on who else is
        served. Whoever stops iterating stops the model's work at the next block.
        """


def phoneme_ids(phonemes: str, card: ModelCard) -> npt.NDArray[np.int64]:
    """Look the phonemes up and pad them at both ends: shape [1, len(phonemes) + 2].

    Raises:
        KeyError: when a symbol is not in the model's vocabulary.
    """
    ids = [card.vocabulary[symbol] for symbol in phonemes]
    return np.array([[card.pad_id, *ids, card.pad_id]], np.int64)
