"""Builds tiny VITS voices as piper's training program exports them: every part, a few channels, random weights."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

CHANNELS = 4
SPEAKER_CHANNELS = 3
SYMBOLS = "_^$ !',-.:;?abdefhijklmnoprstuvwzæðŋɐɑɒɔəɚɛɜɡɪɹɾʃʊʌʒˈˌːθᵻ"


@dataclass(frozen=True)
class Shape:
    """What differs from voice to voice."""

    speakers: int = 1
    has_duration_noise: bool = True
    resblock: str = "2"
    """`1` as in high quality, `2` as in medium and low."""
    rates: tuple[int, ...] = (4, 2)
    kernels: tuple[int, ...] = (8, 4)
    dilations: tuple[int, ...] = (1, 2)
    initial_channels: int = 16

    @property
    def hop_samples(self) -> int:
        return int(np.prod(self.rates))


class _Writer:
    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self.rng = np.random.default_rng(7)

    def add(self, operator: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        name = f"t{len(self.nodes)}"
        names = [f"{name}_{index}" for index in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, names, f"/{name}/{operator}", **attributes))
        return names[0] if outputs == 1 else names

    def value(self, value: npt.ArrayLike, dtype: type = np.float32) -> str:
        name = f"v{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(value, dtype), name))
        return name

    def ints(self, *values: int) -> str:
        return self.value(values, np.int64)

    def weights(self, *shape: int) -> str:
        scale = 1.0 / np.sqrt(np.prod(shape[1:]))
        return self.value(self.rng.normal(0, scale, shape))

    def conv(self, x: str, before: int, after: int, kernel: int = 1, dilation: int = 1, bias: bool = True) -> str:
        reach = (kernel - 1) * dilation // 2
        inputs = [x, self.weights(after, before, kernel)] + ([self.weights(after)] if bias else [])
        return self.add("Conv", *inputs, pads=[reach, reach], dilations=[dilation], kernel_shape=[kernel])

    def zeros_like(self, x: str) -> str:
        return self.add("ConstantOfShape", self.add("Shape", x))


def tiny_voice(shape: Shape | None = None) -> ModelProto:
    """The whole graph, with its random operators inside."""
    shape = shape or Shape()
    w = _Writer(shape)
    scale = [w.add("Gather", "scales", w.value(index, np.int64), axis=0) for index in range(3)]
    g = w.add("Unsqueeze", w.add("Gather", w.weights(shape.speakers, SPEAKER_CHANNELS), "sid"), w.ints(2))
    speaker = g if shape.speakers > 1 else None

    hidden, x_mask = _encoder(w)
    mean, log_sd = w.add("Split", w.conv(hidden, CHANNELS, 2 * CHANNELS), w.ints(CHANNELS, CHANNELS), outputs=2, axis=1)
    rounded = _durations(w, hidden, x_mask, speaker, scale)
    path, y_mask = _path(w, rounded)

    def repeated(prior: str) -> str:
        per_frame = w.add("MatMul", path, w.add("Transpose", prior, perm=[0, 2, 1]))
        return w.add("Transpose", per_frame, perm=[0, 2, 1])

    means, log_sds = repeated(mean), repeated(log_sd)
    noise = w.add("Mul", w.add("Mul", w.add("RandomNormalLike", means), w.add("Exp", log_sds)), scale[0])
    z = _flow(w, w.add("Add", means, noise), y_mask, speaker)
    audio = _decoder(w, w.add("Mul", z, y_mask), speaker)
    w.nodes.append(helper.make_node("Unsqueeze", [audio, w.ints(1)], ["output"], "/Unsqueeze"))

    inputs = [("input", TensorProto.INT64, [1, "phonemes"]), ("input_lengths", TensorProto.INT64, [1])]
    inputs += [("scales", TensorProto.FLOAT, [3])] + ([("sid", TensorProto.INT64, [1])] if speaker else [])
    # Without speakers the embedding is not read by anything, and its nodes are not valid.
    nodes = w.nodes if speaker else [node for node in w.nodes if g not in node.output and "sid" not in node.input]
    graph = helper.make_graph(
        nodes,
        "tiny voice",
        [helper.make_tensor_value_info(*each) for each in inputs],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["b", "t", 1, "s"])],
        w.constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def tiny_config(shape: Shape | None = None, **changes: Any) -> dict[str, Any]:
    """The `.onnx.json` beside it."""
    shape = shape or Shape()
    config: dict[str, Any] = {
        "audio": {"sample_rate": 8000, "quality": "tiny"},
        "espeak": {"voice": "en-us"},
        "inference": {"noise_scale": 0.6, "length_scale": 1.2, "noise_w": 0.5},
        "phoneme_type": "espeak",
        "phoneme_id_map": {symbol: [number] for number, symbol in enumerate(SYMBOLS)},
        "num_symbols": len(SYMBOLS),
        "num_speakers": shape.speakers,
        "speaker_id_map": {f"person {number}": number for number in range(shape.speakers)}
        if shape.speakers > 1
        else {},
        "language": {"code": "en_US"},
        "dataset": "tiny",
    }
    return config | changes


def write_tiny_voice(folder: Path, shape: Shape | None = None, stem: str = "en_US-tiny-low", **changes: Any) -> Path:
    """Graph and configuration as files; gives the graph's path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stem}.onnx"
    path.write_bytes(tiny_voice(shape).SerializeToString())
    path.with_name(f"{stem}.onnx.json").write_text(json.dumps(tiny_config(shape, **changes)), encoding="utf-8")
    return path


