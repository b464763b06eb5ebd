"""Writes several graphs over the same weights with those weights in one file beside them, each once.

The graphs for the calls of a stream are four over the same weights; on disk, and in the system's cache of what was
read, they need not be there four times. ONNX calls this external data.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from onnx import ModelProto, StringStringEntryProto, TensorProto

from export.surgery import serialised

_SMALLEST_BYTES: Final = 1024
"""Smaller tensors stay in the graph, where shape inference can see them."""
_ALIGNMENT_BYTES: Final = 64
"""So that the file can be mapped and read by vector instructions."""


def write_models(folder: Path, models: Mapping[str, ModelProto], weights_file: str) -> None:
    """Write each model to the file it is named by, and their large tensors to `weights_file`; the models are changed.

    The bytes are the same for the same models in the same order.
    """
    offset_of: dict[bytes, int] = {}
    with (folder / weights_file).open("wb") as weights:
        for file, model in models.items():
            for tensor in model.graph.initializer:
                data = tensor.raw_data
                if len(data) < _SMALLEST_BYTES:
                    continue
                digest = hashlib.sha256(data).digest()
                if digest not in offset_of:
                    weights.write(bytes(-weights.tell() % _ALIGNMENT_BYTES))
                    offset_of[digest] = weights.tell()
                    weights.write(data)
                _point(tensor, weights_file, offset_of[digest], len(data))
            (folder / file).write_bytes(serialised(model))


def _point(tensor: TensorProto, file: str, offset: int, length: int) -> None:
    """Replace a tensor's bytes by where they stand (onnx.proto3, TensorProto.external_data)."""
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", file), ("offset", str(offset)), ("length", str(length))):
        tensor.external_data.append(StringStringEntryProto(key=key, value=value))
