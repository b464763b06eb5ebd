"""Makes tiny.onnx, which stands for a large model: 8 s of motion and noise in, 8 s of sound out."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WINDOW_SAMPLES = 8 * 48_000
MOTION_POINTS = 80


def build() -> onnx.ModelProto:
    """motion [1, 1, 80] in 0..1 and noise [2, 1, 384000] -> sound [2, 1, 384000]: the noise, louder with motion."""
    smooth = np.hanning(66)[1:-1].astype(np.float32)
    constants = {
        "sizes": np.array([1, 1, WINDOW_SAMPLES], np.int64),
        "kernel": (smooth / np.sqrt(np.sum(smooth**2)))[None, None],
        "level": np.array(0.2, np.float32),
    }
    nodes = [
        helper.make_node("Resize", ["motion", "", "", "sizes"], ["loudness"], mode="linear"),
        helper.make_node("Conv", ["noise", "kernel"], ["colour"], auto_pad="SAME_LOWER"),
        helper.make_node("Mul", ["colour", "loudness"], ["swelling"]),
        helper.make_node("Mul", ["swelling", "level"], ["loud"]),
        helper.make_node("Tanh", ["loud"], ["sound"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny_video_to_sound",
        [
            helper.make_tensor_value_info("motion", TensorProto.FLOAT, [1, 1, MOTION_POINTS]),
            helper.make_tensor_value_info("noise", TensorProto.FLOAT, [2, 1, WINDOW_SAMPLES]),
        ],
        [helper.make_tensor_value_info("sound", TensorProto.FLOAT, [2, 1, WINDOW_SAMPLES])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9, producer_name="")
    onnx.checker.check_model(model, full_check=True)
    return model


if __name__ == "__main__":
    Path(__file__).with_name("tiny.onnx").write_bytes(build().SerializeToString(deterministic=True))
