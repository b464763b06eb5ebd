"""Cuts the decoder before its generator: the low-rate part, and the harmonic source in two where its phase is summed.

asr, f0, energy, style -> low -> x              f0 -> phase -> phase, f0 -> source -> har
"""

from typing import Final

from onnx import ModelProto

from export.kokoro_streaming.architecture import ANGLE, HAR, PHASE, X
from export.surgery import cut
from server.runtime.model_card import GraphSpec, TensorSpec

_STYLE: Final = TensorSpec(name="style", dtype="float32", shape=(1, 256))
_ASR: Final = TensorSpec(name="asr", dtype="float32", shape=(1, 512, "F"))
_F0: Final = TensorSpec(name="f0", dtype="float32", shape=(1, "2F"))
_ENERGY: Final = TensorSpec(name="energy", dtype="float32", shape=(1, "2F"))
_ANGLE: Final = TensorSpec(name="angle", dtype="float32", shape=(1, 9, "600F"))
_PHASE: Final = TensorSpec(name="phase", dtype="float32", shape=(1, 9, "2F"))

LOW: Final = GraphSpec(
    file="low.onnx",
    inputs=(_ASR, _F0, _ENERGY, _STYLE),
    outputs=(TensorSpec(name="x", dtype="float32", shape=(1, 512, "2F")),),
)
PHASES: Final = GraphSpec(file="phase.onnx", inputs=(_F0,), outputs=(_PHASE,))
SOURCE: Final = GraphSpec(
    file="source.onnx",
    inputs=(_ANGLE, _F0),
    outputs=(TensorSpec(name="har", dtype="float32", shape=(1, 22, "120F + 1")),),
)

_TENSOR_OF: Final = {"x": X, "har": HAR, "phase": PHASE, "angle": ANGLE}


def build_stage(decoder: ModelProto, spec: GraphSpec) -> ModelProto:
    """One of the three pieces of the decoder, its nodes untouched.

    Raises:
        ExportError: when the decoder is not the one this was written for.
    """
    return cut(decoder, f"kokoro {spec.file.removesuffix('.onnx')}", spec.inputs, spec.outputs, _TENSOR_OF)
