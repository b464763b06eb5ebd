"""Reads the tensors of a PyTorch file in the format before 1.6, without PyTorch and without running what it names.

Such a file is five pickles in a row (a magic number, a version, the writer's machine, the tensors, the storages' names)
and then the storages, each a 64-bit count and so many values. Pickles may name any function and have it called; this
reader knows the four names that a file of plain tensors needs and refuses all others.
"""

import io
import pickle
import struct
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from export.errors import ExportError

_MAGIC: Final = 0x1950A86A20F9469CFC6C
_PROTOCOL: Final = 1001
_DTYPES: Final[Mapping[str, str]] = MappingProxyType({"FloatStorage": "<f4", "LongStorage": "<i8"})

Tensors = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class _Storage:
    key: str
    dtype: str
    count: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_tensors(data: bytes) -> Tensors:
    """The tensors of a state dictionary, by name.

    Raises:
        ExportError: the file is damaged, of another format, or names what plain tensors do not need.
    """
    stream = io.BytesIO(data)
    try:
        if _load(stream) != _MAGIC or _load(stream) != _PROTOCOL:
            raise ExportError("The weights are not a PyTorch file of the format that the export reads.")
        _load(stream)
        named = _load(stream)
        keys = _load(stream)
        storages = _storages(stream, named, keys)
        return {
            name: _array(tensor, storages[tensor.storage.key])
            for name, tensor in named.items()
            if isinstance(tensor, _Tensor)
        }
    except (pickle.UnpicklingError, EOFError, struct.error, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ExportError("The weights are damaged.") from error


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        known: dict[tuple[str, str], Callable[..., Any] | str] = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _rebuild,
            **{("torch", storage): dtype for storage, dtype in _DTYPES.items()},
        }
        if (module, name) not in known:
            raise ExportError(f"The weights name {module}.{name}, which plain tensors do not need; they were not read.")
        return known[module, name]

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _, count, view = pid
        if kind != "storage" or view is not None or dtype not in _DTYPES.values():
            raise ValueError("No plain storage.")
        return _Storage(str(key), dtype, int(count))


def _load(stream: io.BytesIO) -> Any:
    return _Unpickler(stream).load()


def _rebuild(
    storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_unused: object
) -> _Tensor:
    return _Tensor(storage, offset, tuple(shape), tuple(strides))


def _storages(stream: io.BytesIO, named: Mapping[str, object], keys: list[str]) -> dict[str, npt.NDArray[Any]]:
    specs = {tensor.storage.key: tensor.storage for tensor in named.values() if isinstance(tensor, _Tensor)}
    storages = {}
    for key in map(str, keys):
        spec = specs[key]
        (count,) = struct.unpack("<q", stream.read(8))
        if count != spec.count:
            raise ValueError("A storage of another length.")
        storages[key] = np.frombuffer(stream.read(count * np.dtype(spec.dtype).itemsize), spec.dtype, count)
    return storages


def _array(tensor: _Tensor, storage: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if len(tensor.shape) != len(tensor.strides) or min((*tensor.shape, *tensor.strides, tensor.offset), default=0) < 0:
        raise ValueError("A tensor of no shape.")
    last = tensor.offset + sum((size - 1) * step for size, step in zip(tensor.shape, tensor.strides, strict=True))
    if 0 in tensor.shape or last >= len(storage):
        raise ValueError("A tensor beyond its storage.")
    steps_bytes = [step * storage.itemsize for step in tensor.strides]
    return as_strided(storage[tensor.offset :], tensor.shape, steps_bytes, writeable=False).copy()
