"""Speaks in the benchmark's own process, as the server does, with its own voices: sound, and what is told of it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.kokoro_models import opened
from server.audio.timing import SpeechTiming, TimedWord
from server.engines.base import SpeechRequest
from server.engines.tts.hibari import Hibari
from server.engines.tts.kokoro_streaming import KokoroStreaming
from server.engines.tts.speech import SpeechEngine
from server.engines.tts.voices import VOICES, VoiceCatalogue
from server.runtime.model_card import load_card
from server.settings import load_settings
from server.text.manner import PLAIN_MANNER, Manner
from server.text.phonemizer import Phonemizer

_CHUNK_MS: Final = 100


@dataclass(frozen=True, slots=True)
class Spoken:
    """One text, spoken."""

    samples: npt.NDArray[np.float32]
    """[n_samples], in [-1, 1]."""
    sample_rate_hz: int
    timings: tuple[SpeechTiming, ...]

    @property
    def words(self) -> list[TimedWord]:
        """All of them, in order."""
        return [word for timing in self.timings for word in timing.words]

    @property
    def n_phonemes(self) -> int:
        """How many sounds it is made of; the same however it is said."""
        return sum(len(timing.phonemes) for timing in self.timings)


class Speaker:
    """Kokoro and hibari, loaded once."""

    def __init__(self) -> None:
        models = load_settings().models_dir
        kokoro, hibari = load_card(models / "kokoro"), load_card(models / "hibari-heart")
        self.phonemizer = Phonemizer(kokoro.vocabulary)
        self.phonemizer.warm_up()
        self._engine = SpeechEngine(
            models={
                "kokoro": KokoroStreaming.open(kokoro, opened),
                "hibari": Hibari(hibari, opened(hibari.graph_path("model"))),
            },
            catalogue=VoiceCatalogue(VOICES),
            phonemizer=self.phonemizer,
            chunk_ms=_CHUNK_MS,
        )

    def speak(self, text: str, voice: str, manner: Manner = PLAIN_MANNER) -> Spoken:
        """The text as a listener of the server hears it."""
        job = self._engine.open(SpeechRequest(text=text, voice_id=voice, manner=manner, timings=("words", "phonemes")))
        blocks: list[npt.NDArray[np.float32]] = []
        timings: list[SpeechTiming] = []
        is_last = False
        while not is_last:
            chunk = self._engine.step(job)
            assert chunk is not None, "the whole text was given"
            blocks.append(chunk.samples[:, 0])
            timings += chunk.timings
            is_last = chunk.is_last
        return Spoken(np.concatenate(blocks), job.sample_rate_hz, tuple(timings))
