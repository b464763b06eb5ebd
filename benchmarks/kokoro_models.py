"""Kokoro in the benchmarks: streamed as the server does it and, behind the same encoder, whole as it was exported."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnx

from benchmarks.texts import quality_sentences
from export.dequantise import dequantised
from server.engines.tts.acoustic import Rendering, Utterance
from server.engines.tts.kokoro_streaming import Encoded, KokoroStreaming, phoneme_times
from server.engines.tts.voices import VOICES, Voice
from server.runtime.model_card import ModelCard, load_card
from server.runtime.sessions import GraphSession, open_session
from server.settings import load_settings
from server.text.clause import Clause, Language
from server.text.phonemizer import Phonemizer

Floats = npt.NDArray[np.float32]

NO_NOISE: Final = np.random.default_rng(0)
"""Kokoro draws from none."""


class WholeKokoro:
    """An acoustic model whose norms hear the whole clause, so that it is decoded in one go."""

    def __init__(self, streamed: KokoroStreaming, decoder: GraphSession, first_clause_s: float | None = None) -> None:
        """The encoder of `streamed` and a decoder: asr, f0, energy, style -> audio f32 [600 F]."""
        self.sample_rate_hz = streamed.sample_rate_hz
        self.max_phonemes = streamed.max_phonemes
        self.first_clause_s = first_clause_s or streamed.first_clause_s
        self._encode = streamed.encode
        self._decoder = decoder

    def render(self, utterance: Utterance, noise: np.random.Generator) -> Rendering:
        """The sound as one block, the silence around it included."""
        clause = self._encode(utterance)
        return Rendering(phoneme_times(clause.phonemes, clause.ends, 0), iter([self.decode(clause)]))

    def decode(self, clause: Encoded) -> Floats:
        """The sound of an encoded clause, float32 [600 F]."""
        feeds = {"asr": clause.asr, "f0": clause.f0, "energy": clause.energy, "style": clause.style}
        audio: Floats = self._decoder.run(["audio"], feeds)[0]
        return audio


class KokoroModels:
    """The models, the phonemes, the listed voices."""

    def __init__(self) -> None:
        self.card: ModelCard = load_card(load_settings().models_dir / "kokoro")
        self.streamed = KokoroStreaming.open(self.card, opened)
        self.phonemizer = Phonemizer(self.card.vocabulary)
        self.phonemizer.warm_up()
        self.voices = tuple(voice for voice in VOICES if voice.model == "kokoro")

    def whole_int8(self, first_clause_s: float | None = None) -> WholeKokoro:
        """The decoder as it was exported."""
        return WholeKokoro(self.streamed, opened(self.card.graph_path("decoder")), first_clause_s)

    def whole_float32(self) -> WholeKokoro:
        """The same with its activations unrounded (its weights stay int8): the yardstick for both others."""
        decoder = dequantised(onnx.load(self.card.graph_path("decoder")))
        return WholeKokoro(self.streamed, open_session(decoder.SerializeToString()).session)

    def utterance(self, text: str, voice: Voice, language: Language, speed: float = 1.0) -> Utterance:
        """The text as one clause."""
        clause = Clause(text=text, start_character=0, language=language, pause_s=0.0, ends_sentence=True)
        return Utterance(self.phonemizer.phonemize(clause, british=voice.is_british).text, voice.model_voice, speed)

    def sentences(self) -> Iterator[tuple[str, Voice, Language]]:
        """The 80 sentences of the quality benchmark, the listed voices of the language taking turns."""
        languages: tuple[Language, Language] = ("en", "zh")
        for language in languages:
            voices = [voice for voice in self.voices if voice.language == language]
            for number, text in enumerate(quality_sentences(language)):
                yield text, voices[number % len(voices)], language


def opened(path: Path) -> GraphSession:
    """A graph on onnxruntime, one thread."""
    return open_session(path).session
