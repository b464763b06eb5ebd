"""A VITS voice is cut by its structure, and what is not one is refused by what it lacks."""

import numpy as np
import onnx
import pytest
from onnx import ModelProto, helper

from export.streaming.graph import read_graph
from export.vits import NotVitsError, cut_vits, find_tensors
from tests.export.streaming.tiny import run
from tests.export.tiny_vits import CHANNELS, SPEAKER_CHANNELS, Shape, tiny_voice

SHAPES = {
    "medium": Shape(),
    "high": Shape(resblock="1", rates=(2, 2, 2), kernels=(4, 4, 4), dilations=(1, 3, 5)),
    "many speakers": Shape(speakers=5),
    "fixed durations": Shape(has_duration_noise=False),
    "odd rates": Shape(rates=(3, 5), kernels=(7, 11)),
}


def feeds(shape: Shape, n_ids: int = 9) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    given = {
        "input": rng.integers(3, 30, (1, n_ids)),
        "input_lengths": np.array([n_ids]),
        "scales": np.array([0.7, 1.1, 0.8], np.float32),
    }
    if shape.has_duration_noise:
        given["duration_noise"] = rng.standard_normal((1, 2, n_ids), np.float32)
    return given | ({"sid": np.array([shape.speakers - 1])} if shape.speakers > 1 else {})


@pytest.mark.parametrize("what", SHAPES)
def test_the_parts_in_a_row_are_the_whole(what: str) -> None:
    shape = SHAPES[what]
    parts = cut_vits(tiny_voice(shape))
    given = feeds(shape)
    mean, log_sd, durations, *speaker = run(parts.text, **given)
    frames = durations[0, 0].astype(int)
    noise = np.random.default_rng(4).standard_normal((1, CHANNELS, frames.sum()), np.float32)
    latents = np.repeat(mean, frames, 2) + noise * np.exp(np.repeat(log_sd, frames, 2)) * given["scales"][0]
    condition = {"speaker": speaker[0]} if speaker else {}
    (z,) = run(parts.flow, latents=latents, mask=np.ones((1, 1, frames.sum()), np.float32), **condition)
    (waveform,) = run(parts.decoder, frames=z, **condition)
    (expected,) = run(parts.whole, prior_noise=noise, **given)
    assert expected.shape == (1, 1, frames.sum() * shape.hop_samples)
    np.testing.assert_allclose(waveform, expected, atol=1e-6)
    assert np.abs(expected).max() > 0.01


def test_the_whole_with_its_noise_outside_is_the_voice_as_it_was() -> None:
    model = tiny_voice()
    given = feeds(Shape()) | {"scales": np.array([0, 1.1, 0], np.float32)}
    noiseless = {name: value for name, value in given.items() if name != "duration_noise"}
    (expected,) = run(model, **noiseless)
    noise = np.zeros((1, CHANNELS, expected.size // Shape().hop_samples), np.float32)
    (found,) = run(cut_vits(model).whole, prior_noise=noise, **given)
    np.testing.assert_array_equal(found.ravel(), expected.ravel())


def test_a_voice_of_many_speakers_gives_the_embedding_to_flow_and_decoder() -> None:
    found = find_tensors(read_graph(tiny_voice(Shape(speakers=3))))
    assert found.speaker is not None
    assert (found.channels, found.speaker_channels) == (CHANNELS, SPEAKER_CHANNELS)
    parts = cut_vits(tiny_voice(Shape(speakers=3)))
    assert [output.name for output in parts.text.graph.output] == ["mean", "log_sd", "durations", "speaker"]
    for part in (parts.flow, parts.decoder):
        assert "speaker" in {given.name for given in part.graph.input}


def test_a_voice_that_also_gives_its_durations_is_cut_all_the_same() -> None:
    model = tiny_voice()
    durations = find_tensors(read_graph(model)).durations
    model.graph.output.append(helper.make_tensor_value_info(durations, onnx.TensorProto.FLOAT, [1, 1, "p"]))
    assert find_tensors(read_graph(model)).durations == durations


def changed(model: ModelProto, operator: str, to: str, *, keep: int = 0) -> ModelProto:
    """Another operator in the place of one, wherever it stands but for the last `keep` places."""
    nodes = [node for node in model.graph.node if node.op_type == operator]
    for node in nodes[: len(nodes) - keep]:
        node.op_type = to
    return model


@pytest.mark.parametrize(
    ("operator", "to", "why"),
    [
        ("Ceil", "Floor", "it has no rounding up of durations (Ceil), not one"),
        ("RandomNormalLike", "Identity", "it has no noise after the durations, not one"),
        ("Exp", "Abs", "the prior's noise is not multiplied by exp(log sd)"),
        ("MatMul", "Add", "mean and log sd are not repeated by a matrix of ones and zeros (MatMul)"),
    ],
)
def test_what_is_no_vits_voice_is_refused_by_what_it_lacks(operator: str, to: str, why: str) -> None:
    model = changed(tiny_voice(Shape(has_duration_noise=False)), operator, to)
    with pytest.raises(NotVitsError) as caught:
        find_tensors(read_graph(model))
    assert str(caught.value) == f"The graph is not a VITS voice that can be cut: {why}."


def test_a_graph_with_other_inputs_is_refused() -> None:
    model = tiny_voice()
    del model.graph.input[2], model.graph.input[0]
    with pytest.raises(NotVitsError, match="it has no input input and no scales"):
        find_tensors(read_graph(model))
