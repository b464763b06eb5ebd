"""The speech engine with a model that hums, for tests of whatever lies around it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from server.engines.base import SpeechRequest
from server.engines.tts.acoustic import Rendering, Utterance
from server.engines.tts.phoneme_time import PhonemeTime
from server.engines.tts.speech import SpeechEngine, SpeechJob
from server.engines.tts.voices import VOICES, VoiceCatalogue
from server.text.phonemizer import Phonemizer

KOKORO_SYMBOLS = (
    ';:,.!?—…"()“” ̃ʣʥʦʨᵝꭧAIOQSTWYᵊabcdefhijklmnopqrstuvwxyzɑɐɒæβɔɕçɖðʤəɚɛɜɟɡɥɨɪʝɯɰŋɳɲɴøɸθœɹɾɻʁɽʂʃʈʧʊʋʌɣɤχʎʒʔˈˌːʰʲ↓→↗↘ᵻ'
)
SAMPLES_PER_PHONEME = 1200
SILENCE_SAMPLES = 7200


@dataclass
class Humming:
    """Hums for each phoneme, with silence around each clause, and a little noise from the generator."""

    sample_rate_hz: int = 24_000
    max_phonemes: int = 60
    first_clause_s: float = 1.4
    level: float = 0.1
    rendered: list[Utterance] = field(default_factory=list)

    def render(self, utterance: Utterance, noise: np.random.Generator) -> Rendering:
        assert 1 <= len(utterance.phonemes) <= self.max_phonemes
        self.rendered.append(utterance)
        times = (
            PhonemeTime(phoneme, SILENCE_SAMPLES + place * SAMPLES_PER_PHONEME, SAMPLES_PER_PHONEME, place)
            for place, phoneme in enumerate(utterance.phonemes)
        )
        return Rendering(tuple(times), self._blocks(utterance, noise))

    def _blocks(self, utterance: Utterance, noise: np.random.Generator) -> Iterator[npt.NDArray[np.float32]]:
        silence = np.zeros(SILENCE_SAMPLES, np.float32)
        yield silence
        for _ in utterance.phonemes:
            hum = self.level * np.sin(np.arange(SAMPLES_PER_PHONEME) * 0.05) + noise.normal(
                0, 0.01, SAMPLES_PER_PHONEME
            )
            yield hum.astype(np.float32)
        yield silence


def engine_of(model: Humming, phonemizer: Phonemizer) -> SpeechEngine:
    models = {"hibari": model, "kokoro": model}
    return SpeechEngine(models=models, catalogue=VoiceCatalogue(VOICES), phonemizer=phonemizer, chunk_ms=100)


def request(text: str, voice: str = "default", **more: object) -> SpeechRequest:
    return SpeechRequest(text=text, voice_id=voice, **more)  # type: ignore[arg-type]


def render(engine: SpeechEngine, job: SpeechJob) -> npt.NDArray[np.float32]:
    samples, position = [], 0
    while True:
        chunk = engine.step(job)
        assert chunk.start_sample == position
        position = chunk.end_sample
        samples.append(chunk.samples)
        if chunk.is_last:
            return np.concatenate(samples)[:, 0]
        assert len(chunk.samples) == 2400
