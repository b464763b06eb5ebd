"""Every video is watched twice, as it is and as its mirrored negative.

What moves there strikes at the same times; the net errs otherwise, and the mean of both looks errs less.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from server.engines.foley.event_net_shape import OUTPUTS

Floats = npt.NDArray[np.float32]
"""Answers, [t, outputs, ROWS, COLUMNS]."""
Bytes = npt.NDArray[np.uint8]
"""Pictures, [t, rows, columns]."""

_MEANT: Final = [OUTPUTS.index(name) for name in ("onset", "offset", "roll", "slide", "move")]


def mirrored_negative(pictures: Bytes) -> Bytes:
    """The other look."""
    return np.ascontiguousarray(255 - pictures[..., ::-1])


def joined_looks(plain: Floats, turned: Floats) -> Floats:
    """Of the answers for both looks those for the video: whether and when something happens is their mean."""
    joined = plain.copy()
    joined[:, _MEANT] += turned[:, _MEANT, :, ::-1]
    joined[:, _MEANT] /= 2
    return joined
