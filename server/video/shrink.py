"""From a decoded frame, of any size, format and orientation, to the two small pictures that are looked at."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, cast

import av
from av.sidedata.sidedata import SideData, Type
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter

from server.video.sizes import COLOUR_SIZE, GREY_HEIGHT, GREY_WIDTH

_UNSPECIFIED: Final = 2
_HD_HEIGHT: Final = 720
_MAX_ASPECT: Final = 16
_MATRIX: Final = struct.Struct("=9i")


@dataclass(frozen=True, slots=True)
class Orientation:
    """How the decoded picture has to be turned to be upright: first transposed, then mirrored."""

    is_transposed: bool = False
    is_mirrored: bool = False
    """Left and right change places."""
    is_upside_down: bool = False

    @property
    def is_upright(self) -> bool:
        """Nothing to be done."""
        return self == Orientation()


def orientation_of(frame: av.VideoFrame) -> Orientation:
    """By the display matrix of ISO 14496-12, 8.5.2 (x' = a x + c y, y' = b x + d y), to the nearest quarter turn."""
    # PyAV's side data and its frame hold each other, and so megabytes, until the garbage collector comes: this is asked
    # once a video, not once a picture.
    for data in cast("Iterable[SideData]", frame.side_data):
        if data.type == Type.DISPLAYMATRIX and data.buffer_size == _MATRIX.size:
            a, b, _, c, d, *_ = _MATRIX.unpack(bytes(data))
            if abs(a) + abs(d) >= abs(b) + abs(c):
                return Orientation(False, a < 0, d < 0)
            return Orientation(True, c < 0, b < 0)
    return Orientation()


class Shrinker:
    """Makes small pictures of one video's frames; each may be of another size."""

    def __init__(self, orientation: Orientation, pixel_aspect: float) -> None:
        """`pixel_aspect`: how much wider than high a pixel is shown, before the picture is turned."""
        self._orientation = orientation
        self._pixel_aspect = pixel_aspect
        # One for each: a scaler keeps what it worked out for its last sizes.
        self._to_grey = VideoReformatter()
        self._to_colour = VideoReformatter()

    def grey(self, frame: av.VideoFrame) -> bytes:
        """Luma of all of it, 0 black to 255 white, GREY_HEIGHT rows of GREY_WIDTH bytes."""
        width, height = GREY_WIDTH, GREY_HEIGHT
        if self._orientation.is_transposed:
            width, height = height, width
        small = self._to_grey.reformat(frame, width, height, "gray", interpolation=Interpolation.AREA, threads=1)
        return _upright(_rows(small, width), width, height, 1, self._orientation)

    def colour(self, frame: av.VideoFrame) -> bytes:
        """RGB of the largest square in its middle, COLOUR_SIZE rows of COLOUR_SIZE pixels.

        What is seen through nothing is white; of transparent formats only GIF is read so.
        """
        aspect = min(max(frame.width * self._pixel_aspect / frame.height, 1 / _MAX_ASPECT), _MAX_ASPECT)
        width = round(COLOUR_SIZE * max(1.0, aspect))
        height = round(COLOUR_SIZE * max(1.0, 1 / aspect))
        small = self._to_colour.reformat(
            frame,
            width,
            height,
            "rgb24",
            interpolation=Interpolation.AREA,
            threads=1,
            src_colorspace=_colour_matrix(frame),
        )
        left = (width - COLOUR_SIZE) // 2 * 3
        top = (height - COLOUR_SIZE) // 2
        stride, data = small.planes[0].line_size, bytes(small.planes[0])
        square = b"".join(
            data[row * stride + left : row * stride + left + COLOUR_SIZE * 3] for row in range(top, top + COLOUR_SIZE)
        )
        return _upright(square, COLOUR_SIZE, COLOUR_SIZE, 3, self._orientation)


def _colour_matrix(frame: av.VideoFrame) -> int | None:
    """The frame's own; where it says nothing, what players take: BT.709 from 720 lines, BT.601 below."""
    if frame.colorspace == _UNSPECIFIED and min(frame.width, frame.height) >= _HD_HEIGHT:
        return int(Colorspace.ITU709)
    return None


def _rows(frame: av.VideoFrame, row_bytes: int) -> bytes:
    """The one plane of a frame without what pads its rows."""
    stride, data = frame.planes[0].line_size, bytes(frame.planes[0])
    if stride == row_bytes:
        return data[: stride * frame.height]
    return b"".join(data[row * stride : row * stride + row_bytes] for row in range(frame.height))


def _upright(data: bytes, width: int, height: int, channels: int, orientation: Orientation) -> bytes:
    if orientation.is_upright:
        return data
    # Only here, because it takes longer to load than all else in the child.
    import numpy as np

    picture = np.frombuffer(data, np.uint8).reshape(height, width, channels)
    if orientation.is_transposed:
        picture = picture.transpose(1, 0, 2)
    if orientation.is_mirrored:
        picture = picture[:, ::-1]
    if orientation.is_upside_down:
        picture = picture[::-1]
    return picture.tobytes()
