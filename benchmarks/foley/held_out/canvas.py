"""Draws moving shapes onto a 1280x720 picture in luma and chroma, with edges and motion blur by exact coverage."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

WIDTH: Final = 1280
HEIGHT: Final = 720

Floats = npt.NDArray[np.float32]
Points = npt.NDArray[np.float64]
"""[n, 2], metres: right of the scene's middle, above its floor."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One point with a radius is a disc, two are a capsule, more a convex polygon (in either sense of turning)."""

    points: Points
    radius_m: float
    luma: float
    """0..255."""
    chroma: tuple[float, float] = (128.0, 128.0)
    stripe: float = 0.0
    """Amplitude of the pattern, in luma."""
    angle: float = 0.0
    """How far the pattern has turned, radians."""
    pitch_m: float = 0.1
    """From stripe to stripe."""
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class View:
    """Where the camera looks at one moment."""

    scale: float
    """Pixels a metre."""
    x: float
    """Where the scene's middle is, pixels from the left."""
    y: float
    """Where its floor is, pixels from the top."""

    def project(self, points: Points) -> Points:
        """Pixels, right and down."""
        return np.stack([self.x + points[:, 0] * self.scale, self.y - points[:, 1] * self.scale], axis=1)


class Canvas:
    """A picture being painted."""

    def __init__(self, luma: Floats, chroma: tuple[float, float]) -> None:
        self.luma = luma
        self.u = np.full((HEIGHT // 2, WIDTH // 2), chroma[0], np.float32)
        self.v = np.full((HEIGHT // 2, WIDTH // 2), chroma[1], np.float32)

    def paint(self, moments: Sequence[tuple[Shape, View]]) -> None:
        """The same shape at several moments of one exposure."""
        drawn = [(shape, view.project(shape.points), shape.radius_m * view.scale) for shape, view in moments]
        low = np.min([points.min(0) - radius for _, points, radius in drawn], axis=0) - 1
        high = np.max([points.max(0) + radius for _, points, radius in drawn], axis=0) + 2
        # Even borders, so that chroma at half the size lines up.
        left, top = max(0, int(low[0]) // 2 * 2), max(0, int(low[1]) // 2 * 2)
        right, bottom = min(WIDTH, int(high[0]) // 2 * 2 + 2), min(HEIGHT, int(high[1]) // 2 * 2 + 2)
        if left >= right or top >= bottom:
            return
        ys, xs = np.mgrid[top:bottom, left:right].astype(np.float32)
        cover = np.zeros_like(xs)
        for _, points, radius in drawn:
            cover += np.clip(0.5 - _distance(xs, ys, points, radius), 0, 1)
        shape, points, _ = drawn[-1]
        cover *= shape.opacity / len(drawn)
        colour = np.full_like(xs, shape.luma)
        if shape.stripe:
            middle = points.mean(0)
            along = (xs - middle[0]) * np.cos(shape.angle) + (ys - middle[1]) * np.sin(shape.angle)
            period_px = shape.pitch_m * moments[-1][1].scale
            colour += shape.stripe * np.tanh(4 * np.sin(2 * np.pi * along / period_px))
        area = self.luma[top:bottom, left:right]
        area += cover * (colour - area)
        half = cover[::2, ::2]
        for plane, value in ((self.u, shape.chroma[0]), (self.v, shape.chroma[1])):
            area = plane[top // 2 : bottom // 2, left // 2 : right // 2]
            area += half * (value - area)


def _distance(xs: Floats, ys: Floats, points: Points, radius_px: float) -> Floats:
    """Signed, in pixels: negative inside. Shape [rows, columns]."""
    if len(points) <= 2:
        start, way = points[0], points[-1] - points[0]
        length2 = float(way @ way)
        px, py = xs - np.float32(start[0]), ys - np.float32(start[1])
        if length2 > 1e-9:
            share = np.clip((px * np.float32(way[0]) + py * np.float32(way[1])) / np.float32(length2), 0, 1)
            px, py = px - share * np.float32(way[0]), py - share * np.float32(way[1])
        return np.asarray(np.hypot(px, py) - np.float32(radius_px), np.float32)
    middle = points.mean(0)
    outside: Floats | None = None
    for start, end in zip(points, np.roll(points, -1, axis=0), strict=True):
        normal = np.array([end[1] - start[1], start[0] - end[0]])
        length = float(np.hypot(*normal))
        if length < 1e-9:
            continue
        normal /= length
        if (middle - start) @ normal > 0:
            normal = -normal
        side = (xs - np.float32(start[0])) * np.float32(normal[0]) + (ys - np.float32(start[1])) * np.float32(normal[1])
        outside = side if outside is None else np.maximum(outside, side)
    assert outside is not None
    return np.asarray(outside - np.float32(radius_px), np.float32)
