"""Hibari: a small English model. Its network runs once per clause, its synthesis a few frames at a time."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from server.audio.prosody import PLAIN, acted_f0, energy_curve
from server.engines.tts.acoustic import Rendering, Utterance, phoneme_ids
from server.engines.tts.hibari_dsp import HOP_SAMPLES, Spectra, synthesize
from server.engines.tts.phoneme_time import KOKORO_LAG_SAMPLES, PhonemeTime
from server.runtime.model_card import ModelCard
from server.runtime.sessions import GraphSession

FIRST_CLAUSE_S = 2.5
"""The network takes 6 ms for a second of sound, so there is no haste."""
_BLOCKS_AT_ONCE: Final = 2
"""Made when they are asked for, so that the first sound is early."""


_LOG_ENERGY: Final = 1.5
"""A tenth more of Kokoro's energy is about 1.3 dB."""
_DURATION_SAMPLES: Final = 2 * HOP_SAMPLES
"""The network counts durations in pairs of the frames that it gives."""


class Hibari:
    """One voice in one graph: ids i64 [1, L], speed f32 [1] -> five spectra f32 [1, 601, F], F0 f32 [1, F], durations
    f32 [L]."""

    def __init__(self, card: ModelCard, graph: GraphSession) -> None:
        """`graph` is the session over the card's only graph."""
        self.sample_rate_hz = card.sample_rate_hz
        self.max_phonemes = card.max_phonemes
        self.first_clause_s = FIRST_CLAUSE_S
        self._card = card
        self._graph = graph

    def render(self, utterance: Utterance, noise: np.random.Generator) -> Rendering:
        """Run the network; the sound is made 200 ms at a time, then all of the rest."""
        feeds: dict[str, npt.NDArray[Any]] = {
            "ids": phoneme_ids(utterance.phonemes, self._card),
            "speed": np.array([utterance.speed], np.float32),
        }
        names = ["durations", "lh", "theta", "ln", "lr", "phi", "f0"]
        durations, *spectra = self._graph.run(names, feeds)
        ends = np.cumsum(durations).astype(np.int64) * _DURATION_SAMPLES
        times = tuple(
            PhonemeTime(symbol, int(start) - KOKORO_LAG_SAMPLES, int(end - start), place)
            for place, (symbol, start, end) in enumerate(zip(utterance.phonemes, ends[:-2], ends[1:-1], strict=True))
        )
        plain = Spectra(*(output[0] for output in spectra))
        if utterance.prosody != PLAIN or utterance.prosodies:
            frames = ends // HOP_SAMPLES
            parts = [(int(frames[first]), int(frames[last]), part) for first, last, part in utterance.prosodies]
            f0_hz = acted_f0(plain.f0_hz, utterance.prosody, parts)
            energy = energy_curve(len(f0_hz), utterance.prosody, parts)
            plain = replace(plain, f0_hz=f0_hz).louder(_LOG_ENERGY * (energy - 1))
        return Rendering(times, _sound(plain, noise))


def _sound(spectra: Spectra, noise: np.random.Generator) -> Iterator[npt.NDArray[np.float32]]:
    blocks = synthesize(spectra, noise)
    yield from islice(blocks, _BLOCKS_AT_ONCE)
    # The spectra are ten times as large as the sound, and a listener may be slow to take it.
    rest = list(blocks)
    if rest:
        yield np.concatenate(rest)
