"""Folding takes out what computes nothing, and the rest computes what the whole did."""

import numpy as np
import onnx
import pytest
from hypothesis import given
from onnx import helper

from export.streaming.fold import fold
from export.streaming.graph import Graph
from tests.export.streaming.random_graphs import graphs
from tests.export.streaming.tiny import Builder, reread, run, whole_numbers


def masked_coupling() -> Graph:
    """What torch's exporter makes of a coupling layer of a VITS flow: masks, zeros of the right shape, exp(0)."""
    build = Builder(channels=4)
    build.inputs.append(build.inputs[0].model_copy(update={"name": "mask", "shape": (1, 1, "frames")}))
    half = build.constant([2, 2], np.int64)
    first = build.add("Split", "x", half, axis=1, outputs=2, channels=2)
    second = first.replace("_0", "_1")
    hidden = build.add("Mul", build.conv(first, 3), "mask")
    zeros = build.add("ConstantOfShape", build.add("Shape", hidden))
    hidden = build.add("Add", zeros, build.add("Relu", hidden))
    means = build.add("Mul", build.conv(hidden, 1), "mask")
    logs = build.add("ConstantOfShape", build.add("Shape", means))
    moved = build.add("Sub", second, means)
    scaled = build.add("Mul", moved, build.add("Exp", build.add("Neg", logs)))
    joined = build.add("Concat", first, build.add("Mul", scaled, "mask"), axis=1, channels=4)
    return build.graph(build.add("Mul", joined, "mask"))


def operators(graph: Graph) -> list[str]:
    return [node.op_type for node in graph.nodes]


def test_a_mask_of_ones_and_zeros_of_any_shape_are_folded_away() -> None:
    graph = masked_coupling()
    folded = fold(reread(graph), {"mask": 1.0})
    assert operators(folded) == ["Split", "Conv", "Relu", "Conv", "Sub", "Concat"]
    assert [spec.name for spec in folded.inputs] == ["x"]
    x = whole_numbers(4, 20)
    (expected,) = run(graph, x=x, mask=np.ones((1, 1, 20), np.float32))
    np.testing.assert_array_equal(run(folded, x=x)[0], expected)


@pytest.mark.parametrize(
    "filled", [None, helper.make_tensor("v", 1, [1], [0.0]), helper.make_tensor("v", 1, [1], b"\0" * 4, raw=True)]
)
def test_zeros_of_a_shape_are_known_however_the_zero_is_written(filled: onnx.TensorProto | None) -> None:
    build = Builder()
    given = {} if filled is None else {"value": filled}
    zeros = build.add("ConstantOfShape", build.add("Shape", "x"), **given)
    assert operators(fold(build.graph(build.conv(build.add("Sub", "x", zeros), 3)))) == ["Conv"]


def test_a_mask_that_is_not_said_to_be_one_stays() -> None:
    folded = fold(masked_coupling())
    assert operators(folded).count("Mul") == 4
    assert [spec.name for spec in folded.inputs] == ["x", "mask"]


def test_the_output_keeps_its_name_where_its_node_is_folded_away() -> None:
    graph = masked_coupling()
    assert fold(graph, {"mask": 1.0}).nodes[-1].output == [graph.outputs[0].name]


def test_an_output_that_is_an_input_renamed_is_kept() -> None:
    build = Builder()
    folded = fold(build.graph(build.add("Identity", "x")))
    np.testing.assert_array_equal(run(folded, x=whole_numbers(2, 5))[0], whole_numbers(2, 5))


def test_a_neutral_operand_that_enlarges_the_other_stays() -> None:
    build = Builder(channels=1)
    widened = build.add("Mul", build.conv("x", 3), build.constant(np.ones((3, 1))), channels=3)
    graph = build.graph(build.conv(widened, 1))
    assert operators(fold(graph)) == ["Conv", "Mul", "Conv"]


def test_a_cut_that_takes_all_of_time_is_folded_away_and_no_other() -> None:
    def cut(start: int, end: int, axis: int) -> list[str]:
        build = Builder()
        bounds = [build.constant([value], np.int64) for value in (start, end, axis)]
        return operators(fold(build.graph(build.conv(build.add("Slice", "x", *bounds), 3))))

    everything = np.iinfo(np.int64).max
    assert cut(0, everything, 2) == cut(0, everything, -1) == ["Conv"]
    assert cut(1, everything, 2) == cut(0, 9, 2) == ["Slice", "Conv"]


def test_what_depends_on_constants_alone_is_computed_at_once() -> None:
    build = Builder()
    axes = build.add("Unsqueeze", build.constant(1, np.int64), build.constant([0], np.int64))
    start, end = build.constant([0], np.int64), build.constant([1], np.int64)
    graph = build.graph(build.conv(build.add("Slice", "x", start, end, axes, channels=1), 3))
    folded = fold(graph)
    assert operators(folded) == ["Slice", "Conv"]
    np.testing.assert_array_equal(run(folded, x=whole_numbers(2, 9))[0], run(graph, x=whole_numbers(2, 9))[0])


@given(graphs())
def test_folding_changes_nothing_where_nothing_can_be_folded(graph: Graph) -> None:
    x = whole_numbers(graph.inputs[0].shape[1], 16)
    np.testing.assert_array_equal(run(fold(graph), x=x)[0], run(graph, x=x)[0])
