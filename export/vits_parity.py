"""Proves on every export that a voice cut and streamed sounds as the voice whole, and measures how loud it is."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from export.errors import ExportError
from server.audio.loudness import integrated_loudness_lufs
from server.engines.tts.acoustic import Utterance
from server.engines.tts.vits import Vits
from server.engines.tts.vits_ids import VitsAlphabet
from server.engines.tts.vits_spec import VitsSpec
from server.runtime.sessions import GraphSession

Floats = npt.NDArray[np.float32]

LARGEST_DIFFERENCE: Final = 2 / 32767
"""Two steps of 16-bit sound: what the same sums in another order can make."""

TARGET_LUFS: Final = -18.0
SPEAKERS_MEASURED: Final = 12

UTTERANCES: Final = (
    "nˈoʊ.",
    "hˌaʊ ɑːɹ juː?",
    "ðə tɹˈeɪn tə bˈɔstən lˈiːvz æt nˈaɪn, soʊ plˈiːz biː ɹˈɛdi baɪ hˈæf pˈæst ˈeɪt.",
    "lˈæst sˈʌmɚ ɐ ɡɹˈuːp ʌv stˈuːdənts ɹᵻpˈɛɹd ðə stˈɛɹz ænd pˈeɪntᵻd ðə tˈaʊɚ, bˌʌt nˈoʊbɑːdi hɐz lˈɪvd ðɛɹ fɔːɹ "
    "θˈɜːɾi jˈɪɹz, ænd ɪts lˈæmp stˈɪl tˈɜːnz ˈɛvɹi nˈaɪt.",
)
"""In espeak-ng's alphabet: shorter than the first call of any graph, and longer than many."""

_LETTERS_OF_SHORT_WORDS: Final = 5


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found."""

    largest_difference: float
    """Between any two samples, of full scale."""
    gain_db: dict[str, float]
    """Speaker -> decibels to -18 LUFS."""


def utterances_for(phoneme_ids: Mapping[str, Sequence[int]]) -> tuple[str, ...]:
    """What a voice is tried with: our utterances, or where it knows few of their sounds, words made of its letters.

    A voice that reads the letters of a text has none of espeak-ng's symbols, but as many characters to say.
    """
    wanted = [symbol for symbol in UTTERANCES[-1] if symbol.isalpha()]
    if sum(symbol in phoneme_ids for symbol in wanted) >= len(wanted) / 2:
        return UTTERANCES
    letters = sorted(symbol for symbol in phoneme_ids if len(symbol) == 1 and symbol.isalpha())
    if not letters:
        return UTTERANCES
    endless = itertools.cycle(letters)

    def words(number: int) -> str:
        return " ".join("".join(itertools.islice(endless, _LETTERS_OF_SHORT_WORDS)) for _ in range(number))

    return tuple(words(max(1, round(len(utterance) / (_LETTERS_OF_SHORT_WORDS + 1)))) for utterance in UTTERANCES)


def check_voice(
    voice: Vits, whole: GraphSession, spec: VitsSpec, alphabet: VitsAlphabet, hop_samples: int,
    utterances: Sequence[str], report: Callable[[int, str], None],
) -> Measured:  # fmt: skip
    """Say every utterance with both and compare all samples; then say one with some speakers and measure it.

    Args:
        voice: the voice in pieces, over the same alphabet.
        whole: the uncut graph with its noise as inputs.
        spec: the voice's.
        alphabet: reads the utterances.
        hop_samples: samples per frame.
        utterances: what to say, the last the longest.
        report: called with the number of steps done and what comes next.

    Raises:
        ExportError: when they differ by more than rounding.
    """
    names = list(spec.speakers)
    worst = 0.0
    for done, phonemes in enumerate(utterances):
        report(done, "Checking that the streamed voice sounds as the whole")
        # The last speaker of several, so that a voice cut without its speakers cannot pass.
        utterance = Utterance(phonemes, names[-1], 1.0)
        streamed = np.concatenate(list(voice.render(utterance, np.random.default_rng(done)).blocks))
        expected = _whole(whole, spec, alphabet, utterance, len(streamed) // hop_samples, np.random.default_rng(done))
        if streamed.shape != expected.shape:
            raise ExportError("The streamed voice is not as long as the whole, so it was not kept; please report this.")
        worst = max(worst, float(np.abs(streamed - expected).max()))
        if not worst <= LARGEST_DIFFERENCE:
            raise ExportError(
                f"The streamed voice differs from the whole by {worst:.5f} of full scale, so it was not kept; please "
                "report this."
            )
    gains = {}
    for number, name in enumerate(measured_speakers(names)):
        report(len(utterances) + number, f"Measuring how loud {name} is")
        gains[name] = _gain_db(voice, name, utterances[-1])
    usual = float(np.median(list(gains.values())))
    return Measured(worst, {name: round(gains.get(name, usual), 1) for name in names})


def measured_speakers(names: Sequence[str]) -> list[str]:
    """All speakers, or a dozen of many: the others get the gain that is usual among these."""
    step = -(-len(names) // SPEAKERS_MEASURED)
    return list(names[::step])


def _whole(
    graph: GraphSession,
    spec: VitsSpec,
    alphabet: VitsAlphabet,
    utterance: Utterance,
    n_frames: int,
    noise: np.random.Generator,
) -> Floats:
    ids = alphabet.read(utterance.phonemes).ids
    feeds: dict[str, npt.NDArray[Any]] = {
        "input": np.array([ids], np.int64),
        "input_lengths": np.array([len(ids)], np.int64),
        "scales": np.array([spec.noise_scale, spec.length_scale, spec.duration_noise_scale], np.float32),
    }
    if spec.has_duration_noise:
        feeds["duration_noise"] = noise.standard_normal((len(ids), 2), np.float32).T[np.newaxis]
    if len(spec.speakers) > 1:
        feeds["sid"] = np.array([spec.speakers[utterance.voice].id], np.int64)
    feeds["prior_noise"] = noise.standard_normal((n_frames, spec.channels), np.float32).T[np.newaxis]
    waveform: Floats = graph.run(["waveform"], feeds)[0]
    return waveform.reshape(-1)


def _gain_db(voice: Vits, speaker: str, phonemes: str) -> float:
    sound = np.concatenate(list(voice.render(Utterance(phonemes, speaker, 1.0), np.random.default_rng(0)).blocks))
    loudness_lufs = integrated_loudness_lufs(sound[:, np.newaxis], voice.sample_rate_hz)
    # A voice that cannot be heard is no reason to make it 70 dB louder.
    return float(np.clip(TARGET_LUFS - loudness_lufs, -20.0, 20.0))
