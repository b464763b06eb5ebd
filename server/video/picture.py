"""What is seen at one moment, small enough to look at thirty times a second."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

GREY_WIDTH: Final = 192
GREY_HEIGHT: Final = 108
COLOUR_SIZE: Final = 224

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a video, turned the way it is shown."""

    time_s: float
    """When it is shown, from its own timestamp, counted from the beginning of the video; times rise strictly."""
    grey: Bytes
    """Luma, [GREY_HEIGHT, GREY_WIDTH], the whole picture stretched into it, whatever its shape."""
    colour: Bytes | None = None
    """RGB, [COLOUR_SIZE, COLOUR_SIZE, 3], the middle of the picture; only about one a second has it."""
