"""The four-dimensional and the blocked forms compute what the graph did; only the kernels they get differ."""

import collections

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.errors import ExportError
from export.streaming.blocks import find_blocks
from export.streaming.graph import Graph, write_graph
from export.streaming.layout import four_dimensional
from export.streaming.plan import plan_stream
from export.streaming.residency import keep_blocked
from export.streaming.transform import StreamGraphs, stream_graphs
from export.surgery import serialised
from tests.export.streaming.random_graphs import graphs, pieces
from tests.export.streaming.tiny import Builder, Streamer, run, tall, whole_numbers


@given(graphs())
def test_four_dimensions_give_what_three_gave(graph: Graph) -> None:
    x = whole_numbers(graph.inputs[0].shape[1], 16)
    np.testing.assert_array_equal(run(four_dimensional(graph), x=tall(x))[0], tall(run(graph, x=x)[0]))


@given(graphs(), st.data())
def test_a_stream_in_four_dimensions_is_the_whole(graph: Graph, data: st.DataObject) -> None:
    graph = keep_blocked(graph, graph.nodes)
    plan = plan_stream(graph, "x", find_blocks(graph, "x"))
    streams = stream_graphs(plan)
    split = data.draw(pieces(plan.min_first_frames))
    x = whole_numbers(plan.channels["x"], sum(split))
    flat = StreamGraphs(*(four_dimensional(each) for each in (streams.first, streams.mid, streams.last)))
    parts = Streamer(flat).stream(tall(x), split)
    np.testing.assert_array_equal(np.concatenate(parts, -1), tall(run(graph, x=x)[0]))


def test_operators_with_axes_pads_and_parameters_are_rewritten() -> None:
    build = Builder(channels=4, opset=18)
    ints = build.constant([2, 1], np.int64), build.constant([2], np.int64)
    padded = build.add("Pad", "x", ints[0], "", ints[1])
    padded = build.add("Pad", padded, build.constant([0, 0, 1, 0, 0, 0], np.int64), mode="edge")
    slopes = build.add("PRelu", build.conv(padded, 3, group=2), build.constant(np.full((4, 1), 0.5)))
    normal = build.add("BatchNormalization", slopes, *(build.constant([1, 2, 3, 4]) for _ in range(4)), epsilon=0.0)
    soft = build.add("Softmax", normal, axis=-2)
    half = build.add("Slice", soft, *(build.constant([value], np.int64) for value in (0, 2, 1, 1)), channels=2)
    joined = build.add("Concat", half, half, axis=-2, channels=4)
    graph = build.graph(build.add("Add", joined, build.constant(np.arange(4).reshape(1, 4, 1))))
    x = whole_numbers(4, 12)
    np.testing.assert_allclose(run(four_dimensional(graph), x=tall(x))[0], tall(run(graph, x=x)[0]), rtol=1e-6)


def test_an_operator_of_unknown_layout_is_refused() -> None:
    build = Builder()
    with pytest.raises(ExportError, match=r"/transpose0 \(Transpose\) cannot be brought into the blocked layout"):
        four_dimensional(build.graph(build.add("Transpose", "x", perm=[0, 2, 1])))


def vocoder_stage() -> Graph:
    """An upsampling and two residual paths, of channels that fill the blocks of every processor."""
    build = Builder(channels=16)
    high = build.up(build.add("LeakyRelu", build.conv("x", 3, out=32), alpha=0.1), 4, 2, out=16)
    paths = []
    for kernel in (3, 5):
        once = build.add("Add", build.conv(build.add("LeakyRelu", high, alpha=0.1), kernel), high)
        twice = build.add("Add", build.conv(build.add("LeakyRelu", once, alpha=0.1), kernel, dilations=[2]), once)
        paths.append(twice)
    final = build.add("LeakyRelu", build.add("Add", *paths), alpha=0.01)
    return build.graph(build.conv(final, 7, out=16))


def optimised_operators(graph: Graph, tmp_path: object, frames: int) -> collections.Counter[str]:
    """The operators that onnxruntime is left with after its optimisation for a fixed number of frames."""
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = f"{tmp_path}/optimised.onnx"
    options.add_free_dimension_override_by_name("frames", frames)
    ort.InferenceSession(serialised(write_graph(graph)), options, providers=["CPUExecutionProvider"])
    return collections.Counter(node.op_type for node in onnx.load(options.optimized_model_filepath).graph.node)


def test_copies_change_nothing_and_keep_a_stage_in_the_blocked_layout(tmp_path: object) -> None:
    graph = vocoder_stage()
    kept = keep_blocked(graph, graph.nodes)
    x = whole_numbers(16, 12)
    (expected,) = run(graph, x=x)
    np.testing.assert_array_equal(run(kept, x=x)[0], expected)

    before = optimised_operators(four_dimensional(graph), tmp_path, 16)
    after = optimised_operators(four_dimensional(kept), tmp_path, 16)
    if "ReorderInput" not in before:
        pytest.skip("this processor has no blocked kernels")
    assert after["LeakyRelu"] < before["LeakyRelu"]
    assert after["ReorderInput"] + after["ReorderOutput"] < before["ReorderInput"] + before["ReorderOutput"]


def test_only_the_nodes_that_are_named_get_copies() -> None:
    graph = vocoder_stage()
    assert keep_blocked(graph, []).nodes == graph.nodes
    kept = keep_blocked(graph, [node for node in graph.nodes if node.op_type == "ConvTranspose"])
    assert len(kept.nodes) == len(graph.nodes) + 1
