"""Speaks a whole text in one go with the server's own models and phonemes: what streaming is compared with.

Everything but the cutting is the same as in the server: phonemes, trimmed silence, gain, limiter.
"""

import numpy as np
import numpy.typing as npt

from benchmarks.kokoro_models import WholeKokoro
from server.audio.limiter import LimiterStream
from server.audio.silence import trim_silence
from server.engines.tts.acoustic import AcousticModel, Utterance
from server.engines.tts.hibari import Hibari
from server.engines.tts.kokoro_streaming import KokoroStreaming
from server.engines.tts.voices import VOICES, Voice
from server.runtime.model_card import load_card
from server.runtime.sessions import open_session
from server.settings import load_settings
from server.text.clauses import split_clauses
from server.text.phonemizer import Phonemizer

Floats = npt.NDArray[np.float32]


class WholeSpeech:
    """The models, run over a whole text at once."""

    def __init__(self, *, threads: int = 1) -> None:
        """`threads` work inside one operator; the server's own sessions have 1, so that streams share the cores."""
        models = load_settings().models_dir
        hibari, kokoro = load_card(models / "hibari-heart"), load_card(models / "kokoro")
        self.kokoro_voices = tuple(sorted(kokoro.voices))
        """Every voice that was exported, listed by the server or not."""
        self.sample_rate_hz = kokoro.sample_rate_hz
        self._models: dict[str, AcousticModel] = {
            "hibari": Hibari(hibari, open_session(hibari.graph_path("model"), threads=threads).session),
            "kokoro": WholeKokoro(
                KokoroStreaming.open(kokoro, lambda path: open_session(path, threads=threads).session),
                open_session(kokoro.graph_path("decoder"), threads=threads).session,
            ),
        }
        self._phonemizer = Phonemizer(kokoro.vocabulary)
        self._phonemizer.warm_up()

    def phonemes(self, text: str, model: str, *, british: bool = False) -> str:
        """The phonemes that the server speaks with a model, clause after clause, as one utterance."""
        clauses = split_clauses(text, first_target_s=self._models[model].first_clause_s)
        return " ".join(self._phonemizer.phonemize(clause, british=british).text for clause in clauses)

    def raw(self, phonemes: str, model: str, model_voice: str) -> Floats:
        """What the model itself makes of one utterance, shape [n_samples]: no gain, silence left on."""
        utterance = Utterance(phonemes, model_voice, 1.0)
        return np.concatenate(list(self._models[model].render(utterance, np.random.default_rng([0, 0, 0])).blocks))

    def speak(self, text: str, voice: Voice) -> Floats:
        """The text as the server would send it if it did not stream, shape [n_samples] in [-1, 1]."""
        raw = self.raw(self.phonemes(text, voice.model, british=voice.is_british), voice.model, voice.model_voice)
        trimmed = np.concatenate(list(trim_silence([raw], self.sample_rate_hz)))
        limiter = LimiterStream(self.sample_rate_hz, channels=1)
        levelled = limiter.process(trimmed[:, np.newaxis] * np.float32(10 ** (voice.gain_db / 20)))
        return np.concatenate([levelled, limiter.flush()])[:, 0]


def voice_named(voice_id: str) -> Voice:
    """A voice of the server's catalogue."""
    return next(voice for voice in VOICES if voice.id == voice_id)
