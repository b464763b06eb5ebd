"""The net's weights as the repository keeps them: batch norms folded into the convolutions, in 16-bit floats."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
WEIGHTS_FILE: Final = Path(__file__).with_name("weights.npz")
CHECKED_PICTURES: Final = 12
_EPSILON: Final = 1e-5
"""Of torch's batch norm."""


@dataclass(frozen=True, slots=True)
class Weights:
    """All that the repository knows of a trained net."""

    layers: dict[str, Floats]
    """`<layer>.weight` and `<layer>.bias`."""
    threshold: float
    """Confidence from which an onset counts, chosen on clips that were not trained on."""
    check: Floats
    """What torch answers for `checked_pictures`, [CHECKED_PICTURES, outputs, rows, columns]."""


def checked_pictures() -> npt.NDArray[np.uint8]:
    """Something that moves, [CHECKED_PICTURES, 108, 192]; what the graph answers for it is compared with torch."""
    t, y, x = np.mgrid[0:CHECKED_PICTURES, 0:108, 0:192]
    return np.asarray((x * 3 + y * 2 + t * t * 7) % 256, np.uint8)


def save_weights(file: Path, state: Mapping[str, Any], threshold: float, check: Floats) -> None:
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
    np.savez_compressed(file, threshold=np.float32(threshold), check=check.astype(np.float16), **packed)


def load_weights(file: Path = WEIGHTS_FILE) -> Weights:
    """All in 32-bit floats."""
    with np.load(file) as packed:
        arrays = {name: packed[name].astype(np.float32) for name in packed.files}
    threshold, check = float(arrays.pop("threshold")), arrays.pop("check")
    return Weights(arrays, threshold, check)
