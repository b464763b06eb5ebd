"""Kokoro: the model of most voices, in English and Mandarin, cut into an encoder and a decoder.

Between the two lie F0, energy and durations: there prosody can act. The decoder's norms take their statistics over the
whole utterance, so a clause is decoded in one go; it is the clauses that stream.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from server.engines.tts.acoustic import Utterance, phoneme_ids
from server.errors import ModelUnavailableError
from server.runtime.model_card import ModelCard
from server.runtime.sessions import GraphSession

FIRST_CLAUSE_S = 1.6
"""Both graphs take a quarter of a second for a second of sound: half a second for this, with the silence around it."""


class Kokoro:
    """Two graphs and a table of styles.

    encoder: tokens i64 [1, T], style f32 [1, 256], speed f32 [1] -> asr f32 [1, 512, F], f0 and energy f32 [1, 2F],
    durations f32 [1, T]. decoder: asr, f0, energy, style -> audio f32 [600 F] at 24 kHz.
    """

    def __init__(self, card: ModelCard, encoder: GraphSession, decoder: GraphSession) -> None:
        """The sessions over the card's two graphs.

        Raises:
            ModelUnavailableError: when the card tells no shape for the styles.
        """
        if card.voice_shape is None:
            raise ModelUnavailableError(
                f"The model {card.name} has no voices; run `python -m export --only {card.name}`."
            )
        self.sample_rate_hz = card.sample_rate_hz
        self.max_phonemes = card.max_phonemes
        self.first_clause_s = FIRST_CLAUSE_S
        self._card = card
        self._encoder = encoder
        self._decoder = decoder
        # Mapped, not read: of 35 voices at half a megabyte only the rows in use come into memory.
        self._styles = {
            voice: np.memmap(card.voice_path(voice), "<f4", "r", shape=card.voice_shape) for voice in card.voices
        }

    def stream(self, utterance: Utterance, noise: np.random.Generator) -> Iterator[npt.NDArray[np.float32]]:
        """Yield the sound, float32 [n_samples], as one block. The model is deterministic: `noise` is not drawn from."""
        style = np.asarray(self._styles[utterance.voice][len(utterance.phonemes)])
        feeds = {
            "tokens": phoneme_ids(utterance.phonemes, self._card),
            "style": style,
            "speed": np.array([utterance.speed], np.float32),
        }
        asr, f0, energy = self._encoder.run(["asr", "f0", "energy"], feeds)
        (audio,) = self._decoder.run(["audio"], {"asr": asr, "f0": f0, "energy": energy, "style": style})
        yield audio
