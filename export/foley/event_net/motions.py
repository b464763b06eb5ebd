"""Things that move in training clips: where each part is at given times, and when it strikes something.

Lengths are in picture heights, x from 0 to 16/9 rightwards, y from 0 to 1 downwards, so that speeds are as seen.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

Rng = np.random.Generator
Floats = npt.NDArray[np.float64]
ASPECT: Final = 16 / 9


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is drawn."""

    points: Floats
    """[times, n, 2]: 1 point a disc, 2 a line, more a polygon."""
    radius: float
    luma: float
    marks: tuple[tuple[float, float, float, float], ...] = ()
    """Spots on a disc: share of the radius, angle, share of the radius as size, luma."""
    turn: Floats | None = None
    """[times], radians, of the marks."""
    covers: bool = False
    """It stands in the foreground and hides hits behind it."""


@dataclass(frozen=True, slots=True)
class Strike:
    """A true onset."""

    time_s: float
    jump: float
    """Change of velocity, heights a second."""
    x: float
    y: float
    kind: str
    """hit or step."""
    size: float
    """Height of what strikes."""


@dataclass(frozen=True, slots=True)
class Motion:
    """One actor."""

    parts: list[Part]
    strikes: list[Strike] = field(default_factory=list)
    rolls: Floats | None = None
    """[times] of 0 and 1."""
    slides: Floats | None = None
    moves: Floats | None = None
    """1 where something sweeps through the air fast."""
    place: Floats | None = None
    """[times, 2]: where the rolling, sliding or moving is."""


def _track(x: Floats, y: Floats) -> Floats:
    return np.stack([x, y], -1)


def _disc(x: Floats, y: Floats) -> Floats:
    return _track(x, y)[:, None]


def _turned(corners: Floats, angle: Floats, x: Floats, y: Floats) -> Floats:
    """[times, n, 2]: a polygon turned and moved."""
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    along = corners[None, :, 0] * cos - corners[None, :, 1] * sin
    down = corners[None, :, 0] * sin + corners[None, :, 1] * cos
    return np.stack([along + x[:, None], down + y[:, None]], -1)


def _luma(rng: Rng) -> float:
    return float(rng.choice([rng.uniform(5, 80), rng.uniform(80, 170), rng.uniform(170, 250)], p=[0.42, 0.16, 0.42]))


def _marks(rng: Rng, luma: float) -> tuple[tuple[float, float, float, float], ...]:
    count = int(rng.choice([0, 1, 2, 3, 5]))
    shift = rng.uniform(20, 110) * (-1 if luma > 128 else 1)
    return tuple(
        (float(rng.uniform(0.2, 0.8)), float(rng.uniform(0, 6.28)), float(rng.uniform(0.15, 0.5)), luma + shift)
        for _ in range(count)
    )


def _body(rng: Rng, size: float) -> Floats | None:
    """Corners of a polygon with about this radius, or None for a disc."""
    form = rng.integers(0, 5)
    if form <= 1:
        return None
    if form == 2:
        half = np.array([size * rng.uniform(0.5, 1.2), size * rng.uniform(0.5, 1.2)])
        return np.asarray(np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half)
    angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 8))))
    return np.asarray(np.stack([np.cos(angles), np.sin(angles)], -1) * size * rng.uniform(0.6, 1.1, (len(angles), 1)))


def _thing(rng: Rng, size: float, x: Floats, y: Floats, turn: Floats) -> list[Part]:
    luma, corners = _luma(rng), _body(rng, size)
    if corners is None:
        return [Part(_disc(x, y), size, luma, _marks(rng, luma), turn)]
    return [Part(_turned(corners, turn, x, y), 0.0, luma)]


def hops(rng: Rng, times: Floats, length_s: float) -> Motion:
    """The same as `flight`, of what bounces well, down to its smallest hops."""
    return flight(rng, times, length_s, is_lively=True)


