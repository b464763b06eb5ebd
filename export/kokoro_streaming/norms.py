"""Writes the two small graphs around the norms: what their statistics are, and what affines they make of statistics."""

from typing import Final

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from export.dequantise import dequantised, quantised_products
from export.errors import ExportError
from export.kokoro_streaming.architecture import HAR, NORM_CHANNELS, NORMS, Norm, X
from export.surgery import cut
from server.runtime.model_card import TensorSpec

_OPSET: Final = 17
_IR_VERSION: Final = 9
_STYLE_HALF: Final = 128
"""The generator hears the first half of a style, the encoder the second."""


def build_statistics(decoder: ModelProto) -> ModelProto:
    """x, har, style -> mean and variance over the utterance of what goes into every norm, both [NORM_CHANNELS].

    The generator as it was exported, in float32: for calibration, not for the server.

    Raises:
        ExportError: when a norm is not written as expected.
    """
    model = dequantised(decoder)
    producer = {tensor: node for node in model.graph.node for tensor in node.output}
    names: dict[str, list[str]] = {"mean": [], "variance": []}
    for norm in NORMS:
        gamma = f"{norm.path}/Add_1_output_0"
        scaled = next((node for node in model.graph.node if node.op_type == "Mul" and gamma in node.input), None)
        if scaled is None:
            raise ExportError(f"The norm {norm.path} is not where it was expected.")
        divided = producer[next(name for name in scaled.input if name != gamma)]
        centred, deviation = (producer[name] for name in divided.input)
        names["mean"].append(centred.input[1])
        names["variance"].append(next(name for name in producer[deviation.input[0]].input if name in producer))
    flat = numpy_helper.from_array(np.array([-1], np.int64), "flat")
    model.graph.initializer.append(flat)
    for kind, tensors in names.items():
        for number, tensor in enumerate(tensors):
            model.graph.node.append(helper.make_node("Reshape", [tensor, flat.name], [f"{kind}_{number}"]))
        parts = [f"{kind}_{number}" for number in range(len(tensors))]
        model.graph.node.append(helper.make_node("Concat", parts, [kind], axis=0))
    return cut(
        model,
        "kokoro statistics",
        [
            TensorSpec(name="x", dtype="float32", shape=(1, 512, "2F")),
            TensorSpec(name="har", dtype="float32", shape=(1, 22, "H")),
            TensorSpec(name="style", dtype="float32", shape=(1, 256)),
        ],
        [
            TensorSpec(name="mean", dtype="float32", shape=(NORM_CHANNELS,)),
            TensorSpec(name="variance", dtype="float32", shape=(NORM_CHANNELS,)),
        ],
        {"x": X, "har": HAR},
    )


def build_affine(decoder: ModelProto) -> ModelProto:
    """style [1, 256], mean and log_deviation [NORM_CHANNELS] -> scale and shift [NORM_CHANNELS] for the generator.

    A norm is (1 + γ) (x - mean) / deviation + β, with γ and β made from the style; the snake's α is multiplied in.
    """
    products = quantised_products(decoder)
    floats = {weight.name: weight for weight in decoder.graph.initializer if weight.data_type == TensorProto.FLOAT}
    linear = [products[f"{norm.path}/fc/Gemm_MatMul_quant"] for norm in NORMS]
    alpha = np.concatenate([numpy_helper.to_array(floats[norm.alpha]).ravel() for norm in NORMS])

    codes, offset, scale, bias = [], [], [], []
    for half in (0, 1):
        for norm, product in zip(NORMS, linear, strict=True):
            part = slice(half * norm.block.channels, (half + 1) * norm.block.channels)
            codes.append(product.codes[:, part])
            offset.append(np.broadcast_to(product.zero_point, product.codes.shape[-1:])[part])
            scale.append(np.broadcast_to(product.scale, product.codes.shape[-1:])[part])
            bias.append(_bias(decoder, norm, floats)[part])
    constants = {
        "codes": np.concatenate(codes, axis=1),
        "zero": np.concatenate(offset).astype(np.float32),
        "factor": np.concatenate(scale).astype(np.float32),
        "bias": np.concatenate(bias).astype(np.float32),
        "alpha": alpha.astype(np.float32),
        "one": np.ones(1, np.float32),
        "from": np.array([0], np.int64),
        "to": np.array([_STYLE_HALF], np.int64),
        "axis": np.array([1], np.int64),
        "halves": np.array([NORM_CHANNELS, NORM_CHANNELS], np.int64),
        "flat": np.array([-1], np.int64),
    }
    node = helper.make_node
    nodes = [
        node("Cast", ["codes"], ["number"], to=TensorProto.FLOAT),
        node("Sub", ["number", "zero"], ["centred"]),
        node("Mul", ["centred", "factor"], ["weight"]),
        node("Slice", ["style", "from", "to", "axis"], ["half"]),
        node("MatMul", ["half", "weight"], ["product"]),
        node("Add", ["product", "bias"], ["linear"]),
        node("Reshape", ["linear", "flat"], ["both"]),
        node("Split", ["both", "halves"], ["gamma", "beta"], axis=0),
        node("Neg", ["log_deviation"], ["log_precision"]),
        node("Exp", ["log_precision"], ["precision"]),
        node("Add", ["gamma", "one"], ["gain"]),
        node("Mul", ["gain", "precision"], ["plain_scale"]),
        node("Mul", ["plain_scale", "mean"], ["moved"]),
        node("Sub", ["beta", "moved"], ["plain_shift"]),
        node("Mul", ["plain_scale", "alpha"], ["scale"]),
        node("Mul", ["plain_shift", "alpha"], ["shift"]),
    ]
    for each in nodes:
        each.name = f"affine_{each.output[0]}"
    vector = [NORM_CHANNELS]
    graph = helper.make_graph(
        nodes,
        "kokoro affine",
        [
            helper.make_tensor_value_info("style", TensorProto.FLOAT, [1, 256]),
            helper.make_tensor_value_info("mean", TensorProto.FLOAT, vector),
            helper.make_tensor_value_info("log_deviation", TensorProto.FLOAT, vector),
        ],
        [
            helper.make_tensor_value_info("scale", TensorProto.FLOAT, vector),
            helper.make_tensor_value_info("shift", TensorProto.FLOAT, vector),
        ],
        [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", _OPSET)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="wildtrack export")


def _bias(decoder: ModelProto, norm: Norm, floats: dict[str, TensorProto]) -> np.ndarray:
    added = next(node for node in decoder.graph.node if node.name == f"{norm.path}/fc/Gemm_Add")
    return numpy_helper.to_array(floats[next(name for name in added.input if name in floats)])
