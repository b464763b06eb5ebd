"""Builds tiny convolutional graphs, and runs them whole and as streams, for the tests of the streaming rewrite."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from onnx import ModelProto, NodeProto, helper

from export.streaming.graph import Graph, read_graph, write_graph
from export.streaming.plan import Plan, plan_stream
from export.streaming.transform import StreamGraphs, stream_graphs
from export.surgery import serialised
from server.runtime.model_card import TensorSpec

Floats = npt.NDArray[np.float32]


class Builder:
    """Writes a graph node by node. Weights are small whole numbers, so that float32 sums of them are exact."""

    def __init__(self, channels: int = 2, seed: int = 0, opset: int = 17) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, npt.NDArray[Any]] = {}
        self.inputs = [TensorSpec(name="x", dtype="float32", shape=(1, channels, "frames"))]
        self.channels = {"x": channels}
        self.rng = np.random.default_rng(seed)
        self.opset = opset

    def constant(self, value: Any, dtype: type = np.float32) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = np.array(value, dtype)
        return name

    def weights(self, *shape: int) -> str:
        return self.constant(self.rng.integers(-2, 3, shape))

    def add(self, operator: str, *inputs: str, outputs: int = 1, channels: int | None = None, **attributes: Any) -> str:
        name = f"{operator.lower()}{len(self.nodes)}"
        names = [name] if outputs == 1 else [f"{name}_{index}" for index in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, names, f"/{name}", **attributes))
        for each in names:
            self.channels[each] = channels or self.channels.get(inputs[0], 0)
        return names[0]

    def conv(self, x: str, kernel: int, *, out: int | None = None, same: bool = True, **attributes: Any) -> str:
        channels = self.channels[x]
        reach = (kernel - 1) * attributes.get("dilations", [1])[0]
        if same:
            attributes["pads"] = [reach // 2, reach - reach // 2]
        group = attributes.get("group", 1)
        weight = self.weights(out or channels, channels // group, kernel)
        return self.add("Conv", x, weight, self.weights(out or channels), channels=out or channels, **attributes)

    def up(self, x: str, kernel: int, stride: int, *, out: int | None = None, **attributes: Any) -> str:
        channels = self.channels[x]
        if "pads" not in attributes:
            spare = max(kernel - stride, 0)
            attributes["pads"] = [spare // 2, spare - spare // 2]
            if kernel < stride:
                attributes["output_padding"] = [stride - kernel]
        group = attributes.get("group", 1)
        out = out or channels
        weight, bias = self.weights(channels, out // group, kernel), self.weights(out)
        return self.add("ConvTranspose", x, weight, bias, channels=out, strides=[stride], **attributes)

    def graph(self, output: str) -> Graph:
        spec = TensorSpec(name=output, dtype="float32", shape=(1, self.channels[output], "samples"))
        return Graph("tiny", tuple(self.nodes), self.constants, tuple(self.inputs), (spec,), self.opset, 9)


def run(graph: Graph | ModelProto, **feeds: npt.NDArray[Any]) -> list[Floats]:
    """All outputs of a graph, unoptimised so that the order of its sums is the same whatever the length."""
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    model = write_graph(graph) if isinstance(graph, Graph) else graph
    return ort.InferenceSession(serialised(model), options, providers=["CPUExecutionProvider"]).run(None, feeds)


class Streamer:
    """Calls the three graphs of a stream one after the other."""

    def __init__(self, graphs: StreamGraphs, source: str = "x", **still: npt.NDArray[Any]) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self.sessions = {
            call: ort.InferenceSession(serialised(write_graph(graph)), options, providers=["CPUExecutionProvider"])
            for call, graph in (("first", graphs.first), ("mid", graphs.mid), ("last", graphs.last))
        }
        self.source = source
        self.still = still

    def stream(self, x: Floats, pieces: Sequence[int]) -> list[Floats]:
        """What each call gives; the pieces are lengths along the last axis and sum up to that of `x`."""
        given, states, start = [], {}, 0
        for index, piece in enumerate(pieces):
            call = "first" if index == 0 else "last" if index == len(pieces) - 1 else "mid"
            feeds = {self.source: x[..., start : start + piece], **self.still, **states}
            known = {info.name for info in self.sessions[call].get_inputs()}
            output, *kept = self.sessions[call].run(None, {name: feeds[name] for name in feeds if name in known})
            states = {f"state_{number}": state for number, state in enumerate(kept)}
            given.append(output)
            start += piece
        return given


def streamed(plan: Plan, x: Floats, pieces: Sequence[int], **still: npt.NDArray[Any]) -> Floats:
    """The output of the stream as one array."""
    return np.concatenate(Streamer(stream_graphs(plan), plan.source, **still).stream(x, pieces), -1)


def whole_numbers(channels: int, frames: int, seed: int = 0) -> Floats:
    """Input of small whole numbers: float32 [1, channels, frames]."""
    return np.random.default_rng(seed).integers(-3, 4, (1, channels, frames)).astype(np.float32)


def assert_streams_exactly(graph: Graph, frames: int = 40, middle: Sequence[int] = (1, 7, 2)) -> None:
    """The stream gives the whole's output, bit for bit, for a few ways to divide the input."""
    plan = plan_stream(graph, "x")
    x = whole_numbers(plan.channels["x"], frames)
    (expected,) = run(graph, x=x)
    streamer = Streamer(stream_graphs(plan))
    first = plan.min_first_frames
    for pieces in ([first, frames - first], [first, *middle, frames - first - sum(middle)], [frames - 1, 1]):
        given = streamer.stream(x, pieces)
        np.testing.assert_array_equal(np.concatenate(given, -1), expected, err_msg=str(pieces))
        rate, delay = plan.clock.rate, plan.clock.delay
        assert [part.shape[-1] for part in given[:-1]] == [
            rate * piece - (delay if index == 0 else 0) for index, piece in enumerate(pieces[:-1])
        ]


def reread(graph: Graph) -> Graph:
    """The graph as it comes back from a file."""
    return read_graph(write_graph(graph))


def tall(x: Floats) -> Floats:
    """An array [1, channels, time] as [1, channels, 1, time]."""
    return x[:, :, np.newaxis]
