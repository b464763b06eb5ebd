"""Every operator that streams: the calls of a stream give, in a row, what one call on the whole gives, bit for bit."""

import itertools

import numpy as np
import pytest

from export.streaming.plan import plan_stream
from tests.export.streaming.tiny import Builder, assert_streams_exactly, run, streamed, whole_numbers


@pytest.mark.parametrize(("kernel", "dilation"), [*itertools.product((1, 2, 3, 4, 7), (1, 2, 5))])
def test_a_convolution_streams_with_any_kernel_and_dilation(kernel: int, dilation: int) -> None:
    build = Builder()
    assert_streams_exactly(build.graph(build.conv("x", kernel, dilations=[dilation])), frames=60)


@pytest.mark.parametrize("pads", [[0, 0], [4, 0], [0, 4], [1, 2], [6, 5]])
def test_a_convolution_streams_with_any_padding(pads: list[int]) -> None:
    build = Builder()
    assert_streams_exactly(build.graph(build.conv("x", 5, same=False, pads=pads)))


@pytest.mark.parametrize("auto_pad", ["SAME_UPPER", "SAME_LOWER", "VALID"])
def test_a_convolution_streams_with_automatic_padding(auto_pad: str) -> None:
    build = Builder()
    assert_streams_exactly(build.graph(build.conv("x", 4, same=False, auto_pad=auto_pad)))


@pytest.mark.parametrize(("kernel", "stride"), [(2, 2), (3, 2), (4, 2), (5, 4), (8, 4)])
@pytest.mark.parametrize("before", [1, 3, 4])
def test_a_convolution_with_a_stride_streams_after_upsampling(kernel: int, stride: int, before: int) -> None:
    build = Builder()
    high = build.conv(build.up("x", 8, 4), before)
    assert_streams_exactly(build.graph(build.conv(high, kernel, strides=[stride])))


def test_a_convolution_in_groups_streams() -> None:
    build = Builder(channels=4)
    assert_streams_exactly(build.graph(build.conv("x", 3, group=2)))
    build = Builder(channels=4)
    assert_streams_exactly(build.graph(build.conv("x", 3, group=4)))


@pytest.mark.parametrize(("kernel", "stride"), [*itertools.product((1, 2, 3, 4, 8, 16), (1, 2, 3, 8))])
def test_upsampling_streams_with_any_kernel_and_stride(kernel: int, stride: int) -> None:
    build = Builder()
    assert_streams_exactly(build.graph(build.up("x", kernel, stride, out=3)))


@pytest.mark.parametrize(
    "attributes",
    [
        {"pads": [0, 0]},
        {"pads": [3, 0]},
        {"pads": [0, 5]},
        {"pads": [2, 3], "output_padding": [1]},
        {"pads": [4, 4], "dilations": [3]},
        {"pads": [1, 2], "group": 2},
    ],
)
def test_upsampling_streams_with_any_padding_dilation_and_group(attributes: dict[str, object]) -> None:
    build = Builder(channels=4)
    assert_streams_exactly(build.graph(build.up("x", 6, 3, out=6, **attributes)))


@pytest.mark.parametrize(
    ("mode", "pads"), [("constant", (3, 2)), ("constant", (0, 4)), ("edge", (2, 0)), ("reflect", (3, 0))]
)
def test_padding_streams_on_its_own_and_before_a_convolution(mode: str, pads: tuple[int, int]) -> None:
    for then_conv in (False, True):
        build = Builder()
        amounts = build.constant([0, 0, pads[0], 0, 0, pads[1]], np.int64)
        padded = build.add("Pad", build.conv("x", 3), amounts, mode=mode)
        assert_streams_exactly(build.graph(build.conv(padded, 4, same=False) if then_conv else padded))


def test_padding_streams_by_axes_and_with_a_value() -> None:
    build = Builder(opset=18)
    amounts, value, axes = build.constant([2, 1], np.int64), build.constant(7.0), build.constant([-1], np.int64)
    padded = build.add("Pad", "x", amounts, value, axes)
    assert_streams_exactly(build.graph(build.conv(padded, 3)))


