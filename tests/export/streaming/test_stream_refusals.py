"""What cannot be streamed is refused in one sentence that names the node and its operator."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from onnx import TensorProto, helper

from export.errors import ExportError
from export.streaming.graph import Graph, read_graph
from export.streaming.operators import POINTWISE
from export.streaming.plan import plan_stream
from export.streaming.refusal import REASONS, CannotStreamError
from tests.export.streaming.tiny import Builder

Make = Callable[[Builder, str], str]


def ints(build: Builder, *values: int) -> str:
    return build.constant(values, np.int64)


CASES: dict[str, tuple[Make, str]] = {
    "instance normalisation": (
        lambda b, x: b.add("InstanceNormalization", x, b.constant([1, 1]), b.constant([0, 0])),
        "(InstanceNormalization) takes its statistics over the whole utterance",
    ),
    "average over time": (lambda b, x: b.add("GlobalAveragePool", x), "(GlobalAveragePool) takes an average over"),
    "mean": (lambda b, x: b.add("ReduceMean", x, axes=[2]), "(ReduceMean) needs the whole utterance"),
    "softmax over time": (lambda b, x: b.add("Softmax", x), "(Softmax) works along the time axis"),
    "softmax over the batch": (lambda b, x: b.add("Softmax", x, axis=0), "(Softmax) works along the batch axis"),
    "concatenation in time": (lambda b, x: b.add("Concat", x, x, axis=2), "(Concat) works along the time axis"),
    "cut in time": (
        lambda b, x: b.add("Slice", x, ints(b, 1), ints(b, 9), ints(b, 2)),
        "(Slice) works along the time axis",
    ),
    "sum so far": (lambda b, x: b.add("CumSum", x, b.constant(2, np.int64)), "(CumSum) adds up over the whole"),
    "length": (lambda b, x: b.add("Shape", x), "(Shape) asks how long the whole utterance is"),
    "transposition": (lambda b, x: b.add("Transpose", x, perm=[0, 2, 1]), "(Transpose) moves the time axis"),
    "attention": (lambda b, x: b.add("MatMul", x, b.add("Transpose", x, perm=[0, 2, 1])), "(Transpose) moves the time"),
    "recurrence": (
        lambda b, x: b.add("LSTM", x, b.weights(1, 8, 5), b.weights(1, 8, 2), hidden_size=2),
        "(LSTM) is recurrent",
    ),
    "an unknown operator": (
        lambda b, x: b.add("Hardmax", x, axis=1),
        "(Hardmax) is no operator that this version knows how to stream",
    ),
    "something that changes with time": (
        lambda b, x: b.add("Add", x, b.constant(np.arange(20).reshape(1, 1, 20))),
        "(Add) joins the stream with c",
    ),
    "paths of different lengths": (
        lambda b, x: b.add("Add", b.conv(x, 3, same=False), b.conv(x, 5, same=False)),
        "(Add) joins tensors of different lengths",
    ),
    "paths of different rates": (
        lambda b, x: b.add("Add", x, b.up(x, 2, 2)),
        "(Add) joins tensors of different lengths",
    ),
    "a stride below the frame rate": (lambda b, x: b.conv(x, 2, strides=[2]), "(Conv) has a stride that does not divi"),
    "a stride that leaps": (
        lambda b, x: b.conv(b.up(x, 2, 2), 1, strides=[2]),
        "(Conv) has a kernel smaller than its stride",
    ),
    "padding the end from the past": (
        lambda b, x: b.add("Pad", x, ints(b, 0, 0, 0, 0, 0, 2), mode="reflect"),
        "(Pad) makes the end by reflect padding",
    ),
    "padding channels": (lambda b, x: b.add("Pad", x, ints(b, 0, 1, 0, 0, 0, 0)), "(Pad) pads other axes than time"),
    "cutting by padding": (lambda b, x: b.add("Pad", x, ints(b, 0, 0, -1, 0, 0, 0)), "(Pad) cuts samples off"),
    "an end cut too far": (lambda b, x: b.up(x, 8, 2, pads=[0, 12]), "(ConvTranspose) leaves nothing to do for a last"),
    "a prescribed length": (lambda b, x: b.up(x, 4, 2, output_shape=[40]), "(ConvTranspose) prescribes the length"),
}


@pytest.mark.parametrize("what", CASES)
def test_what_needs_the_whole_is_refused_by_node_and_operator(what: str) -> None:
    make, expected = CASES[what]
    build = Builder()
    graph = build.graph(make(build, build.conv("x", 3)))
    with pytest.raises(CannotStreamError) as caught:
        plan_stream(graph, "x")
    sentence = str(caught.value)
    assert expected in sentence
    assert re.fullmatch(r"The graph cannot be streamed: the node /\w+ \(\w+\) .+\.", sentence), sentence


def test_weights_that_are_made_on_the_way_are_refused() -> None:
    build = Builder()
    build.inputs.append(build.inputs[0].model_copy(update={"name": "w", "shape": (2, 2, 3)}))
    with pytest.raises(CannotStreamError, match=r"\(Conv\) has weights that are not fixed"):
        plan_stream(build.graph(build.add("Conv", "x", "w")), "x")


def test_a_kernel_in_two_dimensions_is_refused() -> None:
    build = Builder()
    with pytest.raises(ExportError, match="must be"):
        plan_stream(
            Graph("flat", (), {}, (build.inputs[0].model_copy(update={"shape": (1, 2, 3, "frames")}),),
                  (build.inputs[0],), 17, 9),
            "x",
        )  # fmt: skip


def test_an_output_that_the_input_does_not_reach_is_refused() -> None:
    build = Builder()
    build.inputs.append(build.inputs[0].model_copy(update={"name": "other"}))
    build.channels["other"] = 2
    with pytest.raises(ExportError, match="does not depend on its input x"):
        plan_stream(build.graph(build.conv("other", 3)), "x")


def test_no_reason_is_given_for_an_operator_that_streams() -> None:
    assert not REASONS.keys() & (POINTWISE | {"Conv", "ConvTranspose", "Pad"})


@pytest.mark.parametrize(
    ("domain", "opset", "sentence"),
    [("com.microsoft", 17, "only ONNX's own can be rewritten"), ("", 11, "operator set 11; 13 or later")],
)
def test_graphs_that_cannot_be_read_are_refused(domain: str, opset: int, sentence: str) -> None:
    info = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    node = helper.make_node("Relu", ["x"], ["y"], domain=domain)
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)]
    with pytest.raises(ExportError, match=sentence):
        read_graph(helper.make_model(helper.make_graph([node], "g", [info], [out]), opset_imports=opsets))
