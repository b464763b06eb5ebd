"""Pictures that look enough like a film's for cuts and quality: soft textures that move, flash, fade and shake."""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from server.video.picture import GREY_HEIGHT, GREY_WIDTH, Picture

Scene = npt.NDArray[np.float32]
MARGIN = 60


def scene(seed: int, softness: float = 1.0, mean: float = 120.0, contrast: float = 45.0) -> Scene:
    """A wide texture with detail of all sizes, [GREY_HEIGHT + 2 MARGIN, GREY_WIDTH + 2 MARGIN]."""
    rng = np.random.default_rng(seed)
    shape = (GREY_HEIGHT + 2 * MARGIN, GREY_WIDTH + 2 * MARGIN)
    whole = np.zeros(shape)
    for width in (softness, 3 * softness, 9 * softness, 25 * softness):
        layer = gaussian_filter(rng.standard_normal(shape), width)
        whole += layer / layer.std()
    return (mean + contrast * whole / whole.std()).astype(np.float32)


def view(whole: Scene, right: int = 0, down: int = 0) -> Scene:
    """What the camera sees of it, moved."""
    return whole[MARGIN + down : MARGIN + down + GREY_HEIGHT, MARGIN + right : MARGIN + right + GREY_WIDTH]


def film(views: Iterable[Scene], fps: float = 30.0, noise: float = 1.5) -> Iterator[Picture]:
    """The views one after the other, with a sensor's noise."""
    rng = np.random.default_rng(7)
    for index, each in enumerate(views):
        noisy = each + noise * rng.standard_normal(each.shape)
        yield Picture(index / fps, np.clip(noisy, 0, 255).astype(np.uint8))
