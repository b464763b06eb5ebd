"""The decoder of the bank as an ONNX graph with a state, for any number of channels and frames at once.

floors, peaks, noise --level and choose--> coefficients --inverse MDCT--> halves --overlap and add--> sound
"""

from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from server.engines.foley.sound.bank.latents import (
    BANDS,
    FRAME,
    PEAK_POWER,
    PEAK_STEP,
    STEPS_PER_OCTAVE,
    noise_height,
    spreading,
    transform,
)

_OPSET: Final = 17


def decoder() -> onnx.ModelProto:
    """Build the graph.

    Inputs: `floors` [c, f, BANDS] and `peaks` [c, f, FRAME] as `Latents` has them, in floats; `noise` [c, f, FRAME],
    standard normal; the state `overlap` [c, 1, FRAME], zeros at first. Outputs: `sound` [c, f * FRAME], one frame late;
    `next_overlap`.
    """
    constants = {
        "spreading": spreading() / np.float32(STEPS_PER_OCTAVE) * np.float32(np.log(2)),
        "transform": transform().astype(np.float32),
        "peak_step": np.array(PEAK_STEP, np.float32),
        "peak_power": np.array(PEAK_POWER, np.float32),
        "noise_height": noise_height(),
        "zero": np.array(0, np.float32),
        "first": np.array([0]),
        "last": np.array([-1]),
        "end": np.array([np.iinfo(np.int64).max]),
        "half": np.array([FRAME]),
        "flat": np.array([0, -1]),
        "frames": np.array([1]),
        "within": np.array([2]),
    }
    node = helper.make_node
    nodes = [
        node("MatMul", ["floors", "spreading"], ["level_log"]),
        node("Exp", ["level_log"], ["level"]),
        node("Abs", ["peaks"], ["sizes"]),
        node("Pow", ["sizes", "peak_power"], ["steps"]),
        node("Sign", ["peaks"], ["signs"]),
        node("Mul", ["steps", "signs"], ["signed_steps"]),
        node("Mul", ["signed_steps", "peak_step"], ["heights"]),
        node("Mul", ["noise", "noise_height"], ["low"]),
        node("Equal", ["peaks", "zero"], ["is_noise"]),
        node("Where", ["is_noise", "low", "heights"], ["chosen"]),
        node("Mul", ["chosen", "level"], ["coefficients"]),
        node("MatMul", ["coefficients", "transform"], ["segments"]),
        node("Slice", ["segments", "first", "half", "within"], ["rising"]),
        node("Slice", ["segments", "half", "end", "within"], ["falling"]),
        node("Concat", ["overlap", "falling"], ["all_falling"], axis=1),
        node("Slice", ["all_falling", "first", "last", "frames"], ["before"]),
        node("Slice", ["all_falling", "last", "end", "frames"], ["next_overlap"]),
        node("Add", ["rising", "before"], ["frames_of_sound"]),
        node("Reshape", ["frames_of_sound", "flat"], ["sound"]),
    ]
    widths = {"floors": BANDS, "peaks": FRAME, "noise": FRAME}
    inputs = [_tensor(name, ["c", "f", width]) for name, width in widths.items()]
    inputs.append(_tensor("overlap", ["c", 1, FRAME]))
    outputs = [_tensor("sound", ["c", "n"]), _tensor("next_overlap", ["c", 1, FRAME])]
    weights = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "foley_decoder", inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def _tensor(name: str, shape: list[int | str]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
