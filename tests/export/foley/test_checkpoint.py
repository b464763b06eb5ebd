"""Weights are read without running what a pickle names."""

import struct

import numpy as np
import pytest

from export.errors import ExportError
from export.foley.things.checkpoint import read_tensors

MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
VERSION = b"\x80\x02M\xe9\x03."
MACHINE = b"\x80\x02}."


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def numbers(*values: int) -> bytes:
    return b"(" + b"".join(b"K" + bytes([value]) for value in values) + b"t"


def tensor(shape: tuple[int, ...], strides: tuple[int, ...], count: int, offset: int = 0) -> bytes:
    storage = (
        b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text("key") + text("cpu") + b"K" + bytes([count]) + b"NtQ"
    )
    return (
        b"ctorch._utils\n_rebuild_tensor_v2\n("
        + (
            storage
            + b"K"
            + bytes([offset])
            + numbers(*shape)
            + numbers(*strides)
            + b"\x89ccollections\nOrderedDict\n)R"
        )
        + b"tR"
    )


def file_of(one: bytes, values: np.ndarray, keys: bytes = b"\x80\x02](" + text("key") + b"e.") -> bytes:
    named = b"\x80\x02ccollections\nOrderedDict\n)R" + text("weight") + one + b"s."
    return MAGIC + VERSION + MACHINE + named + keys + struct.pack("<q", len(values)) + values.astype("<f4").tobytes()


VALUES = np.arange(6, dtype=np.float32)


def test_a_tensor_has_its_shape_its_strides_and_its_values() -> None:
    assert np.array_equal(read_tensors(file_of(tensor((2, 3), (3, 1), 6), VALUES))["weight"], VALUES.reshape(2, 3))
    assert np.array_equal(read_tensors(file_of(tensor((3, 2), (1, 3), 6), VALUES))["weight"], VALUES.reshape(2, 3).T)


@pytest.mark.parametrize(
    "one",
    [
        tensor((2, 3), (3, 1), 6, offset=1),
        tensor((2, 3), (9, 1), 6),
        tensor((2, 3), (3,), 6),
        tensor((2, 3), (3, 1), 5),
    ],
)
def test_a_tensor_that_reaches_beyond_its_storage_is_refused(one: bytes) -> None:
    with pytest.raises(ExportError, match="damaged"):
        read_tensors(file_of(one, VALUES))


def test_what_would_be_run_is_named_and_not_run() -> None:
    evil = MAGIC + VERSION + MACHINE + b"\x80\x02cos\nsystem\n" + text("false") + b"\x85R."
    with pytest.raises(ExportError, match=r"os\.system"):
        read_tensors(evil)


@pytest.mark.parametrize("length", [0, 5, 40, -4])
def test_a_file_that_is_cut_off_is_damaged(length: int) -> None:
    with pytest.raises(ExportError):
        read_tensors(file_of(tensor((2, 3), (3, 1), 6), VALUES)[:length])


def test_another_format_is_refused() -> None:
    with pytest.raises(ExportError, match="format"):
        read_tensors(b"\x80\x02K\x01.\x80\x02K\x01.")
