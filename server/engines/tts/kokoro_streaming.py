"""Kokoro, streamed inside the clause: the first sound is out when a third of a second of it is made.

    phonemes -> encoder -> low -> norms' affines        once a clause
                        -> source -> generator -> inverse STFT   a window at a time

The generator's norms would have to hear the whole clause first; their statistics are predicted instead, so it is a
plain convolutional net whose windows equal the whole. Nothing random is in it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from server.audio.prosody import PLAIN, Prosody, acted_f0, energy_curve
from server.engines.tts.acoustic import Rendering, Utterance, phoneme_ids
from server.engines.tts.inverse_stft import HOP_SAMPLES, InverseStft
from server.engines.tts.kokoro_generator import SPECTRA_PER_FRAME, Generator, GeneratorGraphs, inner_shapes
from server.engines.tts.kokoro_norms import NORMS_FILE, NormPredictor, norm_features
from server.engines.tts.phoneme_time import KOKORO_LAG_SAMPLES, PhonemeTime
from server.errors import ModelUnavailableError
from server.runtime.model_card import ModelCard
from server.runtime.sessions import CPU, GraphOpener, GraphSession

Floats = npt.NDArray[np.float32]

FIRST_CLAUSE_S: Final = 4.0
"""A second of the clause costs 12 ms before its first sound, so there is no haste, and each cut would cost more."""
FRAME_SAMPLES: Final = SPECTRA_PER_FRAME * HOP_SAMPLES
WINDOW_FRAMES: Final = (18, 8, 16, 32)
"""Of the first windows and all others. The first holds 300 ms of sound after what is left of the silence; where it
ends in the closure of a stop, its end is held back lest it be the clause's, so the second comes soon. The longer a
window, the less is computed twice: 32 frames waste 6 %."""
_LEAST_FRAMES: Final = 8
"""A rest shorter than this goes with the window before it."""
QUIET_ENERGY: Final = -5.0
"""The encoder's energy is -8.5 to -10.3 in the silence around a clause, and above -4 where it sounds."""
LEAD_FRAMES: Final = 2
"""Made before the first column that is not quiet. In 40 clauses of all voices, at speeds from 0.5 to 2, what
`trim_silence` keeps began at most 1.6 frames before it..."""
TAIL_FRAMES: Final = 3
"""...and ended at most 1.2 frames after the last one, in 28."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One clause between encoder and decoder: here its prosody lies open."""

    phonemes: str
    shares: Mapping[str, float]
    """How much of each voice speaks; together 1."""
    style: Floats
    """[1, 256]."""
    asr: Floats
    """[1, 512, F]."""
    f0: Floats
    """Hertz, [1, 2F]; below 10 where nothing is voiced."""
    energy: Floats
    """[1, 2F]; about logarithmic, -10 in silence, up to 10 in speech."""
    ends: npt.NDArray[np.int64]
    """The frame that each token ends before, the two paddings among them, [T]."""


@dataclass(frozen=True, slots=True)
class KokoroGraphs:
    """The sessions over the card's graphs of these names."""

    encoder: GraphSession
    """tokens [1, T], style [1, 256], speed [1] -> asr [1, 512, F], f0 and energy [1, 2F], durations [1, T]."""
    low: GraphSession
    """asr, f0, energy, style -> x [1, 512, 2F]."""
    affine: GraphSession
    """style, mean, log_deviation [NORM_CHANNELS] -> scale, shift."""
    generator: GeneratorGraphs