def _encoder(w: _Writer) -> tuple[str, str]:
    """[1, channels, P], and its mask [1, 1, P]."""
    embedded = w.add("Transpose", w.add("Gather", w.weights(len(SYMBOLS), CHANNELS), "input"), perm=[0, 2, 1])
    length = w.add("Gather", w.add("Shape", "input"), w.value(1, np.int64))
    places = w.add("Range", w.value(0, np.int64), length, w.value(1, np.int64))
    within = w.add("Less", w.add("Unsqueeze", places, w.ints(0)), w.add("Unsqueeze", "input_lengths", w.ints(1)))
    mask = w.add("Cast", w.add("Unsqueeze", within, w.ints(1)), to=TensorProto.FLOAT)
    return w.add("Mul", w.conv(w.add("Mul", embedded, mask), CHANNELS, CHANNELS, 3), mask), mask


def _durations(w: _Writer, hidden: str, mask: str, speaker: str | None, scale: list[str]) -> str:
    """Whole frames for each phoneme, [1, 1, P]."""
    if speaker:
        hidden = w.add("Add", hidden, w.conv(speaker, SPEAKER_CHANNELS, CHANNELS))
    logs = w.add("Add", w.conv(hidden, CHANNELS, 1), w.value(1.0))
    if w.shape.has_duration_noise:
        like = w.zeros_like(w.conv(hidden, CHANNELS, 2))
        noise = w.add("Mul", w.add("RandomNormalLike", like, dtype=TensorProto.FLOAT), scale[2])
        logs = w.add("Add", logs, w.conv(noise, 2, 1))
    frames = w.add("Mul", w.add("Mul", w.add("Exp", logs), mask), scale[1])
    return str(w.add("Ceil", frames))


def _path(w: _Writer, rounded: str) -> tuple[str, str]:
    """Which phoneme each frame is of, ones and zeros [1, F, P], and the mask of frames [1, 1, F]."""
    total = w.add("Clip", w.add("ReduceSum", rounded, w.ints(1, 2), keepdims=0), w.value(1.0))
    lengths = w.add("Cast", total, to=TensorProto.INT64)
    longest = w.add("ReduceMax", lengths, keepdims=0)
    frames = w.add("Range", w.value(0, np.int64), longest, w.value(1, np.int64))
    row = w.add("Unsqueeze", frames, w.ints(0))
    within = w.add("Less", row, w.add("Unsqueeze", lengths, w.ints(1)))
    mask = w.add("Cast", w.add("Unsqueeze", within, w.ints(1)), to=TensorProto.FLOAT)
    ends = w.add("CumSum", rounded, w.value(2, np.int64))
    number = w.add("Unsqueeze", w.add("Cast", row, to=TensorProto.FLOAT), w.ints(2))
    before_end = w.add("Less", number, ends)
    begun = w.add("Not", w.add("Less", number, w.add("Sub", ends, rounded)))
    return w.add("Cast", w.add("And", before_end, begun), to=TensorProto.FLOAT), mask


