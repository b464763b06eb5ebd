"""The event net's graph is the net that was trained."""

import io
from pathlib import Path

import numpy as np
import onnx
import pytest

from export.errors import ExportError
from export.foley.event_net import recipe
from export.foley.event_net.weights import Weights, load_weights, save_weights
from export.progress import LineProgress
from server.engines.foley.event_net_shape import OUTPUTS, STATE_SHAPES


def test_the_graph_answers_as_the_trained_net_did_and_remembers_what_the_server_expects(tmp_path: Path) -> None:
    card = recipe.RECIPE.build({}, tmp_path, LineProgress(io.StringIO()))
    graph = onnx.load(tmp_path / card.graphs["net"].file).graph
    shapes = {value.name: tuple(d.dim_value for d in value.type.tensor_type.shape.dim) for value in graph.input}
    assert {name: shape for name, shape in shapes.items() if name in STATE_SHAPES} == STATE_SHAPES
    assert list(shapes) == ["pictures", "gaps_s", *STATE_SHAPES]
    assert [value.name for value in graph.output] == ["answers", *(f"next_{name}" for name in STATE_SHAPES)]


def test_the_same_weights_give_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        recipe.RECIPE.build({}, tmp_path / name, LineProgress(io.StringIO()))
        made.append((tmp_path / name / "net.onnx").read_bytes())
    assert made[0] == made[1]


def test_a_graph_that_answers_otherwise_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    true = load_weights()
    layers = {**true.layers, "third.weight": true.layers["third.weight"] * 1.1}
    monkeypatch.setattr(recipe, "load_weights", lambda: Weights(layers, true.threshold, true.check))
    with pytest.raises(ExportError, match="differs from the trained net"):
        recipe.RECIPE.build({}, tmp_path, LineProgress(io.StringIO()))


def test_a_norm_after_a_convolution_is_folded_into_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    kernel, gain, bias, mean, variance = rng.normal(size=(4, 3)), *rng.uniform(0.5, 2, (4, 4))
    state = {
        "layer.0.weight": kernel[..., None, None],
        "layer.1.weight": gain,
        "layer.1.bias": bias,
        "layer.1.running_mean": mean,
        "layer.1.running_var": variance,
        "layer.1.num_batches_tracked": 7,
        "answer.weight": np.ones((2, 4, 1, 1)),
        "answer.bias": np.ones(2),
    }
    save_weights(tmp_path / "weights.npz", state, 0.3, np.zeros((1, len(OUTPUTS), 1, 1), np.float32))
    weights = load_weights(tmp_path / "weights.npz")
    x = rng.normal(size=3)
    wanted = (kernel @ x - mean) / np.sqrt(variance) * gain + bias
    found = weights.layers["layer.weight"][..., 0, 0] @ x + weights.layers["layer.bias"]
    assert found == pytest.approx(wanted, abs=0.02)
    assert weights.threshold == pytest.approx(0.3)
    assert set(weights.layers) == {"layer.weight", "layer.bias", "answer.weight", "answer.bias"}
