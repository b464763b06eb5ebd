"""An int8 convolution written as a matrix product gives the same integers, whatever its shape."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import ModelProto, TensorProto, helper, numpy_helper

from export.integer_products import with_matrix_products
from server.runtime.sessions import open_session


def convolution(codes: npt.NDArray[np.uint8], *, zero: int = 120, group: int = 1, **attributes: object) -> ModelProto:
    """x uint8 [1, C, T], its zero point -> ConvInteger -> y int32."""
    channels = codes.shape[1] * group
    node = helper.make_node(
        "ConvInteger", ["x", "codes", "x_zero", "zero"], ["y"], name="conv", group=group, **attributes
    )
    graph = helper.make_graph(
        [node],
        "quantised",
        [
            helper.make_tensor_value_info("x", TensorProto.UINT8, [1, channels, "T"]),
            helper.make_tensor_value_info("x_zero", TensorProto.UINT8, []),
        ],
        [helper.make_tensor_value_info("y", TensorProto.INT32, [1, len(codes), "U"])],
        [numpy_helper.from_array(codes, "codes"), numpy_helper.from_array(np.array(zero, np.uint8), "zero")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def output(model: ModelProto, x: npt.NDArray[np.uint8], zero: int) -> npt.NDArray[np.int32]:
    feeds = {"x": x, "x_zero": np.array(zero, np.uint8)}
    result: npt.NDArray[np.int32] = open_session(model.SerializeToString()).session.run(["y"], feeds)[0]
    return result


def operators(model: ModelProto) -> set[str]:
    return {node.op_type for node in model.graph.node}


@given(
    kernel=st.sampled_from([1, 2, 3, 5]),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 3),
    pads=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    zeros=st.tuples(st.integers(0, 255), st.integers(0, 255)),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_convolution_along_time_is_a_matrix_product(
    kernel: int, stride: int, dilation: int, pads: tuple[int, int], zeros: tuple[int, int], seed: int
) -> None:
    draw = np.random.default_rng(seed)
    codes = draw.integers(0, 256, (17, 16, kernel), np.uint8)
    x = draw.integers(0, 256, (1, 16, int(draw.integers(15, 40))), np.uint8)
    model = convolution(
        codes, zero=zeros[0], kernel_shape=[kernel], strides=[stride], dilations=[dilation], pads=list(pads)
    )
    written = with_matrix_products(model)
    assert "ConvInteger" not in operators(written)
    np.testing.assert_array_equal(output(written, x, zeros[1]), output(model, x, zeros[1]))


@pytest.mark.parametrize(("shape", "group"), [((16, 3, 3), 1), ((3, 16, 3), 1), ((32, 16, 3), 2)])
def test_narrow_and_grouped_convolutions_stay(shape: tuple[int, int, int], group: int) -> None:
    model = convolution(np.ones(shape, np.uint8), group=group, kernel_shape=[3])
    assert operators(with_matrix_products(model)) == {"ConvInteger"}


def test_the_model_given_stays_as_it_was_and_weights_that_nobody_reads_go() -> None:
    model = convolution(np.ones((16, 16, 3), np.uint8), kernel_shape=[3])
    before = model.SerializeToString(deterministic=True)
    written = with_matrix_products(model)
    assert model.SerializeToString(deterministic=True) == before
    assert "codes" not in {weight.name for weight in written.graph.initializer}
