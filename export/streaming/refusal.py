"""CannotStreamError: why a graph cannot be streamed, in one sentence that names the node and its operator."""

from typing import Final, NoReturn

from onnx import NodeProto

from export.errors import ExportError

_NEEDS_THE_WHOLE: Final = "needs the whole utterance before it can give anything"

REASONS: Final = {
    "InstanceNormalization": "takes its statistics over the whole utterance",
    "GroupNormalization": "takes its statistics over the whole utterance",
    "LayerNormalization": "normalises over the time axis or moves it",
    "GlobalAveragePool": "takes an average over the whole utterance",
    "GlobalMaxPool": "takes a maximum over the whole utterance",
    "ReduceMean": _NEEDS_THE_WHOLE,
    "ReduceSum": _NEEDS_THE_WHOLE,
    "ReduceMax": _NEEDS_THE_WHOLE,
    "ReduceMin": _NEEDS_THE_WHOLE,
    "CumSum": "adds up over the whole utterance",
    "LSTM": "is recurrent, and its state is not kept between calls",
    "GRU": "is recurrent, and its state is not kept between calls",
    "RNN": "is recurrent, and its state is not kept between calls",
    "MatMul": "may mix all frames of the utterance",
    "Gemm": "may mix all frames of the utterance",
    "Transpose": "moves the time axis",
    "Reshape": "may move the time axis",
    "Unsqueeze": "moves the time axis",
    "Squeeze": "moves the time axis",
    "Shape": "asks how long the whole utterance is",
    "Size": "asks how long the whole utterance is",
}
"""Operator -> what keeps it from being streamed."""


class CannotStreamError(ExportError):
    """The graph holds something that cannot be computed a few frames at a time."""


def refuse(node: NodeProto, why: str | None = None) -> NoReturn:
    """Say that this node keeps the graph from being streamed.

    Args:
        node: where it fails.
        why: what the node does, after "it"; by default what is known of its operator.

    Raises:
        CannotStreamError: always.
    """
    reason = why or REASONS.get(node.op_type, "is no operator that this version knows how to stream")
    raise CannotStreamError(
        f"The graph cannot be streamed: the node {node.name or node.output[0]} ({node.op_type}) {reason}."
    )