def flight(rng: Rng, times: Floats, length_s: float, is_lively: bool = False) -> Motion:
    """Thrown or dropped, bouncing from the floor and perhaps from walls, then rolling, sliding or lying."""
    size = rng.uniform(0.018, 0.11)
    gravity = 9.81 / rng.choice([rng.uniform(0.6, 1.5), rng.uniform(1.5, 4), rng.uniform(4, 7)], p=[0.2, 0.6, 0.2])
    bounce = rng.choice([0.0, rng.uniform(0.1, 0.5), rng.uniform(0.5, 0.9)], p=[0.2, 0.2, 0.6])
    if is_lively:
        bounce, size = rng.uniform(0.6, 0.9), rng.uniform(0.03, 0.11)
    floor = rng.uniform(0.55, 0.97)
    walls = (rng.uniform(-0.3, 0.3), ASPECT + rng.uniform(-0.3, 0.3)) if rng.random() < 0.35 else (-9.0, 9.0)
    x, y = rng.uniform(0.1, ASPECT - 0.1), floor - size - rng.uniform(0.1, 0.75)
    vx, vy = rng.normal(0, 0.25) * rng.choice([0.2, 1, 2.5]), rng.uniform(-0.6, 0.3) * np.sqrt(gravity)
    spin, tilt = rng.uniform(-8, 8) * rng.choice([0, 0.3, 1]), rng.uniform(0, 6)
    # Held first, by nothing: it hangs until it is let go of.
    began = rng.choice([-0.3, rng.uniform(0, 0.6 * length_s)])
    legs: list[tuple[float, float, float, float, float, float]] = [(-99.0, x, y, 0.0, 0.0, 0.0)]
    strikes: list[Strike] = []
    time, ground = float(began), False
    if began > 0:
        vy, vx = 0.0, vx * (rng.random() < 0.5)
    friction = rng.uniform(0.02, 0.6)
    for _ in range(60):
        legs.append((time, x, y, vx, vy, 0.0 if ground else gravity))
        to_floor = np.inf
        if not ground:
            fall = vy * vy + 2 * gravity * max(0.0, floor - size - y)
            to_floor = (np.sqrt(fall) - vy) / gravity
        wall = walls[1] - size if vx > 0 else walls[0] + size
        to_wall = (wall - x) / vx if abs(vx) > 1e-6 and (wall - x) / vx > 1e-6 else np.inf
        step = min(to_floor, to_wall)
        if not np.isfinite(step) or time + step > length_s:
            break
        time += step
        x += vx * step
        if to_wall < to_floor:
            y += vy * step + (0 if ground else gravity / 2 * step * step)
            vy += 0 if ground else gravity * step
            strikes.append(Strike(time, abs(vx) * (1 + bounce), x + np.sign(vx) * size, y, "hit", 2 * size))
            vx *= -max(bounce, 0.2)
        else:
            y, down = floor - size, vy + gravity * step
            strikes.append(Strike(time, down * (1 + bounce), x, floor, "hit", 2 * size))
            vx *= rng.uniform(0.7, 1.0)
            vy, spin = -down * bounce, spin * 0.7
            if down * bounce < 0.08 * np.sqrt(gravity):
                vy, ground = 0.0, True
                vx = vx if rng.random() < 0.6 else 0.0
    index = np.searchsorted([leg[0] for leg in legs], times, side="right") - 1
    at = np.array(legs)[index]
    gone = times - at[:, 0]
    xs = at[:, 1] + at[:, 3] * gone * (index > 0)
    ys = at[:, 2] + (at[:, 4] * gone + at[:, 5] / 2 * gone * gone) * (index > 0)
    on_floor = (index > 0) & (at[:, 5] == 0)
    if on_floor.any():  # rolls out
        first = legs[-1]
        slow = friction * max(0.05, abs(first[3]))
        rolled = np.minimum(gone, abs(first[3]) / slow)
        xs = np.where(on_floor, at[:, 1] + np.sign(at[:, 3]) * (abs(at[:, 3]) * rolled - slow / 2 * rolled**2), xs)
    turn = (
        tilt
        + spin * np.minimum(times, legs[-1][0] if ground else 99)
        + np.where(on_floor, (xs - legs[-1][1]) / size, 0)
    )
    speed = np.abs(np.gradient(xs, times))
    return Motion(
        _thing(rng, size, xs, ys, turn),
        strikes,
        rolls=(on_floor & (speed > 0.05)).astype(float),
        place=_track(xs, ys),
    )


