"""The cut: a piece of a graph computes exactly what it computed in the whole."""

import numpy as np
import onnxruntime as ort
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper

from export.errors import ExportError
from export.surgery import cut, parsed, serialised
from server.runtime.model_card import TensorSpec

X = TensorSpec(name="x", dtype="float32", shape=(1, 4))
MIDDLE = TensorSpec(name="middle", dtype="float32", shape=(1, 3))
Y = TensorSpec(name="y", dtype="float32", shape=(1, 2))
TENSOR_OF = {"middle": "/first/MatMul_output_0"}


def two_layers() -> ModelProto:
    """x [1,4] -> MatMul -> Relu -> MatMul -> y [1,2], and a weight that both halves use."""
    rng = np.random.default_rng(0)
    weights = {
        "first": rng.normal(size=(4, 3)).astype(np.float32),
        "second": rng.normal(size=(3, 2)).astype(np.float32),
        "half": np.array(0.5, np.float32),
    }
    nodes = [
        helper.make_node("Mul", ["x", "half"], ["/first/Mul_output_0"], "scale"),
        helper.make_node("MatMul", ["/first/Mul_output_0", "first"], ["/first/MatMul_output_0"], "one"),
        helper.make_node("Relu", ["/first/MatMul_output_0"], ["/second/Relu_output_0"], "relu"),
        helper.make_node("Mul", ["/second/Relu_output_0", "half"], ["/second/Mul_output_0"], "scale again"),
        helper.make_node("MatMul", ["/second/Mul_output_0", "second"], ["y"], "two"),
    ]
    graph = helper.make_graph(
        nodes,
        "two layers",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2])],
        [numpy_helper.from_array(weight, name) for name, weight in weights.items()],
        value_info=[helper.make_tensor_value_info("/second/Relu_output_0", TensorProto.FLOAT, [1, 3])],
    )
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("unused.domain", 1)], ir_version=9
    )


def run(model: ModelProto, feed: dict[str, np.ndarray]) -> np.ndarray:
    session = ort.InferenceSession(serialised(model), providers=["CPUExecutionProvider"])
    return session.run(None, feed)[0]


def test_the_halves_in_a_row_give_what_the_whole_gives() -> None:
    whole = two_layers()
    first, second = cut(whole, "first", [X], [MIDDLE], TENSOR_OF), cut(whole, "second", [MIDDLE], [Y], TENSOR_OF)
    x = np.random.default_rng(1).normal(size=(1, 4)).astype(np.float32)
    assert np.array_equal(run(second, {"middle": run(first, {"x": x})}), run(whole, {"x": x}))


def test_a_piece_holds_only_the_nodes_weights_shapes_and_domains_it_needs() -> None:
    second = cut(two_layers(), "second", [MIDDLE], [Y], TENSOR_OF)
    assert [node.name for node in second.graph.node] == ["relu", "scale again", "two"]
    assert [weight.name for weight in second.graph.initializer] == ["second", "half"]
    assert [info.name for info in second.graph.value_info] == ["/second/Relu_output_0"]
    assert [opset.domain for opset in second.opset_import] == [""]


def test_the_tensors_at_the_cut_carry_our_names() -> None:
    first = cut(two_layers(), "first", [X], [MIDDLE], TENSOR_OF)
    assert [value.name for value in first.graph.input] == ["x"]
    assert [value.name for value in first.graph.output] == ["middle"]


def test_the_model_that_is_cut_stays_as_it_was() -> None:
    whole = two_layers()
    before = serialised(whole)
    cut(whole, "first", [X], [MIDDLE], TENSOR_OF)
    assert serialised(whole) == before


def test_the_same_cut_gives_the_same_bytes() -> None:
    once, again = (serialised(cut(two_layers(), "second", [MIDDLE], [Y], TENSOR_OF)) for _ in range(2))
    assert once == again
    assert serialised(parsed(once)) == once


def test_a_tensor_that_nothing_computes_is_refused_by_name() -> None:
    with pytest.raises(ExportError, match="nothing in it computes the tensor /no/such"):
        cut(two_layers(), "first", [X], [MIDDLE], {"middle": "/no/such"})


def test_an_output_that_needs_more_than_the_inputs_is_refused() -> None:
    with pytest.raises(ExportError, match="nothing in it computes the tensor x"):
        cut(two_layers(), "second", [], [Y], {})


def test_bytes_that_are_no_graph_are_refused() -> None:
    with pytest.raises(ExportError, match="not an ONNX model"):
        parsed(b"\xff\xff\xff not a graph")
