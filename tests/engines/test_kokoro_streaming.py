"""Kokoro in windows is Kokoro, at any cuts, speed and length; and its phonemes tell when they sound."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import pytest

from benchmarks.log_mel import log_mel_distance_db
from export.kokoro_streaming.generator import Edges, Reach, context
from export.kokoro_streaming.norms import build_statistics
from export.kokoro_streaming.parity import TOLERANCE, true_affines, whole_generator
from export.kokoro_streaming.utterances import FrontHalf, Inputs, style_of
from export.manifest import MANIFEST_FILE
from server.audio.silence import trim_silence
from server.engines.tts import kokoro_generator
from server.engines.tts.acoustic import Utterance
from server.engines.tts.inverse_stft import InverseStft
from server.engines.tts.kokoro_generator import Generator, GeneratorGraphs
from server.engines.tts.kokoro_streaming import FRAME_SAMPLES, KokoroStreaming
from server.engines.tts.voices import VOICES
from server.errors import ModelUnavailableError
from server.runtime.model_card import ModelCard, load_card
from server.runtime.sessions import CPU, CUDA, GraphSession, open_session

Floats = npt.NDArray[np.float32]

ENGLISH = "ðə kwˈɪk tɹˈAn əɹˈIvz."
MANDARIN = "ni↓ xau↓."


def test_the_context_that_the_server_gives_is_the_one_that_the_graph_needs() -> None:
    needed = context(Edges(starts=False, ends=False))
    assert needed.x == Reach(-kokoro_generator.X_BEFORE, kokoro_generator.X_AFTER)
    assert needed.har == Reach(-kokoro_generator.SOURCE_BEFORE, kokoro_generator.SOURCE_AFTER)


@pytest.fixture(scope="module")
def card() -> ModelCard:
    return load_card(MANIFEST_FILE.parent / "kokoro")


def opened(card: ModelCard, name: str) -> GraphSession:
    return open_session(card.graph_path(name)).session


@pytest.fixture(scope="module")
def kokoro(card: ModelCard) -> KokoroStreaming:
    return KokoroStreaming.open(card, lambda path: open_session(path).session)


@pytest.fixture(scope="module")
def generator_graphs(card: ModelCard) -> GeneratorGraphs:
    names = ("phase", "source", "generator_inner", "generator_edge")
    return GeneratorGraphs(*(opened(card, name) for name in names))


@pytest.fixture(scope="module")
def inputs(card: ModelCard) -> Inputs:
    ids = [card.vocabulary[symbol] for symbol in ENGLISH]
    return FrontHalf(lambda name: opened(card, name)).run(ids, style_of(card.voice_path("af_heart"), len(ids)))


@pytest.fixture(scope="module")
def affines(card: ModelCard, inputs: Inputs) -> tuple[Floats, Floats]:
    statistics = build_statistics(onnx.load(card.graph_path("decoder")))
    return true_affines(open_session(statistics.SerializeToString()).session, opened(card, "affine"), inputs)


@pytest.fixture(scope="module")
def whole(card: ModelCard, inputs: Inputs) -> Floats:
    model = whole_generator(onnx.load(card.graph_path("decoder")))
    feeds = {"x": inputs.x, "har": inputs.har, "style": inputs.style}
    audio: Floats = open_session(model.SerializeToString()).session.run(["audio"], feeds)[0]
    return audio


def n_frames(inputs: Inputs) -> int:
    return inputs.f0.shape[1] // 2


def streamed(graphs: GeneratorGraphs, inputs: Inputs, affines: tuple[Floats, Floats], places: list[int]) -> Floats:
    generator = Generator(graphs, inputs.x, inputs.f0, *affines)
    sound = InverseStft(starts=places[0] == 0)
    return np.concatenate(
        [
            sound.push(generator.spectra(start, end), ends=end == generator.n_frames)
            for start, end in itertools.pairwise(places)
        ]
    )


@pytest.mark.models
@pytest.mark.parametrize("cuts", [[], [1, 2, 3], [5, 6, 7, 13], [12, 28], [20, 21, 22, 40, 44]])
def test_with_the_true_statistics_any_cuts_give_the_whole(
    generator_graphs: GeneratorGraphs, inputs: Inputs, affines: tuple[Floats, Floats], whole: Floats, cuts: list[int]
) -> None:
    places = [0, *(cut for cut in cuts if cut < n_frames(inputs)), n_frames(inputs)]
    found = streamed(generator_graphs, inputs, affines, places)
    assert found.shape == whole.shape
    # The exported graph divides its first ten samples by nearly nothing: see inverse_stft.py.
    np.testing.assert_allclose(found[10:], whole[10:], atol=TOLERANCE)


@pytest.mark.models
def test_a_stretch_from_the_middle_is_that_stretch_of_the_whole(
    generator_graphs: GeneratorGraphs, inputs: Inputs, affines: tuple[Floats, Floats], whole: Floats
) -> None:
    found = streamed(generator_graphs, inputs, affines, [9, 20, 31])
    start = 9 * FRAME_SAMPLES
    # The first hop lacks the spectrum before it.
    np.testing.assert_allclose(found[5:], whole[start + 5 : start + len(found)], atol=TOLERANCE)


@pytest.fixture(scope="module")
def int8_graphs(card: ModelCard) -> GeneratorGraphs:
    names = ("phase", "source", "generator_inner_int8", "generator_edge_int8")
    return GeneratorGraphs(*(opened(card, name) for name in names))


@pytest.mark.models
@pytest.mark.parametrize("cuts", [[5, 6, 7, 13], [12, 28], [20, 21, 22, 40, 44]])
def test_in_int8_too_any_cuts_give_the_whole(
    int8_graphs: GeneratorGraphs, inputs: Inputs, affines: tuple[Floats, Floats], cuts: list[int]
) -> None:
    ends = [0, n_frames(inputs)]
    whole = streamed(int8_graphs, inputs, affines, ends)
    found = streamed(int8_graphs, inputs, affines, [0, *(cut for cut in cuts if cut < ends[1]), ends[1]])
    # To the last bit of the spectra; the inverse transform's products may differ in that.
    np.testing.assert_allclose(found, whole, atol=1e-6)


@pytest.mark.models
def test_int8_sounds_nearly_as_float32(
    int8_graphs: GeneratorGraphs, inputs: Inputs, affines: tuple[Floats, Floats], whole: Floats
) -> None:
    found = streamed(int8_graphs, inputs, affines, [0, n_frames(inputs)])
    assert log_mel_distance_db(whole, found, 24_000) < 1.0


@pytest.mark.models
def test_the_source_in_windows_is_the_source_bit_for_bit(
    card: ModelCard, generator_graphs: GeneratorGraphs, inputs: Inputs, affines: tuple[Floats, Floats]
) -> None:
    generator = Generator(generator_graphs, inputs.x, inputs.f0, *affines)
    pieces = [generator._source_of(start, end) for start, end in itertools.pairwise([0, 7, 19, n_frames(inputs)])]
    whole = np.concatenate([piece[:, :, :-1] for piece in pieces], axis=2)
    np.testing.assert_array_equal(whole, inputs.har[:, :, :-1])


def said(kokoro: KokoroStreaming, utterance: Utterance, *, keep_silence: bool = False) -> Floats:
    return np.concatenate(list(kokoro.render(utterance, keep_silence=keep_silence).blocks))


UTTERANCES = (
    Utterance("jˈɛs.", "am_puck", 1.0),
    Utterance("a", "bf_emma", 4.0),
    Utterance(MANDARIN, "zf_xiaoxiao", 0.25),
    Utterance(" ".join([ENGLISH] * 6), "bm_george", 1.25),
)


@pytest.mark.models
@pytest.mark.parametrize("utterance", UTTERANCES, ids=lambda each: f"{each.voice}-{each.speed}")
def test_one_phoneme_or_many_slow_or_fast_all_sound(kokoro: KokoroStreaming, utterance: Utterance) -> None:
    sound = said(kokoro, utterance)
    assert np.isfinite(sound).all()
    assert 0.02 < np.abs(sound).max() < 1.5
    np.testing.assert_array_equal(sound, said(kokoro, utterance))


@pytest.mark.models
def test_what_is_said_without_the_silence_is_what_is_said_with_it(kokoro: KokoroStreaming) -> None:
    utterance = Utterance(ENGLISH, "af_heart", 1.0)
    long, short = said(kokoro, utterance, keep_silence=True), said(kokoro, utterance)
    first = kokoro.render(utterance, keep_silence=True).phonemes[0].start_sample
    offset = first - kokoro.render(utterance).phonemes[0].start_sample
    assert len(short) < len(long)
    np.testing.assert_allclose(short, long[offset : offset + len(short)], atol=TOLERANCE)
    trimmed = [np.concatenate(list(trim_silence([each * np.float32(1.66)], 24_000))) for each in (long, short)]
    np.testing.assert_allclose(trimmed[1], trimmed[0], atol=TOLERANCE)


@pytest.mark.models
def test_phonemes_cover_the_clause_between_its_silences(kokoro: KokoroStreaming) -> None:
    rendering = kokoro.render(Utterance(ENGLISH, "af_heart", 1.0))
    length = sum(len(block) for block in rendering.blocks)
    times = rendering.phonemes
    assert "".join(time.phoneme for time in times) == ENGLISH
    ends = [time.start_sample + time.n_samples for time in times]
    assert ends[:-1] == [time.start_sample for time in times[1:]]
    assert times[0].start_sample >= 0
    # The last sound of all fades early in its time.
    assert times[-2].start_sample < length


@pytest.mark.models
def test_every_listed_voice_of_kokoro_streams(kokoro: KokoroStreaming) -> None:
    for voice in VOICES:
        if voice.model == "kokoro":
            assert kokoro.render(Utterance("a.", voice.model_voice, 1.0)).phonemes


@pytest.mark.models
@pytest.mark.parametrize("shares", [{"af_heart": 0.5, "bm_george": 0.5}, {"zf_xiaoxiao": 0.2, "am_puck": 0.8}])
def test_a_blend_of_voices_streams_and_is_neither_of_them(kokoro: KokoroStreaming, shares: dict[str, float]) -> None:
    blend = kokoro.encode(Utterance(ENGLISH, "af_heart", 1.0), shares)
    sound = np.concatenate(list(kokoro.decode(blend).blocks))
    assert 0.02 < np.abs(sound).max() < 1.5
    for voice in shares:
        alone = kokoro.encode(Utterance(ENGLISH, voice, 1.0))
        assert alone.f0.shape != blend.f0.shape or not np.allclose(alone.f0, blend.f0)


@pytest.mark.models
def test_all_of_one_voice_is_that_voice(kokoro: KokoroStreaming) -> None:
    utterance = Utterance(ENGLISH, "am_puck", 1.0)
    blend = kokoro.encode(Utterance(ENGLISH, "af_heart", 1.0), {"am_puck": 1.0})
    np.testing.assert_array_equal(np.concatenate(list(kokoro.decode(blend).blocks)), said(kokoro, utterance))


@pytest.mark.models
@pytest.mark.parametrize(("pitch", "louder"), [(0.85, 0.9), (1.2, 1.1)])
def test_changed_prosody_is_heard_and_keeps_every_phoneme_in_its_place(
    kokoro: KokoroStreaming, pitch: float, louder: float
) -> None:
    clause = kokoro.encode(Utterance(ENGLISH, "af_heart", 1.0))
    changed = replace(clause, f0=clause.f0 * np.float32(pitch), energy=clause.energy * np.float32(louder))
    plain, other = (kokoro.decode(each, keep_silence=True) for each in (clause, changed))
    assert plain.phonemes == other.phonemes
    sounds = [np.concatenate(list(each.blocks)) for each in (plain, other)]
    assert sounds[0].shape == sounds[1].shape
    assert np.isfinite(sounds[1]).all()
    assert np.abs(sounds[0] - sounds[1]).max() > 0.02


class Unused:
    """A session on some provider that nobody runs."""

    def __init__(self, provider: str) -> None:
        self._provider = provider

    def run(self, output_names: Sequence[str] | None, input_feed: Mapping[str, npt.NDArray[Any]]) -> list[Any]:
        raise AssertionError("nothing is to be run")

    def get_providers(self) -> list[str]:
        return [self._provider]


@pytest.mark.models
@pytest.mark.parametrize(("provider", "suffix"), [(CPU, "_int8"), (CUDA, "")])
def test_the_generator_runs_in_int8_on_the_cpu_alone(card: ModelCard, provider: str, suffix: str) -> None:
    seen: list[str] = []

    def open_graph(path: Path) -> GraphSession:
        seen.append(path.stem)
        return Unused(provider)

    assert KokoroStreaming.open(card, open_graph).provider == provider
    assert [name for name in seen if "generator" in name] == [f"generator_inner{suffix}", f"generator_edge{suffix}"]


@pytest.mark.models
def test_a_model_of_an_older_export_is_named(card: ModelCard) -> None:
    older = card.model_copy(update={"graphs": {name: card.graphs[name] for name in ("encoder", "decoder")}})
    with pytest.raises(ModelUnavailableError, match="python -m export --only kokoro"):
        KokoroStreaming.open(older, lambda path: open_session(path).session)