def _flow(w: _Writer, z: str, mask: str, speaker: str | None) -> str:
    """Two coupling layers, run backwards, with a flip before each."""
    half, kernel, layers = CHANNELS // 2, 5, 2
    for _ in range(2):
        flipped = w.add("Slice", z, w.ints(-1), w.ints(-(2**62)), w.ints(1), w.ints(-1))
        first, second = w.add("Split", flipped, w.ints(half, half), outputs=2, axis=1)
        x = w.add("Mul", w.conv(first, half, CHANNELS), mask)
        total = w.zeros_like(x)
        given = w.conv(speaker, SPEAKER_CHANNELS, 2 * CHANNELS * layers) if speaker else None
        for layer in range(layers):
            inside = w.conv(x, CHANNELS, 2 * CHANNELS, kernel)
            start, end = 2 * CHANNELS * layer, 2 * CHANNELS * (layer + 1)
            condition = w.add("Slice", given, w.ints(start), w.ints(end), w.ints(1)) if given else w.zeros_like(inside)
            inside = w.add("Add", inside, condition)
            tanh = w.add("Tanh", w.add("Slice", inside, w.ints(0), w.ints(CHANNELS), w.ints(1)))
            gate = w.add("Sigmoid", w.add("Slice", inside, w.ints(CHANNELS), w.ints(2 * CHANNELS), w.ints(1)))
            out = w.conv(w.add("Mul", tanh, gate), CHANNELS, CHANNELS * (2 if layer < layers - 1 else 1))
            if layer < layers - 1:
                onward = w.add("Slice", out, w.ints(0), w.ints(CHANNELS), w.ints(1))
                x = w.add("Mul", w.add("Add", x, onward), mask)
                out = w.add("Slice", out, w.ints(CHANNELS), w.ints(2 * CHANNELS), w.ints(1))
            total = w.add("Add", total, out)
        moved = w.add("Mul", w.conv(w.add("Mul", total, mask), CHANNELS, half), mask)
        unscaled = w.add("Exp", w.add("Neg", w.zeros_like(moved)))
        second = w.add("Mul", w.add("Mul", w.add("Sub", second, moved), unscaled), mask)
        z = w.add("Concat", first, second, axis=1)
    return z


def _decoder(w: _Writer, z: str, speaker: str | None) -> str:
    """HiFi-GAN, [1, 1, S]."""
    channels = w.shape.initial_channels
    x = w.conv(z, CHANNELS, channels, 7)
    if speaker:
        x = w.add("Add", x, w.conv(speaker, SPEAKER_CHANNELS, channels))
    for rate, kernel in zip(w.shape.rates, w.shape.kernels, strict=True):
        weights = w.weights(channels, channels // 2, kernel)
        channels //= 2
        pad = (kernel - rate) // 2
        x = w.add("LeakyRelu", x, alpha=0.1)
        x = w.add("ConvTranspose", x, weights, w.weights(channels), strides=[rate], pads=[pad, pad])
        paths = [_resblock(w, x, channels, kernel) for kernel in (3, 5)]
        x = w.add("Div", w.add("Add", *paths), w.value(2.0))
    x = w.conv(w.add("LeakyRelu", x, alpha=0.01), channels, 1, 7, bias=False)
    return str(w.add("Tanh", x))


def _resblock(w: _Writer, x: str, channels: int, kernel: int) -> str:
    for dilation in w.shape.dilations:
        inside = w.conv(w.add("LeakyRelu", x, alpha=0.1), channels, channels, kernel, dilation)
        if w.shape.resblock == "1":
            inside = w.conv(w.add("LeakyRelu", inside, alpha=0.1), channels, channels, kernel)
        x = w.add("Add", inside, x)
    return x
