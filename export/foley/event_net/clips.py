"""Renders one training clip from a seed: pictures as the server sees them, and everything that happens in them."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, cast

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from export.foley.event_net.backgrounds import Camera, camera, light, texture
from export.foley.event_net.motions import ASPECT, MOTIONS, Floats, Motion, Part
from server.engines.foley.event_net_shape import LEAST_GAP_S
from server.video.sizes import GREY_HEIGHT, GREY_WIDTH

Rng = np.random.Generator
Bytes = npt.NDArray[np.uint8]
WIDTH: Final = 384
HEIGHT: Final = 216
MARGIN: Final = 96
LENGTH_S: Final = 4.5
MOMENTS: Final = 3
FAINT: Final = 0.3
"""Heights a second: a jump below it is neither taught nor forbidden; below a third of it, it is nothing."""
_FIXED: Final = 16
"""Sub-pixel steps of the drawing."""


@dataclass(frozen=True, slots=True)
class TrainingClip:
    """What the net is shown and what it shall say."""

    pictures: Bytes
    """[n, GREY_HEIGHT, GREY_WIDTH]"""
    times_s: Floats
    """[n]"""
    strikes: Floats
    """[m, 7]: time, jump, x and y (0..1), whether a step, size, whether it can be told (else neither taught nor
    forbidden)."""
    states: Floats
    """[n, 3, 3]: for rolling, sliding and moving whether, x and y."""


Mix = Mapping[str, float]
"""Motion -> how often it is cast."""
EVERYTHING: Final[Mix] = {
    "flight": 0.2,
    "tumble": 0.1,
    "striker": 0.22,
    "walker": 0.2,
    "roller": 0.09,
    "clash": 0.04,
    "drift": 0.12,
    "fan": 0.03,
}
WHAT_IS_HARD: Final[Mix] = {
    "flight": 0.05,
    "hops": 0.2,
    "tumble": 0.05,
    "striker": 0.2,
    "clap": 0.12,
    "walker": 0.12,
    "roller": 0.15,
    "clash": 0.03,
    "drift": 0.08,
}


def training_clip(seed: int, mix: Mix) -> TrainingClip:
    """The same seed and mix give the same clip on the same versions of the libraries."""
    rng = np.random.default_rng(seed)
    rate_hz = float(rng.choice([15, 20, 24, 25, 30, 48, 50, 60], p=[0.03, 0.03, 0.22, 0.18, 0.3, 0.04, 0.08, 0.12]))
    keep = max(1, int(np.ceil(LEAST_GAP_S * rate_hz - 1e-6)))
    times = np.arange(0, LENGTH_S, keep / rate_hz)
    if rng.random() < 0.08:  # a variable frame rate
        times = times + rng.uniform(-0.3, 0.3, len(times)) * keep / rate_hz
        times = times[rng.random(len(times)) > 0.1]
        times = np.maximum(times - times[0], 0)
    exposed = rng.uniform(0.1, 0.95) / rate_hz
    moments = (times[:, None] + exposed * np.arange(MOMENTS) / MOMENTS).reshape(-1)
    parts = int(rng.choice([1, 2, 3, 4], p=[0.85, 0.06, 0.05, 0.04]))
    borders = [0.0, *np.sort(rng.uniform(0.3, LENGTH_S - 0.3, parts - 1)), LENGTH_S + 1]
    pictures = np.empty((len(times), HEIGHT, WIDTH), np.uint8)
    strikes: list[list[float]] = []
    states = np.zeros((len(times), 3, 3))
    for begin, end in pairwise(borders):
        inside = (times >= begin) & (times < end)
        if inside.sum() > 1:
            _shoot(rng, mix, moments.reshape(-1, MOMENTS)[inside], pictures, np.flatnonzero(inside), strikes, states)
    made = np.array([each for each in strikes if 0 <= each[0] <= LENGTH_S]).reshape(-1, 7)
    for border in borders[1:-1]:
        made[np.abs(made[:, 0] - border) < 0.1, 6] = 0
    gain = light(rng, times)
    pictures = _sensor(rng, pictures, gain)
    if rng.random() < 0.08:  # some pictures shown twice
        again = np.flatnonzero(np.arange(len(times)) % int(rng.integers(2, 6)) == 1)
        pictures[again] = pictures[again - 1]
    if rng.random() < 0.6:
        pictures = _coded(rng, pictures, rate_hz / keep)
    small = np.stack([cv2.resize(each, (GREY_WIDTH, GREY_HEIGHT), interpolation=cv2.INTER_AREA) for each in pictures])
    return TrainingClip(small, times, made, states)


def _cast(rng: Rng, mix: Mix) -> list[str]:
    count = int(rng.choice([0, 1, 2, 3], p=[0.03, 0.5, 0.32, 0.15]))
    cast = [str(name) for name in rng.choice(list(mix), count, p=list(mix.values()))]
    if rng.random() < 0.3:
        cast.append("drift")
    if rng.random() < 0.15:
        cast.append("cover")
    return cast


def _shoot(
    rng: Rng,
    mix: Mix,
    moments: Floats,
    pictures: Bytes,
    places: npt.NDArray[np.intp],
    strikes: list[list[float]],
    states: Floats,
) -> None:
    """One scene into its places of `pictures` and `states`; what strikes in it is added to `strikes`."""
    begin = moments[0, 0]
    flat = moments.reshape(-1) - begin
    length_s = float(flat[-1])
    motions = [MOTIONS[name](rng, flat, length_s) for name in _cast(rng, mix)]
    looks = camera(rng, flat)
    wide = float(rng.choice([1.0, 4 / 3, 3.16, 0.75], p=[0.85, 0.06, 0.04, 0.05]))
    mirrored = rng.random() < 0.5
    ground = texture(rng, HEIGHT + 2 * MARGIN, WIDTH + 2 * MARGIN)
    surface = _surface(rng)
    parts = [part for motion in motions for part in motion.parts if not part.covers]
    parts += [part for motion in motions for part in motion.parts if part.covers]
    parts = [_stands_out(part, float(ground.mean())) for part in parts]
    placed = [_placed(part, looks, wide) for part in parts]
    is_still = bool(np.ptp(looks.scale) == 0 and np.ptp(looks.shift, axis=0).max() == 0)
    still = _behind(ground, looks, 0)
    for number, place in enumerate(places):
        total = np.zeros((HEIGHT, WIDTH), np.float32)
        for moment in range(MOMENTS):
            at = number * MOMENTS + moment
            canvas = still.copy() if is_still else _behind(ground, looks, at)
            if surface is not None:
                _ripple(canvas, surface, flat[at])
            for part, points in zip(parts, placed, strict=True):
                _draw(canvas, part, points[at], at, looks.scale[at], wide)
            total += canvas
        total /= MOMENTS
        pictures[place] = total[:, ::-1] if mirrored else total
    for motion in motions:
        _note_strikes(motion, motions, looks, flat, wide, mirrored, begin, strikes)
        _note_states(motion, looks, wide, mirrored, states, places)


def _stands_out(part: Part, behind: float) -> Part:
    """The same, no nearer to what is behind it than can be seen."""
    if abs(part.luma - behind) > 22:
        return part
    return replace(part, luma=behind + 40 * (1 if behind < 120 else -1))


def _placed(part: Part, looks: Camera, wide: float) -> npt.NDArray[np.int64]:
    seen = part.points * looks.scale[:, None, None] + looks.shift[:, None]
    seen = (seen - (ASPECT / 2, 0)) * (wide, 1) + (ASPECT / 2, 0)
    return np.asarray(np.clip(np.nan_to_num(seen) * HEIGHT, -2000, 2500) * _FIXED, np.int64)


def _draw(canvas: Bytes, part: Part, points: npt.NDArray[np.int64], at: int, scale: float, wide: float) -> None:
    radius = max(0.6, part.radius * HEIGHT * scale)
    luma = float(np.clip(part.luma, 0, 255))
    if len(points) > 2:
        cv2.fillPoly(canvas, [points.astype(np.int32)], luma, cv2.LINE_AA, 4)
    elif len(points) == 2:
        ends = [(int(x), int(y)) for x, y in points]
        thick = max(1, round(2 * radius))
        cv2.line(canvas, ends[0], ends[1], luma, min(thick, 250), cv2.LINE_AA, 4)
    else:
        middle = (int(points[0, 0]), int(points[0, 1]))
        axes = (int(radius * wide * _FIXED), int(radius * _FIXED))
        cv2.ellipse(canvas, middle, axes, 0, 0, 360, luma, -1, cv2.LINE_AA, 4)
        for far, angle, size, mark in part.marks:
            angle += float(part.turn[at]) if part.turn is not None else 0.0
            far = far * (1 - size)
            spot = (
                middle[0] + int(np.cos(angle) * far * axes[0]),
                middle[1] + int(np.sin(angle) * far * axes[1]),
            )
            tone = float(np.clip(mark, 0, 255))
            cv2.ellipse(canvas, spot, (int(axes[0] * size), int(axes[1] * size)), 0, 0, 360, tone, -1, cv2.LINE_AA, 4)


def _behind(ground: Bytes, looks: Camera, at: int) -> Bytes:
    scale = float(looks.scale[at])
    x, y = looks.shift[at] * HEIGHT
    matrix = np.array([[scale, 0, x - MARGIN * scale], [0, scale, y - MARGIN * scale]], np.float32)
    return np.asarray(
        cv2.warpAffine(ground, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    )


def _surface(rng: Rng) -> tuple[Bytes, Bytes, tuple[int, int, int, int], Floats] | None:
    """Water, leaves or a screen: a rectangle whose texture runs two ways at once."""
    if rng.random() > 0.1:
        return None
    left, top = int(rng.integers(0, WIDTH - 60)), int(rng.integers(0, HEIGHT - 50))
    right, bottom = int(rng.integers(left + 40, WIDTH + 1)), int(rng.integers(top + 40, HEIGHT + 1))
    return texture(rng, 512, 768), texture(rng, 512, 768), (left, top, right, bottom), rng.normal(0, 60, 4)


def _ripple(canvas: Bytes, surface: tuple[Bytes, Bytes, tuple[int, int, int, int], Floats], time: float) -> None:
    one, two, (left, top, right, bottom), speeds = surface
    high, wide = bottom - top, right - left
    total = np.zeros((high, wide), np.float32)
    for sheet, speed in ((one, speeds[:2]), (two, speeds[2:])):
        y, x = (int(v * time) % limit for v, limit in zip(speed, (512 - high, 768 - wide), strict=True))
        total += sheet[y : y + high, x : x + wide]
    canvas[top:bottom, left:right] = total / 2


def _note_strikes(
    motion: Motion,
    motions: list[Motion],
    looks: Camera,
    flat: Floats,
    wide: float,
    mirrored: bool,
    begin: float,
    strikes: list[list[float]],
) -> None:
    covers = [part for other in motions for part in other.parts if part.covers]
    for strike in motion.strikes:
        if not -0.02 <= strike.time_s <= flat[-1]:
            continue
        at = min(int(np.searchsorted(flat, strike.time_s)), len(flat) - 1)
        x = strike.x * looks.scale[at] + looks.shift[at, 0]
        y = strike.y * looks.scale[at] + looks.shift[at, 1]
        x = ((x - ASPECT / 2) * wide + ASPECT / 2) / ASPECT
        jump = strike.jump * looks.scale[at]
        if jump < FAINT / 3 or not (-0.08 < x < 1.08 and -0.08 < y < 1.08):
            continue
        can_be_told = jump >= FAINT and 0.02 < x < 0.98 and 0.03 < y < 1.0
        for part in covers:
            left, right = part.points[0, :, 0].min() - 0.03, part.points[0, :, 0].max() + 0.03
            can_be_told &= not left < strike.x < right
        shown = 1 - x if mirrored else x
        is_step = float(strike.kind == "step")
        strikes.append([begin + strike.time_s, jump, shown, y, is_step, strike.size, float(can_be_told)])


def _note_states(
    motion: Motion, looks: Camera, wide: float, mirrored: bool, states: Floats, places: npt.NDArray[np.intp]
) -> None:
    if motion.place is None:
        return
    seen = motion.place * looks.scale[:, None] + looks.shift
    x = ((seen[::MOMENTS, 0] - ASPECT / 2) * wide + ASPECT / 2) / ASPECT
    x, y = (1 - x if mirrored else x), seen[::MOMENTS, 1]
    inside = (x > 0) & (x < 1) & (y > 0) & (y < 1)
    for number, flags in enumerate((motion.rolls, motion.slides, motion.moves)):
        if flags is not None:
            holds = (flags[::MOMENTS] > 0) & inside
            states[places[holds], number] = np.stack([np.ones(holds.sum()), x[holds], y[holds]], -1)


def _sensor(rng: Rng, pictures: Bytes, gain: Floats) -> Bytes:
    """Light, noise, blur and black bars."""
    noise = rng.choice([0.0, rng.uniform(0, 3), rng.uniform(3, 9)], p=[0.15, 0.6, 0.25])
    grain = rng.normal(0, noise, (HEIGHT + 64, WIDTH + 64)).astype(np.float32)
    blur = rng.uniform(0.5, 1.6) if rng.random() < 0.2 else 0.0
    bars = int(rng.uniform(0.05, 0.14) * HEIGHT) if rng.random() < 0.05 else 0
    out = np.empty_like(pictures)
    for number, picture in enumerate(pictures):
        y, x = rng.integers(0, 64, 2)
        seen = picture.astype(np.float32) * gain[number] + grain[y : y + HEIGHT, x : x + WIDTH]
        if blur:
            seen = cv2.GaussianBlur(seen, (0, 0), blur)
        if bars:
            seen[:bars] = seen[-bars:] = 4
        out[number] = np.clip(seen, 0, 255)
    return out


def _coded(rng: Rng, pictures: Bytes, rate_hz: float) -> Bytes:
    """Through a real codec at a low rate and back."""
    codec = str(rng.choice(["libx264", "libx265", "libvpx-vp9", "libvpx", "mpeg4"], p=[0.55, 0.08, 0.12, 0.05, 0.2]))
    kbps = np.exp(rng.uniform(np.log(40), np.log(700)))
    options = {
        "libx264": {"preset": str(rng.choice(["ultrafast", "superfast", "veryfast"])), "g": str(rng.integers(12, 250))},
        "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:pools=1"},
        "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
        "libvpx": {"deadline": "realtime", "cpu-used": "8"},
        "mpeg4": {"g": str(rng.integers(10, 60))},
    }[codec]
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as out:
        stream = cast("VideoStream", out.add_stream(codec, rate=round(rate_hz), options=options))
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = WIDTH, HEIGHT, "yuv420p", int(kbps * 1000)
        stream.thread_count = 1
        chroma = np.full((HEIGHT // 2, WIDTH), 128, np.uint8)
        for picture in pictures:
            frame = VideoFrame.from_ndarray(np.concatenate([picture, chroma]), format="yuv420p")
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    file.seek(0)
    with av.open(file, "r") as container:
        seen = [frame.to_ndarray(format="yuv420p")[:HEIGHT] for frame in container.decode(video=0)]
    return np.stack(seen) if len(seen) == len(pictures) else pictures