@pytest.mark.parametrize("operator", ["Relu", "Abs", "Neg", "Identity", "Sign", "Floor"])
def test_operators_on_single_samples_stream(operator: str) -> None:
    build = Builder()
    assert_streams_exactly(build.graph(build.conv(build.add(operator, build.conv("x", 3)), 3)))


@pytest.mark.parametrize("operator", ["Tanh", "Sigmoid", "Exp", "Sin", "Softplus", "Elu", "LeakyRelu"])
def test_operators_that_round_stream_within_rounding(operator: str) -> None:
    build = Builder()
    scaled = build.add("Mul", build.conv("x", 3), build.constant(0.01))
    graph = build.graph(build.conv(build.add(operator, scaled), 3))
    plan = plan_stream(graph, "x")
    x = whole_numbers(2, 50)
    np.testing.assert_allclose(streamed(plan, x, [9, 1, 30, 10]), run(graph, x=x)[0], atol=1e-5)


@pytest.mark.parametrize("operator", ["Add", "Sub", "Mul", "Max", "Min", "Sum"])
def test_two_paths_of_different_delay_meet_at_the_same_time(operator: str) -> None:
    build = Builder()
    late, early = build.conv("x", 7), build.conv("x", 3)
    both = build.add(operator, early, late)
    assert_streams_exactly(build.graph(build.conv(build.add(operator, both, "x"), 3)))


@pytest.mark.parametrize("shape", [(), (1,), (2, 1), (1, 2, 1), (1, 1, 1)])
def test_constants_that_do_not_change_with_time_join_the_stream(shape: tuple[int, ...]) -> None:
    build = Builder()
    offset = build.constant(np.full(shape, 3))
    halved = build.add("Div", build.add("Add", offset, build.conv("x", 3)), build.constant(2.0))
    assert_streams_exactly(build.graph(build.add("Sub", halved, offset)))


def test_channels_can_be_joined_split_and_reordered() -> None:
    build = Builder(channels=4)
    ints = lambda *values: build.constant(values, np.int64)  # noqa: E731 - read as a literal below
    first = build.add("Split", build.conv("x", 5), ints(1, 3), axis=1, outputs=2, channels=1)
    second = first.replace("_0", "_1")
    build.channels[second] = 3
    joined = build.add("Concat", build.conv(second, 3), first, axis=1, channels=4)
    reversed_ = build.add("Slice", joined, ints(-1), ints(-(2**60)), ints(1), ints(-1), channels=4)
    half = build.add("Slice", build.add("Add", reversed_, "x"), ints(0), ints(2), ints(-2), channels=2)
    assert_streams_exactly(build.graph(build.conv(half, 3)))


def test_batch_normalisation_in_its_trained_form_streams() -> None:
    build = Builder()
    scale, bias, mean = (build.constant([1, 2]) for _ in range(3))
    variance = build.constant([1, 4])
    graph = build.graph(build.add("BatchNormalization", build.conv("x", 3), scale, bias, mean, variance, epsilon=0.0))
    assert_streams_exactly(graph)


def test_a_condition_that_is_the_same_in_every_call_joins_the_stream() -> None:
    build = Builder()
    build.inputs.append(build.inputs[0].model_copy(update={"name": "speaker", "shape": (1, 3, 1)}))
    build.channels["speaker"] = 3
    conditioned = build.add("Add", build.conv("x", 3), build.conv("speaker", 1, out=2))
    graph = build.graph(build.conv(build.add("Relu", conditioned), 5))
    x, speaker = whole_numbers(2, 30), whole_numbers(3, 1)
    np.testing.assert_array_equal(
        streamed(plan_stream(graph, "x"), x, [7, 10, 1, 12], speaker=speaker), run(graph, x=x, speaker=speaker)[0]
    )


def test_a_path_of_nothing_but_renaming_streams() -> None:
    build = Builder()
    amounts = build.constant([0, 0, 0, 0, 0, 0], np.int64)
    assert_streams_exactly(build.graph(build.add("Pad", "x", amounts)))
