"""Vits: the model of piper's voices, streamed from inside the sentence.

    phonemes -> [ text ] -> durations, mean and spread per phoneme -> noise drawn about them, frame by frame
             -> [ flow ] -> [ decoder ] -> sound, from the first frames on

The first sound is there after the text graph, 57 frames of the flow and 25 of the decoder; nothing is computed twice.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from server.engines.tts.acoustic import Rendering, Utterance
from server.engines.tts.phoneme_time import PhonemeTime
from server.engines.tts.vits_examples import first_example, text_examples
from server.engines.tts.vits_ids import Ids, VitsAlphabet
from server.engines.tts.vits_reading import Reading, alphabet_for
from server.engines.tts.vits_spec import VitsSpec, load_spec
from server.runtime.model_card import ModelCard
from server.runtime.sessions import Device, GraphOpener, GraphSession, OpenedGraph, open_session
from server.runtime.streaming_graph import StreamingGraph, open_streaming_graph
from server.runtime.tandem import open_tandem

Floats = npt.NDArray[np.float32]

FIRST_CLAUSE_S: Final = 2.5
"""Sound starts inside a clause, but the text graph has to read to its end first: 11 ms for 2.5 s, 17 for 4."""


@dataclass(frozen=True, slots=True)
class _Prior:
    """What the text graph gives: what each frame is drawn about. P phonemes, F frames."""

    mean: Floats
    """[channels, P]"""
    sd: Floats
    """[channels, P], the voice's noise scale in it."""
    phoneme_of: npt.NDArray[np.int64]
    """[F]: the index of each frame's phoneme."""
    conditions: dict[str, Floats]
    """The speaker, for flow and decoder."""


class Vits:
    """Text graph, flow and decoder of one voice, with one speaker or many.

    text: input i64 [1, P], input_lengths i64 [1], scales f32 [3], (duration_noise f32 [1, 2, P]), (sid i64 [1])
    -> mean and log_sd f32 [1, channels, P], durations f32 [1, 1, P] in frames, (speaker f32 [1, channels, 1]).
    """

    def __init__(
        self,
        card: ModelCard,
        spec: VitsSpec,
        alphabet: VitsAlphabet,
        text: GraphSession,
        flow: StreamingGraph,
        decoder: StreamingGraph,
    ) -> None:
        """The sessions over the card's graphs; `alphabet` reads the phonemes of the utterances."""
        self.sample_rate_hz = card.sample_rate_hz
        self.max_phonemes = card.max_phonemes
        self.first_clause_s = FIRST_CLAUSE_S
        self._hop_samples = card.hop_samples
        self._spec = spec
        self._alphabet = alphabet
        self._text = text
        self._flow = flow
        self._decoder = decoder

    def render(self, utterance: Utterance, noise: np.random.Generator) -> Rendering:
        """Find the rhythm of an utterance: the text graph runs, the others do not yet. Blocks last 170 ms, then 370.

        Args:
            utterance: `voice` is a speaker's name.
            noise: drawn from for the rhythm first, then for the sound, frame by frame as the sound is made.

        Raises:
            KeyError: when there is no such speaker.
        """
        read = self._alphabet.read(utterance.phonemes)
        feeds: dict[str, npt.NDArray[Any]] = {
            "input": np.array([read.ids], np.int64),
            "input_lengths": np.array([len(read.ids)], np.int64),
            "scales": np.array(
                [
                    self._spec.noise_scale,
                    self._spec.length_scale / utterance.speed,
                    self._spec.duration_noise_scale,
                ],
                np.float32,
            ),
        }
        names = ["mean", "log_sd", "durations"]
        if self._spec.has_duration_noise:
            feeds["duration_noise"] = noise.standard_normal((len(read.ids), 2), np.float32).T[np.newaxis]
        speaker = self._spec.speakers[utterance.voice]
        if len(self._spec.speakers) > 1:
            feeds["sid"] = np.array([speaker.id], np.int64)
            names.append("speaker")
        mean, log_sd, durations, *condition = self._text.run(names, feeds)
        frames = durations[0, 0].astype(np.int64)
        prior = _Prior(
            mean=mean[0],
            sd=np.exp(log_sd[0]) * np.float32(self._spec.noise_scale),
            phoneme_of=np.repeat(np.arange(len(frames)), frames),
            conditions={"speaker": condition[0][:, :, np.newaxis]} if condition else {},
        )
        times = _times(utterance.phonemes, read, frames * self._hop_samples)
        return Rendering(times, self._sound(prior, noise))

    def _sound(self, prior: _Prior, noise: np.random.Generator) -> Iterator[Floats]:
        """Draw, transform and decode, as far as is needed for each block of sound."""
        flow, decoder = self._flow.new_state(prior.conditions), self._decoder.new_state(prior.conditions)
        n_frames = len(prior.phoneme_of)
        start, take = 0, self._flow.spec.first_frames
        while start < n_frames:
            of = prior.phoneme_of[start : start + take]
            # Frame by frame, so that where it is cut into pieces does not change what is drawn.
            drawn = noise.standard_normal((len(of), len(prior.mean)), np.float32).T
            latents = prior.mean[:, of] + drawn * prior.sd[:, of]
            start, take = start + take, self._flow.spec.mid_frames
            for frames in self._flow.stream(flow, latents, start >= n_frames):
                for sound in self._decoder.stream(decoder, frames, flow.is_over):
                    yield sound[0]


