"""The golden bytes of the browser's FLAC and MP4 writer, decoded by two libraries that are not ours."""

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

GOLDEN = Path(__file__).parent.parent / "golden" / "flac_frames.json"
CASES: list[dict[str, Any]] = json.loads(GOLDEN.read_text())["cases"]


def decoded_pcm(case: dict[str, Any]) -> NDArray[np.int16]:
    """The input, int16 [samples, channels]."""
    return np.frombuffer(base64.b64decode(case["pcm_s16le"]), dtype="<i2").reshape(-1, case["channels"])


def planes(mp4: bytes) -> Iterator[NDArray[np.int16]]:
    with av.open(io.BytesIO(mp4), "r") as container:
        for frame in container.decode(audio=0):
            values = frame.to_ndarray()
            assert values.dtype == np.int16
            values = values.astype(np.int16, copy=False)
            yield values.reshape(-1, frame.layout.nb_channels) if not frame.format.is_planar else values.T


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_soundfile_decodes_the_golden_flac_file_to_its_input(case: dict[str, Any]) -> None:
    file = b"".join(map(base64.b64decode, [case["flac_header"], *case["frames"]]))
    pcm, rate_hz = soundfile.read(io.BytesIO(file), dtype="int16", always_2d=True)
    assert rate_hz == case["sample_rate_hz"]
    np.testing.assert_array_equal(pcm, decoded_pcm(case))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_pyav_decodes_the_golden_mp4_to_its_input(case: dict[str, Any]) -> None:
    mp4 = base64.b64decode(case["init_segment"]) + base64.b64decode(case["fragment"])
    np.testing.assert_array_equal(np.concatenate(list(planes(mp4))), decoded_pcm(case))
