"""Short videos of a ball that falls and bounces, one unlike the other, for what needs many small ones."""

from pathlib import Path
from typing import Any

import av
import numpy as np

WIDTH, HEIGHT, RATE_HZ = 320, 180, 30
_GRAVITY = 3.0
"""Picture heights per square second."""


def film(path: Path, number: int, duration_s: float) -> None:
    """Write the `number`th as VP9 in WebM."""
    rng = np.random.default_rng(number)
    backdrop = _backdrop(rng)
    x, height, speed = rng.uniform(0.2, 0.8), rng.uniform(0.3, 0.8), 0.0
    drift, radius = rng.uniform(-0.1, 0.1), int(rng.integers(8, 22))
    colour = rng.integers(120, 255, 3)
    with av.open(str(path), "w", format="webm") as container:
        stream: Any = container.add_stream(
            "libvpx-vp9", rate=RATE_HZ, options={"deadline": "realtime", "cpu-used": "8"}
        )
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for _ in range(int(duration_s * RATE_HZ)):
            speed -= _GRAVITY / RATE_HZ
            height += speed / RATE_HZ
            if height < 0:
                height, speed = -height, -speed * rng.uniform(0.6, 0.95)
                if speed < 0.3:  # it is thrown up again
                    speed = rng.uniform(1.2, 2.0)
            x = (x + drift / RATE_HZ) % 1
            picture = backdrop.copy()
            _draw(picture, x, height, radius, colour)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def _backdrop(rng: np.random.Generator) -> np.ndarray:
    coarse = rng.integers(30, 110, (HEIGHT // 20, WIDTH // 20, 3), dtype=np.uint8)
    picture = coarse.repeat(20, axis=0).repeat(20, axis=1)
    picture[int(0.92 * HEIGHT) :] //= 2  # the floor
    return picture


def _draw(picture: np.ndarray, x: float, height: float, radius: int, colour: np.ndarray) -> None:
    floor = 0.92 * HEIGHT - radius
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    ball = (rows - (floor - height * floor)) ** 2 + (columns - x * WIDTH) ** 2 <= radius**2
    picture[ball] = colour