def tumble(rng: Rng, times: Floats, length_s: float) -> Motion:
    """A box falls on its corner and tips flat."""
    width, high = rng.uniform(0.05, 0.22, 2)
    gravity, floor, x = 9.81 / rng.uniform(0.8, 5), rng.uniform(0.6, 0.97), rng.uniform(0.1, ASPECT - 0.1)
    lean, spin = rng.uniform(0.05, 0.6) * rng.choice([-1, 1]), rng.uniform(-4, 4)
    drop, began, tip = rng.uniform(0.1, 0.7), rng.uniform(-0.2, 0.7 * length_s), rng.uniform(0.06, 0.22)
    landing = began + np.sqrt(2 * drop / gravity)
    share = np.clip((times - landing) / tip, 0, 1)
    angle = np.where(times < landing, lean + spin * (np.maximum(times, began) - landing), lean * (1 - share**2))
    tall = (high * np.abs(np.cos(angle)) + width * np.abs(np.sin(angle))) / 2
    rest = (high * np.cos(lean) + width * np.sin(abs(lean))) / 2
    fallen = gravity / 2 * np.maximum(0, np.minimum(times, landing) - began) ** 2
    y = np.where(times < landing, floor - rest - drop + fallen, floor - tall)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (width / 2, high / 2)
    strikes = [
        Strike(landing, float(np.sqrt(2 * gravity * drop)), x, floor, "hit", high),
        Strike(landing + tip, abs(lean) / tip * width, x, floor, "hit", high),
    ]
    parts = [Part(_turned(corners, angle, np.full_like(y, x), y), 0.0, _luma(rng))]
    if rng.random() < 0.5:
        parts.append(Part(_turned(corners * rng.uniform(0.2, 0.7), angle, np.full_like(y, x), y), 0.0, _luma(rng)))
    return Motion(parts, strikes)


def _strokes(rng: Rng, times: Floats, length_s: float) -> tuple[Floats, list[tuple[float, float, float]]]:
    """How far something is lifted, 0..1 [times], and its strikes as (time, speed of `lift` at contact, 1 + rebound).

    Some strokes are laid down gently: they make no strike.
    """
    lift = np.zeros_like(times)
    strikes: list[tuple[float, float, float]] = []
    manner = rng.choice(["recoil", "dead", "retract"], p=[0.35, 0.35, 0.3])
    rise_s, fall_s, rest_s = rng.uniform(0.12, 0.8), rng.uniform(0.05, 0.25), rng.uniform(0.0, 0.7)
    power = rng.uniform(1.3, 3.0)
    time = rng.uniform(-0.5, 1.0)
    gentle = rng.choice([0.0, 0.25])
    while time < length_s:
        high = rng.uniform(0.6, 1.0)
        rise, fall = rise_s * rng.uniform(0.7, 1.4), fall_s * rng.uniform(0.8, 1.3)
        hold = rng.choice([0.0, rng.uniform(0, 0.3)])
        gone = times - time
        up = np.clip(gone / rise, 0, 1)
        wave = high * (1 - (1 - up) ** 2 if manner == "retract" else up * up * (3 - 2 * up))
        end = rise + hold + fall
        if rng.random() < gentle:
            end = rise + hold + rng.uniform(0.3, 0.8)
            down = np.clip((gone - rise - hold) / (end - rise - hold), 0, 1)
            wave = wave * (1 - down * down * (3 - 2 * down))
        else:
            down = np.clip((gone - rise - hold) / fall, 0, 1)
            wave = np.where(down > 0, high * (1 - down**power), wave)
            speed = high * power / fall
            rebound = rng.uniform(0.05, 0.4) if manner == "recoil" else 0.0
            if manner == "recoil":
                after = np.clip((gone - end) / rng.uniform(0.06, 0.18), 0, 1)
                wave = wave + rebound * 0.4 * high * 4 * after * (1 - after)
            strikes.append((time + end, speed, 1 + (2 * high / (rise * speed) if manner == "retract" else rebound)))
        inside = (gone >= 0) & (times < time + end + 0.2)
        lift = np.where(inside, wave, lift)
        pause = rest_s * rng.uniform(0.3, 1.7) if manner != "retract" else rng.choice([0.0, 0.0, rng.uniform(0.2, 1.2)])
        time += end + (0.18 if manner == "recoil" else 0.0) + pause
    return lift, [strike for strike in strikes if strike[0] < length_s]


