"""The event net as an ONNX graph that streams: a few pictures in, their answers out, what it remembers in and out."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from server.engines.foley.event_net_shape import (
    COLUMNS,
    CONTEXT_DILATIONS,
    LEAST_DEVIATION,
    MAP_DILATIONS,
    OUTPUTS,
    PAST,
    ROWS,
    STATE_SHAPES,
    USUAL_GAP_S,
)
from server.video.sizes import GREY_HEIGHT, GREY_WIDTH

Floats = npt.NDArray[np.float32]
_OPSET: Final = 18
_IR_VERSION: Final = 10


def build_graph(weights: Mapping[str, Floats]) -> onnx.ModelProto:
    """From weights as `load_weights` gives them.

    Inputs: `pictures` uint8 [t + PAST, GREY_HEIGHT, GREY_WIDTH], `gaps_s` float32 [t], the states. Outputs: `answers`
    float32 [t, outputs, ROWS, COLUMNS], of the pictures `LOOK_AHEAD` before those given; the next states.
    """
    build = _Builder()
    seen = _normalised(build)
    cells = build.node("Relu", build.conv(seen, *_first(weights), strides=[4, 4], pads=[2, 2, 2, 2]))
    for layer in ("second", "third"):
        cells = build.node("Relu", build.layer(cells, weights, layer, strides=[2, 2], pads=[1, 1, 1, 1]))
    for number, dilation in enumerate(MAP_DILATIONS):
        past = build.with_past(cells, f"cells_{dilation}", dilation)
        cells = build.node("Add", cells, build.node("Relu", build.layer(past, weights, f"over_time.{number}")))
        if number == 0:
            mixed = build.node("Relu", build.layer(cells, weights, "mixing", pads=[1, 1, 1, 1]))
            cells = build.node("Add", cells, mixed)
    pace = build.node("Log", build.node("Mul", "gaps_s", build.constant(np.float32(1 / USUAL_GAP_S))))
    pace = build.node("Reshape", pace, build.constant(np.array([-1, 1, 1, 1])))
    pooled = build.node(
        "Concat", build.node("GlobalMaxPool", cells), build.node("GlobalAveragePool", cells), pace, axis=1
    )
    whole = build.node("Relu", build.layer(pooled, weights, "narrow"))
    for number, dilation in enumerate(CONTEXT_DILATIONS):
        past = build.with_past(whole, f"context_{dilation}", dilation)
        whole = build.node("Add", whole, build.node("Relu", build.layer(past, weights, f"context.{number}")))
    known = build.node("Add", cells, build.layer(whole, weights, "widen"))
    hidden = build.node("Relu", build.layer(known, weights, "hidden"))
    build.node("Identity", build.layer(hidden, weights, "answer"), out="answers")
    return build.model()


def _normalised(build: "_Builder") -> str:
    """Pictures of one mean and one contrast; each with the two before it, [t, 3, GREY_HEIGHT, GREY_WIDTH]."""
    pictures = build.node("Cast", "pictures", to=TensorProto.FLOAT)
    axes = build.constant(np.array([1, 2]))
    centred = build.node("Sub", pictures, build.node("ReduceMean", pictures, axes))
    spread = build.node("Sqrt", build.node("ReduceMean", build.node("Mul", centred, centred), axes))
    spread = build.node("Max", spread, build.constant(np.float32(LEAST_DEVIATION)))
    seen = build.node("Unsqueeze", build.node("Div", centred, spread), build.constant(np.array([1])))
    return build.node("Concat", *(build.cut(seen, PAST - back, -back) for back in range(PAST + 1)), axis=1)


def _first(weights: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """The first convolution for plain pictures: 6x6 steps of 4 instead of 3x3 steps of 2 over blocks of 2x2.

    It learnt from (now, now - one before, one before - two before); it is applied to the three pictures.
    """
    kernel = weights["first.weight"]
    outer = len(kernel)
    blocks = kernel.reshape(outer, 3, 2, 2, 3, 3)  # channel, row and column in the block, row and column of the kernel
    plain = blocks.transpose(0, 1, 4, 2, 5, 3).reshape(outer, 3, 6, 6)
    now, step, before = plain[:, 0], plain[:, 1], plain[:, 2]
    return np.stack([now + step, before - step, -before], axis=1), weights["first.bias"]


class _Builder:
    """Collects nodes and constants; names are numbers, so that the same weights give the same bytes."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._count = 0

    def node(self, kind: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        """Add one, and say what its output is called."""
        self._count += 1
        name = out or f"{kind.lower()}_{self._count}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, value: npt.NDArray[np.int64] | Floats | np.float32) -> str:
        """A tensor of the graph."""
        self._count += 1
        name = f"constant_{self._count}"
        self._constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def conv(self, cells: str, kernel: Floats, bias: Floats, **attributes: Any) -> str:
        """A convolution; without attributes one of single cells."""
        return self.node("Conv", cells, self.constant(kernel), self.constant(bias), **attributes)

    def layer(self, cells: str, weights: Mapping[str, Floats], name: str, **attributes: Any) -> str:
        """A convolution by the name of its weights; those over a line are made ones over an area."""
        kernel = weights[f"{name}.weight"]
        if kernel.ndim == 3:
            kernel = kernel[..., None]
        return self.conv(cells, kernel, weights[f"{name}.bias"], **attributes)

    def cut(self, cells: str, start: int, end: int) -> str:
        """From `start` to `end` (0: the last, negative: as many before it) along time."""
        stop = end or np.iinfo(np.int64).max
        return self.node("Slice", cells, *(self.constant(np.array([each])) for each in (start, stop, 0)))

    def with_past(self, cells: str, state: str, dilation: int) -> str:
        """Channels of now, `dilation` before and twice that; keeps what the next call needs."""
        line = self.node("Concat", state, cells, axis=0)
        self.node(
            "Slice",
            line,
            *(self.constant(np.array([each])) for each in (-2 * dilation, np.iinfo(np.int64).max, 0)),
            out=f"next_{state}",
        )
        times = (self.cut(line, (2 - back) * dilation, -back * dilation) for back in range(3))
        return self.node("Concat", *times, axis=1)

    def model(self) -> onnx.ModelProto:
        """What was collected, checked."""
        states = [(name, int(TensorProto.FLOAT), shape) for name, shape in STATE_SHAPES.items()]
        inputs: list[tuple[str, int, tuple[int | str, ...]]] = [
            ("pictures", TensorProto.UINT8, ("n", GREY_HEIGHT, GREY_WIDTH)),
            ("gaps_s", TensorProto.FLOAT, ("t",)),
            *states,
        ]
        outputs: list[tuple[str, int, tuple[int | str, ...]]] = [
            ("answers", TensorProto.FLOAT, ("t", len(OUTPUTS), ROWS, COLUMNS))
        ]
        outputs += [(f"next_{name}", kind, shape) for name, kind, shape in states]
        graph = helper.make_graph(
            self._nodes,
            "event_net",
            [helper.make_tensor_value_info(*each) for each in inputs],
            [helper.make_tensor_value_info(*each) for each in outputs],
            self._constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], producer_name="wildtrack")
        model.ir_version = _IR_VERSION
        onnx.checker.check_model(model, full_check=True)
        return model
