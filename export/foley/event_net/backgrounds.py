"""What lies behind and over the things in training clips: textures, light, and a camera that is held by hand."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Rng = np.random.Generator
Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


def texture(rng: Rng, height: int, width: int) -> Bytes:
    """Any still surface: plain, shaded, noisy, or a clutter of edges. Shape [height, width]."""
    low, high = np.sort(rng.uniform(10, 245, 2))
    if rng.random() < 0.5:
        low, high = 90 + (low - 127) * 0.4, 140 + (high - 127) * 0.4
    manner = rng.integers(0, 5)
    picture = np.full((height, width), rng.uniform(low, high), np.float32)
    if manner in (1, 2):
        for size in rng.choice([3, 8, 20, 60, 150], int(rng.integers(1, 4)), replace=False):
            coarse = rng.normal(size=(height // size + 2, width // size + 2)).astype(np.float32)
            picture += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) * (high - low) * 0.2
    if manner in (2, 3):
        for _ in range(int(rng.integers(3, 40))):
            one, two = (
                (int(rng.integers(-20, width + 20)), int(rng.integers(-20, height + 20))),
                rng.integers(4, 160, 2),
            )
            luma = float(rng.uniform(low, high))
            if rng.random() < 0.5:
                cv2.rectangle(picture, one, (one[0] + int(two[0]), one[1] + int(two[1])), luma, -1)
            elif rng.random() < 0.5:
                cv2.circle(picture, one, int(two[0] // 2), luma, -1, cv2.LINE_AA)
            else:
                end = (one[0] + int(two[0]) - 80, one[1] + int(two[1]) - 80)
                cv2.line(picture, one, end, luma, int(rng.integers(1, 9)), cv2.LINE_AA)
    if manner == 4:
        angle, pitch = rng.uniform(0, np.pi), rng.uniform(6, 60)
        ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
        wave = np.sin((xs * np.cos(angle) + ys * np.sin(angle)) * 2 * np.pi / pitch)
        if rng.random() < 0.5:
            wave *= np.sin((ys * np.cos(angle) - xs * np.sin(angle)) * 2 * np.pi / pitch)
        picture += np.tanh(wave * rng.uniform(0.5, 4)) * (high - low) * 0.25
    if rng.random() < 0.5:
        ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
        picture += rng.uniform(-40, 40) * (xs / width - 0.5) + rng.uniform(-40, 40) * (ys / height - 0.5)
    if rng.random() < 0.5:  # a floor
        line = int(height * rng.uniform(0.5, 0.95))
        picture[line:] = picture[line:] * rng.uniform(0, 0.6) + rng.uniform(20, 140)
    return np.asarray(np.clip(picture, 4, 250), np.uint8)


@dataclass(frozen=True, slots=True)
class Camera:
    """Where it looks at each time: a point p of the scene is seen at scale * p + shift."""

    scale: Floats
    """[times]"""
    shift: Floats
    """[times, 2], picture heights."""


def camera(rng: Rng, times: Floats) -> Camera:
    """Mostly still; else held by hand, turning, following, or zooming."""
    shift, scale = np.zeros((len(times), 2)), np.ones_like(times)
    if rng.random() < 0.35:  # held by hand
        strength = rng.choice([0.0015, 0.005, 0.012])
        for axis in range(2):
            for _ in range(4):
                rate = np.exp(rng.uniform(np.log(0.3), np.log(11)))
                shift[:, axis] += (
                    rng.normal() * strength / np.sqrt(rate / 2) * np.sin(6.283 * rate * times + rng.uniform(0, 6.3))
                )
    if rng.random() < 0.18:  # turns
        speed = rng.normal(0, 0.35, 2) * (1, 0.4)
        begin, long = rng.uniform(-1, times[-1]), rng.uniform(0.4, 4)
        share = np.clip((times - begin) / long, 0, 1)
        shift += (share * share * (3 - 2 * share))[:, None] * speed * long
        shift -= shift.mean(0)
    if rng.random() < 0.12:  # zooms
        scale = 1 + rng.uniform(-0.25, 0.35) * np.clip((times - rng.uniform(-1, 3)) / rng.uniform(0.5, 4), 0, 1)
    return Camera(scale, np.clip(shift, -0.42, 0.42))


def light(rng: Rng, times: Floats) -> Floats:
    """The gain of each picture, [times]."""
    gain = np.full_like(times, 1.0 if rng.random() < 0.8 else rng.uniform(0.15, 0.6))
    manner = rng.choice(
        ["steady", "steps", "fades", "waves", "flash", "drifts"], p=[0.74, 0.05, 0.06, 0.05, 0.05, 0.05]
    )
    if manner == "steps":
        gain *= rng.uniform(0.5, 1.1, 400)[(times * rng.uniform(3, 15)).astype(int) % 400]
    elif manner == "fades":
        one, two = rng.uniform(0.3, 2, 2)
        gain *= np.clip(np.minimum((times - times[0]) / one, (times[-1] - times) / two), 0, 1)
    elif manner == "waves":
        gain *= 1 + rng.uniform(0.05, 0.4) * np.sin(6.283 * rng.uniform(0.3, 12) * times)
    elif manner == "flash":
        for at in rng.uniform(times[0], times[-1], int(rng.integers(1, 4))):
            gain += rng.uniform(0.3, 1.5) * np.exp(-np.maximum(times - at, 0) / rng.uniform(0.03, 0.4)) * (times >= at)
    elif manner == "drifts":
        gain *= 1 + 0.3 * np.tanh((times - rng.uniform(0, times[-1])) / rng.uniform(0.1, 1)) * rng.choice([-1, 1])
    return gain