def load_vits(
    card: ModelCard,
    reading: Reading = "ours",
    device: Device = "cpu",
    open_decoder: GraphOpener | None = None,
    *,
    may_share_work: bool = False,
) -> tuple[Vits, str]:
    """Open the sessions of a voice: the model, and the name of what its decoder runs on.

    Args:
        card: of the voice.
        reading: what the phonemes of its utterances will be.
        device: where the graphs are to run.
        open_decoder: opens the decoder's, where that is not to be done as for the others.
        may_share_work: whether two threads may compute what a listener waits for, while a core has nothing to do.

    Raises:
        ModelUnavailableError: when the voice cannot be used, or not from such phonemes.
        ConfigurationError: when the device that was asked for is not there.
    """
    spec = load_spec(card)
    alphabet = alphabet_for(card.name, spec, reading)
    return open_vits(card, spec, alphabet, device, open_decoder, may_share_work=may_share_work)


def open_vits(
    card: ModelCard,
    spec: VitsSpec,
    alphabet: VitsAlphabet,
    device: Device = "cpu",
    open_decoder: GraphOpener | None = None,
    *,
    may_share_work: bool = False,
) -> tuple[Vits, str]:
    """The same for a voice whose phonemes `alphabet` reads."""
    open_other = partial(open_session, device=device)
    open_text: Callable[[Path], OpenedGraph] = open_other
    open_first: dict[str, Callable[[Path], OpenedGraph]] = {}
    if may_share_work and device == "cpu":
        open_text = partial(open_tandem, examples=text_examples(card, spec))
        open_first = {
            part: partial(open_tandem, examples=[first_example(card, part, stream)])
            for part, stream in (("flow", spec.flow), ("decoder", spec.decoder))
        }
    text = open_text(card.graph_path("text"))
    flow = open_streaming_graph(card, "flow", spec.flow, open_other, open_first.get("flow"))
    if open_decoder is None:
        decoder = open_streaming_graph(card, "decoder", spec.decoder, open_other, open_first.get("decoder"))
    else:
        decoder = open_streaming_graph(card, "decoder", spec.decoder, open_decoder)
    return Vits(card, spec, alphabet, text.session, flow, decoder), decoder.provider


def _times(phonemes: str, read: Ids, samples: npt.NDArray[np.int64]) -> tuple[PhonemeTime, ...]:
    """When each phoneme is heard, from the samples of each id."""
    starts = np.cumsum(samples) - samples
    first: dict[int, int] = {}
    total: dict[int, int] = {}
    for place, start, n_samples in zip(read.places, starts.tolist(), samples.tolist(), strict=True):
        first.setdefault(place, start)
        total[place] = total.get(place, 0) + n_samples
    return tuple(
        PhonemeTime(phonemes[place], first[place], total[place], place) for place in sorted(first) if place >= 0
    )