class KokoroStreaming:
    """An acoustic model. It takes the voices that were calibrated: all that the server lists."""

    def __init__(self, card: ModelCard, graphs: KokoroGraphs, norms: NormPredictor) -> None:
        """`graphs` over the card's, `norms` from `NORMS_FILE` beside them.

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
        self._graphs = graphs
        self._norms = norms
        # Mapped, not read: of 35 voices at half a megabyte only the rows in use come into memory.
        self._styles = {
            voice: np.memmap(card.voice_path(voice), "<f4", "r", shape=card.voice_shape) for voice in card.voices
        }

    @classmethod
    def open(
        cls,
        card: ModelCard,
        open_graph: Callable[[Path], GraphSession],
        open_generator: GraphOpener | None = None,
    ) -> "KokoroStreaming":
        """Open every graph that it needs, and read the norms.

        Args:
            card: of Kokoro.
            open_graph: opens them.
            open_generator: opens the generator's, where that is not to be done as for the others.

        Raises:
            ModelUnavailableError: when the model was exported by an older version, or a file cannot be read.
        """
        names = ("encoder", "low", "affine", "phase", "source")
        generators: tuple[str, ...] = ("generator_inner", "generator_edge")
        if not card.graphs.keys() >= {*names, *generators, *map(_int8, generators)}:
            raise ModelUnavailableError(
                f"The model {card.name} cannot stream yet; run `python -m export --only {card.name}`."
            )
        encoder, low, affine, phase, source = (open_graph(card.graph_path(name)) for name in names)
        if open_generator is not None:
            inner, edge = map(card.graph_path, generators)
            # Of the window that is waited for, and of most others; each takes 130 MB.
            shapes = [inner_shapes(n_frames) for n_frames in (WINDOW_FRAMES[0], WINDOW_FRAMES[-1])]
            generator = open_generator(inner, shapes=shapes).session, open_generator(edge).session
        else:
            if encoder.get_providers()[0] == CPU:
                # In half the time. Accelerators, and OpenVINO with its bf16, have better ways.
                generators = tuple(map(_int8, generators))
            inner, edge = map(card.graph_path, generators)
            generator = open_graph(inner), open_graph(edge)
        graphs = KokoroGraphs(encoder, low, affine, GeneratorGraphs(phase, source, *generator))
        return cls(card, graphs, NormPredictor.load(card.folder / NORMS_FILE))

    @property
    def provider(self) -> str:
        """The name of what the generator runs on."""
        return self._graphs.generator.inner.get_providers()[0]

    def render(
        self, utterance: Utterance, noise: np.random.Generator | None = None, *, keep_silence: bool = False
    ) -> Rendering:
        """Encode the clause now, and decode it: see `decode`. `noise` is not drawn from."""
        clause = self.encode(utterance)
        if utterance.prosody != PLAIN or utterance.prosodies:
            clause = acted(clause, utterance.prosody, utterance.prosodies)
        return self.decode(clause, keep_silence=keep_silence)

    def encode(self, utterance: Utterance, shares: Mapping[str, float] | None = None) -> Encoded:
        """Take the clause to where its prosody lies open.

        Args:
            utterance: of one of the card's voices; only those that were calibrated can be decoded here.
            shares: speak it with a blend of voices instead; together 1.
        """
        shares = shares or {utterance.voice: 1.0}
        styles = [np.float32(share) * self._styles[voice][len(utterance.phonemes)] for voice, share in shares.items()]
        style: Floats = np.sum(styles, axis=0)
        feeds: dict[str, npt.NDArray[Any]] = {
            "tokens": phoneme_ids(utterance.phonemes, self._card),
            "style": style,
            "speed": np.array([utterance.speed], np.float32),
        }
        asr, f0, energy, durations = self._graphs.encoder.run(["asr", "f0", "energy", "durations"], feeds)
        ends = np.cumsum(durations[0]).astype(np.int64)
        return Encoded(utterance.phonemes, shares, style, asr, f0, energy, ends)

    def decode(self, clause: Encoded, *, keep_silence: bool = False) -> Rendering:
        """Make the sound of a clause, as its blocks are taken.

        Args:
            clause: as `encode` gives it, or with its F0 and energy changed.
            keep_silence: make the silence before and after it too.
        """
        start, end = (0, clause.f0.shape[1] // 2) if keep_silence else sounding(clause.energy)
        return Rendering(phoneme_times(clause.phonemes, clause.ends, start), self._blocks(clause, start, end))

    def _blocks(self, clause: Encoded, start: int, end: int) -> Iterator[Floats]:
        f0, energy, style = clause.f0, clause.energy, clause.style
        (x,) = self._graphs.low.run(["x"], {"asr": clause.asr, "f0": f0, "energy": energy, "style": style})
        statistics = self._norms.predict(clause.shares, norm_features(x, f0, energy))
        measured = {"style": style, "mean": statistics.mean, "log_deviation": statistics.log_deviation}
        scale, shift = self._graphs.affine.run(["scale", "shift"], measured)
        generator = Generator(self._graphs.generator, x, f0, scale, shift)
        sound = InverseStft(starts=start == 0)
        for first, last in windows(start, end):
            yield sound.push(generator.spectra(first, last), ends=last == generator.n_frames)


def _int8(generator: str) -> str:
    return f"{generator}_int8"


def acted(clause: Encoded, prosody: Prosody, parts: Sequence[tuple[int, int, Prosody]] = ()) -> Encoded:
    """The clause said in another way; `parts` are phonemes, from one place to before another, and a way on top."""
    # A phoneme lies between the ends of the token before it, the first of which is padding, and its own.
    columns = [(2 * int(clause.ends[first]), 2 * int(clause.ends[last]), part) for first, last, part in parts]
    energy = clause.energy * energy_curve(clause.energy.shape[1], prosody, columns)
    return replace(clause, f0=acted_f0(clause.f0, prosody, columns), energy=energy)


def windows(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut the frames from `start` to `end` into windows: a short one first, then longer ones; none is very short."""
    sizes = iter(WINDOW_FRAMES)
    size = next(sizes)
    while start < end:
        last = start + size
        if end - last < _LEAST_FRAMES:
            last = end
        yield start, last
        start = last
        size = next(sizes, size)


def sounding(energy: Floats) -> tuple[int, int]:
    """The frames from the first to the last in which something may sound.

    Durations do not tell: at half the speed the silence is said to last twice as long, but the voice does not wait.

    Args:
        energy: as the encoder gives it, [1, 2F].
    """
    n_frames = energy.shape[1] // 2
    columns = np.flatnonzero(energy[0] > QUIET_ENERGY)
    if not columns.size:
        return 0, n_frames
    return max(0, int(columns[0]) // 2 - LEAD_FRAMES), min(n_frames, int(columns[-1]) // 2 + 1 + TAIL_FRAMES)


def phoneme_times(phonemes: str, ends: npt.NDArray[np.int64], start: int) -> tuple[PhonemeTime, ...]:
    """One for each symbol between the two paddings, where it is heard."""
    origin = start * FRAME_SAMPLES + KOKORO_LAG_SAMPLES
    return tuple(
        PhonemeTime(symbol, int(first) * FRAME_SAMPLES - origin, int(last - first) * FRAME_SAMPLES, place)
        for place, (symbol, first, last) in enumerate(zip(phonemes, ends[:-2], ends[1:-1], strict=True))
    )
