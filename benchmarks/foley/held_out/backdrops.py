"""Walls and floors of the held-out clips, larger than the picture, so that the camera can move over them."""

from typing import Final

import numpy as np
from scipy.ndimage import zoom

from benchmarks.foley.held_out.canvas import HEIGHT, WIDTH, Floats

MARGIN: Final = 200
"""Pixels beyond each edge of the picture."""
_ROWS: Final = HEIGHT + 2 * MARGIN
_COLUMNS: Final = WIDTH + 2 * MARGIN


def backdrop(rng: np.random.Generator, wall: str, floor_y: float) -> Floats:
    """Luma, [HEIGHT + 2 MARGIN, WIDTH + 2 MARGIN]: a wall above `floor_y` (pixels in the picture), a floor below.

    Its middle tones leave room for bright and dark things to stand out by 15 and more.
    """
    ys, xs = np.mgrid[0:_ROWS, 0:_COLUMNS].astype(np.float32)
    luma = _wall(rng, wall, xs, ys)
    horizon = int(floor_y + MARGIN - rng.uniform(5, 40))
    ground = (
        rng.uniform(85, 135) + rng.uniform(-0.04, 0.04) * (ys - horizon) + _clouds(rng, (1, 3)) * rng.uniform(6, 16)
    )
    luma[horizon:] = ground[horizon:]
    return np.clip(luma, 66, 168)


def _wall(rng: np.random.Generator, wall: str, xs: Floats, ys: Floats) -> Floats:
    base = rng.uniform(95, 140)
    if wall == "brick":
        high, wide = rng.uniform(26, 48), rng.uniform(70, 130)
        row = np.floor(ys / high)
        brick = np.floor((xs + row % 2 * wide / 2) / wide)
        tone = np.sin(row * 12.9898 + brick * 78.233) * 12
        joint = ((ys % high) < 4) | (((xs + row % 2 * wide / 2) % wide) < 4)
        return np.asarray(np.where(joint, base + 22, base + tone) + _clouds(rng, (2, 4)) * 5, np.float32)
    if wall == "planks":
        wide = rng.uniform(60, 140)
        grain = np.sin(xs / 7 + 3 * np.sin(ys / 90) + _clouds(rng, (0, 3)) * 4) * 7
        return np.asarray(base + grain - 25 * ((xs % wide) < 3) + np.sin(np.floor(xs / wide) * 5.3) * 9, np.float32)
    if wall == "tiles":
        side = rng.uniform(90, 170)
        joint = ((xs % side) < 4) | ((ys % side) < 4)
        return np.asarray(np.where(joint, base - 30, base + 8) + _clouds(rng, (2, 3)) * 4, np.float32)
    if wall == "leaves":
        return np.asarray(base + np.tanh(_clouds(rng, (3, 6)) * 1.6) * 30, np.float32)
    return np.asarray(base + _clouds(rng, (0, 5)) * rng.uniform(6, 14), np.float32)  # plaster


def _clouds(rng: np.random.Generator, octaves: tuple[int, int]) -> Floats:
    """Noise of several sizes, about 1 in amplitude."""
    total = np.zeros((_ROWS, _COLUMNS), np.float32)
    for octave in range(*octaves):
        rows, columns = 3 * 2**octave + 2, 5 * 2**octave + 2
        coarse = rng.normal(size=(rows, columns)).astype(np.float32)
        total += zoom(coarse, (_ROWS / rows, _COLUMNS / columns), order=1)[:_ROWS, :_COLUMNS]
    return np.asarray(total / np.sqrt(octaves[1] - octaves[0]), np.float32)