def clap(rng: Rng, times: Floats, length_s: float) -> Motion:
    """Two things alike meet, again and again."""
    return striker(rng, times, length_s, is_pair=True)


def striker(rng: Rng, times: Floats, length_s: float, is_pair: bool = False) -> Motion:
    """A fist, finger, hammer, stick or foot that comes down on something; or a pair that meets, as in clapping."""
    lift, strokes = _strokes(rng, times, length_s)
    size, far = rng.uniform(0.02, 0.13), rng.uniform(0.06, 0.6)
    x, y = rng.uniform(0.2, ASPECT - 0.2), rng.uniform(0.3, 0.93)
    way = rng.choice([-np.pi / 2, rng.uniform(-np.pi, 0), rng.uniform(-np.pi, np.pi)], p=[0.5, 0.3, 0.2])
    pair = rng.random() < 0.22 or is_pair
    bend = rng.uniform(-1.2, 1.2) * (rng.random() < 0.5)  # of the way, as of what turns about a joint
    parts: list[Part] = []
    limb, body = _luma(rng), _luma(rng)
    thick, corners, tilt = rng.uniform(0.01, 0.08), _body(rng, size), rng.uniform(0, 6)
    turning = rng.uniform(-1.5, 1.5) * (rng.random() < 0.5)
    for sense in (1, -1) if pair else (1,):
        direction = way + bend * lift
        contact = size * 0.8
        px = x + sense * np.cos(direction) * (contact + far * lift)
        py = y + sense * np.sin(direction) * (contact + far * lift)
        if rng.random() < 0.8:
            joint_way = way + rng.uniform(-1.8, 1.8)
            reach = rng.uniform(0.2, 0.9)
            jx = np.full_like(px, x + sense * np.cos(joint_way) * reach) + 0.25 * (px - px.mean())
            jy = np.full_like(py, y + sense * np.sin(joint_way) * reach) + 0.25 * (py - py.mean())
            parts.append(Part(np.stack([_track(jx, jy), _track(px, py)], 1), thick, limb))
            if rng.random() < 0.3:
                middle = np.stack([_track(jx + 0.2, jy + 0.3), _track(jx, jy)], 1)
                parts.append(Part(middle, thick * 1.2, limb * 0.8))
        turn = tilt + turning * lift * sense
        if corners is None:
            parts.append(Part(_disc(px, py), size, body, _marks(rng, body), turn))
        else:
            parts.append(Part(_turned(corners, turn, px, py), 0.0, body))
    if not pair and rng.random() < 0.7:  # what it strikes
        across = np.array([-np.sin(way), np.cos(way)])
        into = -np.array([np.cos(way), np.sin(way)])
        wide, deep = rng.uniform(0.03, 0.5), rng.uniform(0.03, 0.4)
        block = np.array([x, y]) + np.array(
            [across * wide, -across * wide, -across * wide + into * deep, across * wide + into * deep]
        )
        parts.insert(0, Part(np.repeat(block[None], len(times), 0), 0.0, _luma(rng)))
    pace = far * np.sqrt(1 + bend * bend) * (2 if pair else 1)
    strikes = [Strike(at, speed * pace * more, x, y, "hit", 2 * size) for at, speed, more in strokes]
    return Motion(parts, strikes)


