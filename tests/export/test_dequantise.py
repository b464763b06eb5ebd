"""A graph without its dynamic quantisation computes with the same weights, and rounds nothing."""

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper

from export.dequantise import dequantised, quantised_products
from export.errors import ExportError
from server.runtime.sessions import open_session

CODES = np.random.default_rng(0).integers(-128, 128, (4, 3, 5)).astype(np.int8)
BIAS = np.array([0.5, -1.0, 0.0, 2.0], np.float32)


def model(*, scale: npt.ArrayLike, zero: npt.ArrayLike, with_bias: bool = True) -> ModelProto:
    """x [1, 3, T] -> ConvInteger, as onnxruntime's dynamic quantisation writes it -> y [1, 4, T - 4]."""
    node = helper.make_node
    nodes = [
        node("DynamicQuantizeLinear", ["x"], ["xq", "xs", "xz"]),
        node("ConvInteger", ["xq", "codes", "xz", "zero"], ["product"], name="conv", kernel_shape=[5]),
        node("Mul", ["xs", "scale"], ["step"]),
    ]
    if with_bias:
        nodes += [
            node("Div", ["bias", "step_of_bias"], ["bias_in_steps"]),
            node("Floor", ["bias_in_steps"], ["bias_floor"]),
            node("Cast", ["bias_floor"], ["bias_whole"], to=TensorProto.INT32),
            node("Reshape", ["bias_whole", "bias_shape"], ["bias_column"]),
            node("Add", ["product", "bias_column"], ["biased"]),
        ]
        nodes.insert(3, node("Reshape", ["step", "flat"], ["step_of_bias"]))
    nodes += [
        node("Cast", ["biased" if with_bias else "product"], ["number"], to=TensorProto.FLOAT),
        node("Mul", ["number", "step"], ["y"]),
    ]
    constants = {
        "codes": CODES,
        "zero": np.asarray(zero, np.int8),
        "scale": np.asarray(scale, np.float32),
        "bias": BIAS,
        "bias_shape": np.array([1, 4, 1], np.int64),
        "flat": np.array([-1], np.int64),
    }
    graph = helper.make_graph(
        nodes,
        "quantised",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, "T"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4, "U"])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def output(graph: ModelProto, x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    result: npt.NDArray[np.float32] = open_session(graph.SerializeToString()).session.run(["y"], {"x": x})[0]
    return result


@pytest.mark.parametrize("with_bias", [True, False])
def test_only_the_rounding_of_activations_goes(with_bias: bool) -> None:
    quantised = model(scale=0.01, zero=3, with_bias=with_bias)
    x = np.random.default_rng(1).normal(size=(1, 3, 40)).astype(np.float32)
    weights = (CODES.astype(np.float32) - 3) * np.float32(0.01)
    shifted = np.stack([x[0, :, start : start + 36] for start in range(5)], axis=2)
    exact = np.einsum("cik,itk->ct", weights, shifted) + (BIAS[:, np.newaxis] if with_bias else 0)
    np.testing.assert_allclose(output(dequantised(quantised), x)[0], exact, atol=1e-4)
    # The graph it is made from is as near as eight bits can be.
    np.testing.assert_allclose(output(quantised, x)[0], exact, atol=0.5)


def test_nothing_of_the_quantisation_is_left() -> None:
    graph = dequantised(model(scale=0.01, zero=0)).graph
    assert [node.op_type for node in graph.node] == ["Conv"]
    assert {weight.data_type for weight in graph.initializer} == {TensorProto.FLOAT}


def test_a_product_tells_its_weights_by_channel() -> None:
    scale = np.array([0.1, 0.2, 0.3, 0.4], np.float32)
    quantised = model(scale=0.01, zero=0)
    stored = next(weight for weight in quantised.graph.initializer if weight.name == "scale")
    stored.CopyFrom(numpy_helper.from_array(scale, "scale"))
    product = quantised_products(quantised)["conv"]
    np.testing.assert_allclose(product.weight(), CODES * scale[:, np.newaxis, np.newaxis], rtol=1e-6)
    assert (product.source, product.output, product.bias) == ("x", "y", "bias")


def test_quantisation_in_another_manner_is_refused() -> None:
    quantised = model(scale=0.01, zero=0)
    cast = next(node for node in quantised.graph.node if node.output[0] == "number")
    cast.op_type = "Identity"
    del cast.attribute[:]
    with pytest.raises(ExportError, match="conv"):
        dequantised(quantised)


def test_the_model_that_is_given_is_not_changed() -> None:
    quantised = model(scale=0.01, zero=0)
    before = quantised.SerializeToString(deterministic=True)
    dequantised(quantised)
    assert quantised.SerializeToString(deterministic=True) == before
    onnx.checker.check_model(dequantised(quantised))
