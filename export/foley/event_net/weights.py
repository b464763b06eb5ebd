"""The net's weights as the repository keeps them: batch norms folded into the convolutions, in 16-bit floats."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
WEIGHTS_FILE: Final = Path(__file__).with_name("weights.npz")
_EPSILON: Final = 1e-5
"""Of torch's batch norm."""


def save_weights(file: Path, state: Mapping[str, Any], threshold: float) -> None:
    """From a torch state dictionary: a convolution followed by a norm becomes one convolution with a bias."""
    arrays = {name: np.asarray(tensor, np.float32) for name, tensor in state.items() if not name.endswith("tracked")}
    folded: dict[str, Floats] = {}
    for name, weight in arrays.items():
        layer = name.removesuffix(".weight")
        norm = f"{layer.removesuffix('.0')}.1"
        if layer == name or f"{layer}.running_var" in arrays:
            continue
        if layer.endswith(".0") and f"{norm}.running_var" in arrays:
            gain = arrays[f"{norm}.weight"] / np.sqrt(arrays[f"{norm}.running_var"] + _EPSILON)
            layer = layer.removesuffix(".0")
            folded[f"{layer}.weight"] = weight * gain.reshape(-1, *[1] * (weight.ndim - 1))
            folded[f"{layer}.bias"] = arrays[f"{norm}.bias"] - arrays[f"{norm}.running_mean"] * gain
        else:
            folded[f"{layer}.weight"], folded[f"{layer}.bias"] = weight, arrays[f"{layer}.bias"]
    packed: dict[str, Any] = {name: values.astype(np.float16) for name, values in folded.items()}
    np.savez_compressed(file, threshold=np.float32(threshold), **packed)


def load_weights(file: Path = WEIGHTS_FILE) -> tuple[dict[str, Floats], float]:
    """Weights by layer in 32-bit floats, and the confidence from which an onset counts."""
    with np.load(file) as packed:
        threshold = float(packed["threshold"])
        return {name: packed[name].astype(np.float32) for name in packed.files if name != "threshold"}, threshold