def walker(rng: Rng, times: Floats, length_s: float) -> Motion:
    """Walks or runs, seen from the side or from ahead, whole or only the legs; may start and stop."""
    tall = rng.choice([rng.uniform(0.3, 0.95), rng.uniform(0.95, 2.2)], p=[0.7, 0.3])
    leg = tall * rng.uniform(0.46, 0.54)
    runs = rng.random() < 0.25
    period = rng.uniform(0.27, 0.4) if runs else rng.uniform(0.42, 0.75)
    step = leg * (rng.uniform(0.7, 1.3) if runs else rng.uniform(0.3, 0.85))
    from_ahead = rng.random() < 0.2
    ahead = float(rng.choice([-1, 1]))
    floor = rng.uniform(0.65, 0.97)
    lift, power, late = leg * rng.uniform(0.05, 0.3), rng.uniform(0.7, 1.3), rng.uniform(0.0, 0.9)
    first, count = rng.uniform(-2, 1.0), int(rng.choice([4, 8, 40], p=[0.15, 0.15, 0.7]))
    heavy = rng.uniform(0.6, 1.0)  # 1 lands with the foot at full speed
    phase = np.clip((times - first) / period, 0, count)
    index = np.minimum(np.floor(phase), count - 1)
    gone = phase - index

    def foot(parity: int) -> tuple[Floats, Floats]:
        swings = index % 2 == parity
        share = np.clip((gone - (0.1 if runs else late * 0.2)) / (1 - (0.1 if runs else late * 0.2)), 0, 1)
        eased = share - heavy * np.sin(2 * np.pi * share) / (2 * np.pi)
        begin = np.where(swings, index - 2, index - 1)
        # The first step of each leg begins where it stands.
        begin = np.where(swings & (index < 1), -1, begin)
        end = np.where(swings, index, index - 1)
        along = (begin + (end - begin) * np.where(swings, eased, 0)) * step
        high = lift * np.where(swings, np.sin(np.pi * share**power), 0)
        return along, high

    feet = [foot(0), foot(1)]
    middle = (feet[0][0] + feet[1][0]) / 2
    spread = np.abs(feet[0][0] - feet[1][0])
    bob = leg * rng.uniform(0.0, 0.06) * np.abs(np.sin(np.pi * gone)) * (2 if runs else 1)
    hip_y = np.sqrt(np.maximum((0.5 * leg) ** 2, (0.97 * leg) ** 2 - spread**2 / 4)) + bob
    followed = rng.random() < 0.25
    x0 = rng.uniform(0.3, 1.4) - ahead * (0 if followed else middle[len(middle) // 2])
    gap = leg * rng.uniform(0.08, 0.2)

    def place(along: Floats, high: Floats, side: float) -> Floats:
        if from_ahead:
            grown = 1 + 0.12 * (along - middle) / leg
            return _track(np.full_like(along, x0) + side * gap, floor - high * grown - 0.05 * (along - middle))
        shift = middle if followed else 0.0
        return _track(x0 + ahead * (along - shift), floor - high)

    hip = place(middle, hip_y, 0.0)
    trousers, shirt, shoe, thick = _luma(rng), _luma(rng), _luma(rng), leg * rng.uniform(0.07, 0.17)
    knees, dim = rng.random() < 0.75, rng.uniform(0.6, 1)
    parts: list[Part] = []
    for parity, (along, high) in reversed(list(enumerate(feet))):
        ankle = place(along, high + 0.08 * leg, 1 - 2 * parity)
        tone = 1.0 if parity == 0 else dim
        if knees:
            way = ankle - hip
            long = np.hypot(way[:, 0], way[:, 1])
            out = np.sqrt(np.maximum(0, (0.5 * leg) ** 2 - long**2 / 4))
            normal = np.stack([-way[:, 1], way[:, 0]], -1) / np.maximum(long, 1e-6)[:, None]
            knee = (hip + ankle) / 2 - ahead * normal * out[:, None] * (-1 if not from_ahead else 0)
            parts.append(Part(np.stack([hip, knee], 1), thick, trousers * tone))
            parts.append(Part(np.stack([knee, ankle], 1), thick * 0.8, trousers * tone))
        else:
            parts.append(Part(np.stack([hip, ankle], 1), thick, trousers * tone))
        pitch = np.where(index % 2 == parity, rng.uniform(-0.6, 0.9) * np.cos(np.pi * gone), 0)
        toe = ankle + 0.26 * leg * np.stack(
            [ahead * np.cos(pitch) * (0.2 if from_ahead else 1), 0.2 - np.sin(pitch) * 0.5], -1
        )
        parts.append(Part(np.stack([ankle, toe], 1), thick * 0.6, shoe * tone))
    if rng.random() < 0.85:
        neck = hip - (0, 0.62 * leg)
        swing = rng.uniform(0.2, 0.8) * np.sin(np.pi * (phase + 0.5))
        for sense in (1, -1):
            hand = neck + 0.6 * leg * np.stack([np.sin(sense * swing) * (0.2 if from_ahead else 1), np.cos(swing)], -1)
            parts.append(Part(np.stack([neck, hand], 1), thick * 0.6, shirt * 0.8))
        parts.append(Part(np.stack([hip, neck], 1), thick * rng.uniform(1.3, 2.4), shirt))
        parts.append(Part((neck - (0, 0.25 * leg))[:, None], leg * 0.13, _luma(rng)))
    strikes = []
    for number in range(count):
        at = first + (number + 1) * period
        if 0 <= at < length_s:
            near = int(np.argmin(np.abs(times - at)))
            spot = place(np.full_like(times, number * step), np.zeros_like(times), 1 - 2 * (number % 2))[near]
            strikes.append(Strike(at, 1.3 * leg * (1.6 if runs else 1), float(spot[0]), float(spot[1]), "step", tall))
    return Motion(parts, strikes)


def roller(rng: Rng, times: Floats, length_s: float) -> Motion:
    """Rolls or slides along a plane, faster or slower, into a wall or off an edge."""
    rolls = rng.random() < 0.5
    size = rng.uniform(0.03, 0.14)
    slope = rng.choice([0.0, rng.uniform(-0.35, 0.35)])
    sense, x, floor = float(rng.choice([-1, 1])), rng.uniform(-0.1, ASPECT * 0.45), rng.uniform(0.5, 0.95)
    speed, wall, bounce = rng.uniform(0.15, 1.3), rng.uniform(0.6, 1.5), rng.choice([0.0, rng.uniform(0.1, 0.7)])
    slow = rng.uniform(-0.1, 0.5)
    began, ramp = rng.choice([-1.0, rng.uniform(0.2, 1.5)]), rng.uniform(0.15, 0.6)
    fine = np.arange(-0.1, length_s + 0.3, 1 / 240)
    track, speeds = np.zeros_like(fine), np.zeros_like(fine)
    place, pace, hit_s, jump = x, 0.0, None, 0.0
    has_wall = rng.random() < 0.6
    for number, time in enumerate(fine):
        if began > 0 and began <= time < began + ramp:
            pace = speed * (time - began) / ramp
        elif time >= began + ramp or began < 0:
            pace = speed if began < 0 and number == 0 else pace
            change = slow / 240
            pace = pace - np.sign(pace) * min(abs(pace), change) if change > 0 else pace - change * np.sign(pace)
        place += pace / 240
        if has_wall and hit_s is None and place + size >= wall and pace > 0:
            hit_s, jump = float(time), pace * (1 + bounce)
            pace, place = -pace * bounce, wall - size
            slow = abs(slow)
        track[number], speeds[number] = place, pace
    along = np.interp(times, fine, track)
    moving = (np.abs(np.interp(times, fine, speeds)) > 0.06).astype(float)
    xs = along if sense > 0 else ASPECT - along
    ys = floor - size + slope * (along - wall)
    turn = sense * along / size if rolls else np.full_like(along, np.arctan(slope) * sense)
    luma = _luma(rng)
    wide = size * rng.uniform(1, 2)
    corners = np.array([[-wide, -size], [wide, -size], [wide, size], [-wide, size]])
    parts = []
    if rolls:
        marks = _marks(rng, luma) or ((0.5, 0.0, 0.4, 255 - luma),)
        parts.append(Part(_disc(xs, ys), size, luma, marks, turn))
    else:
        has_hand = rng.random() < 0.4
        if has_hand:
            hand = np.stack([_track(xs - sense * (wide + 0.6), ys - 0.5), _track(xs - sense * wide, ys)], 1)
            parts.append(Part(hand, rng.uniform(0.02, 0.06), _luma(rng)))
        parts.append(Part(_turned(corners, turn, xs, ys), 0.0, luma))
        if rng.random() < 0.5:
            parts.append(Part(_turned(corners * rng.uniform(0.2, 0.6), turn, xs, ys), 0.0, _luma(rng)))
        wall += wide - size  # drawn where its side meets it
    strikes = []
    if has_wall:
        edge = wall if sense > 0 else ASPECT - wall
        high = rng.uniform(0.1, 0.5)
        base = float(ys[len(ys) // 2]) + size + 0.02
        post = np.array(
            [[edge, base], [edge, base - high], [edge + sense * 0.09, base - high], [edge + sense * 0.09, base]]
        )
        parts.append(Part(np.repeat(post[None], len(times), 0), 0.0, _luma(rng)))
        if hit_s is not None and 0 <= hit_s < length_s:
            at = int(np.argmin(np.abs(times - hit_s)))
            strikes.append(Strike(hit_s, jump, edge, float(ys[at]), "hit", 2 * size))
    if rng.random() < 0.7:  # what it moves on
        ends = np.array([-0.5, ASPECT + 0.5])
        near = floor + slope * ((ends if sense > 0 else ASPECT - ends) - (wall if rolls else wall - wide + size))
        board = np.array([[ends[0], near[0]], [ends[1], near[1]], [ends[1], 2.0], [ends[0], 2.0]])
        parts.insert(0, Part(np.repeat(board[None], len(times), 0), 0.0, rng.uniform(40, 190)))
    return Motion(
        parts,
        strikes,
        rolls=moving if rolls else None,
        slides=None if rolls else moving,
        place=_track(xs, ys),
    )


def clash(rng: Rng, times: Floats, length_s: float) -> Motion:
    """Two things meet and part, as on a billiard table."""
    first, second = rng.uniform(0.03, 0.12, 2)
    at = rng.uniform(0.1, 0.9) * length_s
    meeting = np.array([rng.uniform(0.4, 1.4), rng.uniform(0.25, 0.85)])
    way = rng.uniform(0, 2 * np.pi)
    line = np.array([np.cos(way), np.sin(way)])
    one, two = rng.uniform(0.3, 1.8), rng.choice([0.0, rng.uniform(-1.2, 0.2)])
    keep, share = rng.uniform(0.3, 1), rng.uniform(0.3, 0.7)
    common = one * share + two * (1 - share)
    after = (common - keep * (one - two) * (1 - share), common + keep * (one - two) * share)
    gone = times - at
    slow = np.exp(-np.maximum(gone, 0) * rng.uniform(0, 1.5))
    parts, jump = [], 0.0
    for size, before, then, sense in ((first, one, after[0], -1), (second, two, after[1], 1)):
        along = np.where(gone < 0, before * gone, then * gone * slow) + sense * size
        places = meeting + along[:, None] * line
        parts += _thing(rng, size, places[:, 0], places[:, 1], along / size * rng.choice([0, 1]))
        jump = max(jump, abs(then - before))
    return Motion(parts, [Strike(at, jump, float(meeting[0]), float(meeting[1]), "hit", 2 * max(first, second))])


def drift(rng: Rng, times: Floats, length_s: float) -> Motion:
    """Moves smoothly and strikes nothing: floats, swings, waves, is carried and set down softly, spins."""
    size, manner = rng.uniform(0.02, 0.2), rng.integers(0, 4)
    x, y = rng.uniform(0.1, ASPECT - 0.1), rng.uniform(0.1, 0.9)
    parts: list[Part] = []
    if manner == 0:  # sums of sines
        rates, phases = rng.uniform(0.5, 9, 4) * rng.choice([0.3, 1], 4), rng.uniform(0, 6.3, 4)
        far = rng.uniform(0.02, 0.45, 4) / (1 + rates / 4)
        xs = x + far[0] * np.sin(rates[0] * times + phases[0]) + far[1] * np.sin(rates[1] * times + phases[1])
        ys = y + far[2] * np.sin(rates[2] * times + phases[2]) + far[3] * np.sin(rates[3] * times + phases[3])
    elif manner == 1:  # a limb or a pendulum about a joint
        rate, top, long, rest = rng.uniform(1.5, 10), rng.uniform(0.2, 1.2), rng.uniform(0.15, 0.7), rng.uniform(0, 6.3)
        top = min(top, 9 / rate)
        angle = rest + top * np.sin(rate * times + rng.uniform(0, 6.3))
        xs, ys = x + long * np.cos(angle), y + long * np.sin(angle)
        joint = np.repeat(np.array([[x, y]]), len(times), 0)
        parts.append(Part(np.stack([joint, _track(xs, ys)], 1), rng.uniform(0.005, 0.06), _luma(rng)))
        size *= rng.choice([0.2, 0.6])
    elif manner == 2:  # from place to place, beginning and ending softly (minimum jerk)
        knots = np.sort(rng.uniform(0, length_s, 6))
        xs, ys = np.full_like(times, x), np.full_like(times, y)
        for begin, end in zip(knots[::2], knots[1::2], strict=True):
            long = max(end - begin, 0.45)
            share = np.clip((times - begin) / long, 0, 1)
            eased = share**3 * (10 - 15 * share + 6 * share**2)
            xs, ys = xs + eased * rng.uniform(-0.8, 0.8), ys + eased * rng.uniform(-0.5, 0.5)
    else:  # straight through the picture
        way, speed = rng.uniform(0, 6.3), rng.uniform(0.1, 2.0)
        gone = times - rng.uniform(0, length_s)
        xs, ys = x + np.cos(way) * speed * gone, y + np.sin(way) * speed * gone
    parts += _thing(rng, size, xs, ys, rng.uniform(-3, 3) * rng.choice([0, 1]) * times)
    speed = np.hypot(np.gradient(xs, times), np.gradient(ys, times))
    return Motion(parts, moves=(speed > 1.0).astype(float), place=_track(xs, ys))


def fan(rng: Rng, times: Floats, length_s: float) -> Motion:
    """Blades that turn."""
    count, long, rate = int(rng.integers(2, 6)), rng.uniform(0.1, 0.4), rng.uniform(-12, 12)
    x, y, luma = rng.uniform(0.2, 1.6), rng.uniform(0.2, 0.8), _luma(rng)
    hub = np.repeat(np.array([[x, y]]), len(times), 0)
    parts = []
    for blade in range(count):
        angle = rate * times + blade * 2 * np.pi / count
        tip = hub + long * np.stack([np.cos(angle), np.sin(angle)], -1)
        parts.append(Part(np.stack([hub, tip], 1), rng.uniform(0.01, 0.05), luma))
    return Motion(parts)


def cover(rng: Rng, times: Floats, length_s: float) -> Motion:
    """Something in the foreground that hides a strip."""
    x, wide = rng.uniform(0.2, 1.5), rng.uniform(0.04, 0.25)
    post = np.array([[x, -0.5], [x + wide, -0.5], [x + wide, 1.5], [x, 1.5]])
    return Motion([Part(np.repeat(post[None], len(times), 0), 0.0, rng.uniform(30, 220), covers=True)])


MOTIONS: Final[dict[str, Callable[[Rng, Floats, float], Motion]]] = {
    "flight": flight,
    "hops": hops,
    "clap": clap,
    "tumble": tumble,
    "striker": striker,
    "walker": walker,
    "roller": roller,
    "clash": clash,
    "drift": drift,
    "fan": fan,
    "cover": cover,
}
