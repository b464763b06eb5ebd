"""What is seen at one moment, small enough to look at thirty times a second."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from server.video.sizes import COLOUR_SIZE, GREY_HEIGHT, GREY_WIDTH

__all__ = ["COLOUR_SIZE", "GREY_HEIGHT", "GREY_WIDTH", "Bytes", "Picture"]

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a video, turned the way it is shown."""

    time_s: float
    """When it is shown, from its own timestamp, counted from the beginning of the video; times rise strictly."""
    grey: Bytes
    """Luma, [GREY_HEIGHT, GREY_WIDTH], 0 black, 255 white; the whole picture, stretched into it whatever its shape."""
    colour: Bytes | None = None
    """RGB, [COLOUR_SIZE, COLOUR_SIZE, 3], the middle of the picture; only about one a second has it."""
