"""What moves and strikes in the held-out clips: each actor knows when it hits, and how to be drawn at any moment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.foley.held_out.canvas import Shape

Rng = np.random.Generator
GRAVITY = 9.81


@dataclass(frozen=True, slots=True)
class Hit:
    """One true onset."""

    time_s: float
    jump_mps: float
    """By how much the velocity of what strikes changes within a few milliseconds."""
    x_m: float
    y_m: float
    kind: str
    """hit or step."""


@dataclass(frozen=True, slots=True)
class Span:
    """While something rolls or slides."""

    start_s: float
    end_s: float
    kind: str


@dataclass(frozen=True, slots=True)
class Actor:
    """One thing in a scene."""

    draw: Callable[[float], Sequence[Shape]]
    """Its shapes at a time in seconds, back to front; always as many, in the same order."""
    hits: tuple[Hit, ...] = ()
    spans: tuple[Span, ...] = ()
    height_m: float = 0.2
    """Of the part that is seen to move."""
    steps_are_seen_by_height: bool = False
    occluders: tuple[tuple[float, float], ...] = field(default=())
    """From where to where, in metres, it hides what is behind it."""


def _at(x: float, y: float) -> np.ndarray:
    return np.array([[x, y]])


def _box(x: float, y: float, width: float, height: float, angle: float = 0.0) -> np.ndarray:
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (width / 2, height / 2)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.asarray(corners @ turn + (x, y))


def _paint(rng: Rng, bright: bool) -> tuple[float, tuple[float, float]]:
    luma = rng.uniform(178, 232) if bright else rng.uniform(18, 62)
    return float(luma), (float(rng.uniform(80, 176)), float(rng.uniform(80, 176)))


def bouncing_ball(rng: Rng, length_s: float, bright: bool) -> Actor:
    """Dropped or thrown, with spin; every bounce keeps the same share of its speed."""
    radius, bounce = rng.uniform(0.07, 0.15), rng.uniform(0.6, 0.86)
    x0, drift = rng.uniform(-1.3, 1.3), rng.uniform(-0.35, 0.35)
    luma, chroma = _paint(rng, bright)
    stripe, spin = rng.uniform(0, 40) * (-1 if bright else 1), rng.uniform(-9, 9)
    flights: list[tuple[float, float, float]] = []
    hits: list[Hit] = []
    time, height, speed = -rng.uniform(0, 0.3), rng.uniform(0.7, 1.7), rng.uniform(-0.5, 1.5)
    while time < length_s:
        flights.append((time, height, speed))
        time += (speed + np.sqrt(speed * speed + 2 * GRAVITY * height)) / GRAVITY
        fall = np.sqrt(speed * speed + 2 * GRAVITY * height)
        hits.append(Hit(time, fall * (1 + bounce), x0 + drift * time, 0.0, "hit"))
        height, speed = 0.0, fall * bounce
        if speed < 0.3:
            flights.append((time, 0.0, 0.0))
            break

    def draw(t: float) -> list[Shape]:
        began, high, up = next((flight for flight in reversed(flights) if t >= flight[0]), flights[0])
        gone = t - began
        y = max(0.0, high + up * gone - GRAVITY / 2 * gone * gone) if (high, up) != (0.0, 0.0) else 0.0
        x = x0 + drift * t
        shadow = Shape(np.array([[x - radius, -0.03], [x + radius, -0.03]]), 0.03, 20, opacity=0.35 / (1 + 3 * y))
        return [shadow, Shape(_at(x, y + radius), radius, luma, chroma, stripe, spin * t, radius * 1.1)]

    return Actor(draw, tuple(hits), height_m=2 * radius)


def falling_boxes(rng: Rng, length_s: float, bright: bool) -> Actor:
    """One after the other falls, lands on a corner, tips flat and stays."""
    hits: list[Hit] = []
    boxes: list[tuple[float, float, float, float, float, float, float, float]] = []
    looks: list[tuple[float, tuple[float, float], float]] = []
    start = rng.uniform(0.2, 0.7)
    for x in rng.permutation([-1.5, -0.75, 0.0, 0.75, 1.5])[: int(rng.integers(2, 5))] + rng.uniform(-0.1, 0.1):
        side, drop, lean = rng.uniform(0.16, 0.3), rng.uniform(0.7, 1.6), rng.uniform(0.1, 0.5) * rng.choice([-1, 1])
        landing = start + np.sqrt(2 * drop / GRAVITY)
        tip = rng.uniform(0.09, 0.2)
        boxes.append((start, x, side, drop, lean, landing, tip, side * (np.cos(lean) + np.sin(abs(lean))) / 2))
        looks.append((*_paint(rng, bright), rng.uniform(-25, 25)))
        hits.append(Hit(landing, np.sqrt(2 * GRAVITY * drop), x, 0.0, "hit"))
        hits.append(Hit(landing + tip, 2 * abs(lean) / tip * side / 2, x, 0.0, "hit"))
        start = landing + rng.uniform(0.4, 0.9)

    def draw(t: float) -> list[Shape]:
        shapes = []
        for (began, x, side, drop, lean, landing, tip, rest), (luma, chroma, stripe) in zip(boxes, looks, strict=True):
            if t < landing:
                y, angle = rest + drop - GRAVITY / 2 * max(0.0, t - began) ** 2, lean - 2.0 * (landing - max(t, began))
            else:
                angle = lean * (1 - min(1.0, (t - landing) / tip) ** 2)
                y = side * (np.cos(angle) + np.sin(abs(angle))) / 2
            shapes.append(Shape(_box(x, y, side, side, angle), 0.01, luma, chroma, stripe, angle, side / 2.5))
        return shapes

    return Actor(draw, tuple(hit for hit in hits if hit.time_s < length_s), height_m=0.2)


def mallet(rng: Rng, length_s: float, bright: bool) -> Actor:
    """An arm lifts a mallet slowly and brings it down on a block; it recoils a little."""
    x0, reach, flip = rng.uniform(-0.8, 0.8), rng.uniform(0.45, 0.7), rng.choice([-1.0, 1.0])
    top, recoil = rng.uniform(0.7, 1.3), rng.uniform(0.0, 0.15)
    (arm, arm_chroma), (head, head_chroma) = _paint(rng, bright), _paint(rng, bright)
    strokes: list[tuple[float, float, float]] = []
    hits: list[Hit] = []
    time = rng.uniform(0.1, 0.5)
    # What recoils lands a second time, 0.1 s later.
    again_mps = recoil * np.pi / 0.1 * reach
    while time + 1.3 < length_s:
        lift, fall = rng.uniform(0.3, 0.7), rng.uniform(0.11, 0.2)
        strokes.append((time, lift, fall))
        time += lift + fall
        hits.append(Hit(time, 2.2 * top / fall * reach, x0 + flip * reach, 0.3, "hit"))
        hits.append(Hit(time + 0.1, again_mps, x0 + flip * reach, 0.3, "hit"))
        time += rng.uniform(0.12, 0.5)

    def draw(t: float) -> list[Shape]:
        angle = 0.0
        for began, lift, fall in strokes:
            gone = t - began
            if 0 <= gone < lift:
                angle = top * (gone / lift) ** 2 * (3 - 2 * gone / lift)
            elif lift <= gone < lift + fall:
                angle = top * (1 - ((gone - lift) / fall) ** 2.2)
            elif lift + fall <= gone < lift + fall + 0.1:
                angle = recoil * np.sin(np.pi * (gone - lift - fall) / 0.1)
        wrist = np.array([x0, 0.42 + 0.12 * angle])
        along = np.array([flip * np.cos(angle), np.sin(angle)])
        across = np.array([-along[1], along[0]]) * 0.11
        end = wrist + along * reach
        return [
            Shape(_box(x0 + flip * reach, 0.15, 0.34, 0.3), 0.0, 120, (118, 134), 18, 0.0, 0.07),
            Shape(np.array([wrist - along * 0.5 + (0, -0.25), wrist]), 0.05, arm, arm_chroma),
            Shape(np.array([wrist, end]), 0.022, 90, (110, 145)),
            Shape(np.array([end - across, end + across]), 0.06, head, head_chroma),
        ]

    return Actor(draw, tuple(hits), height_m=0.2)


def walker(rng: Rng, length_s: float, bright: bool) -> Actor:
    """Legs with knees, swinging arms; heel first, then the foot comes flat."""
    period, stride = rng.uniform(0.42, 0.64), rng.uniform(0.55, 0.85)
    ahead, lift = rng.choice([-1.0, 1.0]), rng.uniform(0.06, 0.16)
    start_x = -ahead * rng.uniform(0.8, 1.6)
    first = rng.uniform(0.0, 0.4)
    trousers, trousers_chroma = _paint(rng, bright)
    shirt, shirt_chroma = _paint(rng, rng.random() < 0.5)
    shoe, shoe_chroma = _paint(rng, bright)
    step = stride / 2 * 1.2
    count = int((length_s - first) / period) + 2

    def ankle(leg: int, t: float) -> tuple[float, float, float]:
        """Of leg 0 or 1: along, above, how far the toes are up."""
        phase = (t - first) / period
        index = int(np.floor(phase))
        gone = phase - index
        # While step `index` is made, the leg of the same parity swings to place `index`.
        swings = index % 2 == leg
        if index < 0:
            index, gone, swings = (0, 0.0, leg == 0)
        if not swings:
            return index * step - step, 0.0, 0.0 if gone > 0.25 else 0.5 * (0.25 - gone)
        eased = gone - 0.85 * np.sin(2 * np.pi * gone) / (2 * np.pi)
        above = lift * np.sin(np.pi * gone) * (1.2 - 0.4 * gone)
        return index * step - 2 * step + 2 * step * eased, above, 0.5 * gone - 0.9 * np.sin(np.pi * gone) * (gone < 0.5)

    def draw(t: float) -> list[Shape]:
        feet = [ankle(0, t), ankle(1, t)]
        middle = (feet[0][0] + feet[1][0]) / 2
        spread = abs(feet[0][0] - feet[1][0])
        hip = np.array([middle, np.sqrt(max(0.3, 0.87**2 - (spread / 2) ** 2))])
        shapes = []
        for leg in (1, 0):
            x, y, toes = feet[leg]
            foot = np.array([x, y + 0.07])
            way = foot - hip
            reach = min(0.879, float(np.hypot(*way)))
            bend = np.sqrt(max(0.0, 0.44**2 - (reach / 2) ** 2))
            knee = (hip + foot) / 2 + np.array([-way[1], way[0]]) / max(reach, 1e-6) * bend
            toe = foot + np.array([0.2 * np.cos(toes), -0.03 + 0.2 * np.sin(toes)])
            dark = 1.0 if leg == 0 else 0.75
            shapes += [
                Shape(np.array([hip, knee]), 0.075, trousers * dark, trousers_chroma),
                Shape(np.array([knee, foot]), 0.055, trousers * dark, trousers_chroma),
                Shape(np.array([foot, toe]), 0.04, shoe * dark, shoe_chroma),
            ]
        neck = np.add(hip, (0.03, 0.55))
        swing = 0.5 * np.sin(np.pi * (t - first) / period)
        for sign in (1, -1):
            hand = neck + np.array([np.sin(sign * swing), -np.cos(sign * swing)]) * 0.55
            shapes.append(Shape(np.array([neck, hand]), 0.045, shirt * 0.8, shirt_chroma))
        shapes += [
            Shape(np.array([hip, neck]), 0.14, shirt, shirt_chroma, 15, 0.3, 0.08),
            Shape(np.add(neck, (0.02, 0.27))[None], 0.11, 165, (112, 150)),
        ]
        return [
            Shape(shape.points * (ahead, 1) + (start_x, 0), shape.radius_m, shape.luma, shape.chroma)
            for shape in shapes
        ]

    # Step k lands when swing k ends.
    hits = [
        Hit(first + (k + 1) * period, 1.2, start_x + ahead * k * step, 0.0, "step")
        for k in range(count)
        if first + (k + 1) * period < length_s
    ]
    return Actor(draw, tuple(hits), height_m=1.75, steps_are_seen_by_height=True)


def knocking_hand(rng: Rng, length_s: float, bright: bool) -> Actor:
    """Seen from the side: a fist on a forearm knocks on a table in bursts."""
    x0, flip = rng.uniform(-0.3, 0.3), rng.choice([-1.0, 1.0])
    skin, skin_chroma = (rng.uniform(150, 205) if bright else rng.uniform(60, 95)), (112.0, 152.0)
    sleeve, sleeve_chroma = _paint(rng, bright)
    hits: list[Hit] = []
    knocks: list[tuple[float, float, float]] = []
    time = rng.uniform(0.3, 0.7)
    while time + 0.3 < length_s:
        for _ in range(int(rng.integers(1, 5))):
            height, fall = rng.uniform(0.08, 0.2), rng.uniform(0.07, 0.12)
            knocks.append((time, height, fall))
            hits.append(Hit(time, 2 * height / fall, x0, 0.0, "hit"))
            time += rng.uniform(0.2, 0.38)
        time += rng.uniform(0.4, 1.1)

    def draw(t: float) -> list[Shape]:
        y = 0.1
        before = max((knock[0] for knock in knocks if knock[0] <= t), default=-9.0)
        coming = next((knock for knock in knocks if knock[0] > t), None)
        if before > -9 and (coming is None or t - before < (coming[0] - before) * 0.5):
            y = min(0.1, 0.9 * (t - before) ** 1.5 / max(0.15, (coming[0] - before) if coming else 0.3))
        if coming:
            gone = coming[0] - t
            if gone < coming[2]:
                y = coming[1] * (1 - (1 - gone / coming[2]) ** 2)
            elif gone < coming[2] + 0.12:
                share = (gone - coming[2]) / 0.12
                y = coming[1] * (1 - share) + y * share
        fist = np.array([x0, y + 0.05])
        elbow = np.array([x0 - flip * 0.5, 0.22 + 0.3 * y])
        return [
            Shape(np.array([elbow, np.add(fist, (-flip * 0.12, 0.02))]), 0.055, sleeve, sleeve_chroma, 12, 0.7, 0.04),
            Shape(_box(fist[0], fist[1] + 0.005, 0.09, 0.07, 0.2 * flip), 0.015, skin, skin_chroma),
            Shape(
                np.array([np.add(fist, (flip * 0.02, -0.02)), np.add(fist, (flip * 0.055, 0.02))]),
                0.018,
                skin * 0.85,
                skin_chroma,
            ),
        ]

    return Actor(draw, tuple(hits), height_m=0.12)


def clapping_hands(rng: Rng, length_s: float, bright: bool) -> Actor:
    """Two hands meet in the middle, again and again."""
    y0, period, open_m = rng.uniform(0.25, 0.4), rng.uniform(0.35, 0.7), rng.uniform(0.12, 0.2)
    skin = rng.uniform(165, 210) if bright else rng.uniform(55, 85)
    sleeve, sleeve_chroma = _paint(rng, bright)
    first = rng.uniform(0.2, 0.5)
    hits = [
        Hit(first + k * period, 2 * 2 * open_m * 2.2 / period, 0.0, y0, "hit")
        for k in range(int((length_s - first) / period) + 1)
        if first + k * period < length_s
    ]

    def draw(t: float) -> list[Shape]:
        phase = ((t - first) / period) % 1.0
        # Apart in the first 45 %, held, and together with growing speed: the meeting is the sharp moment.
        if phase < 0.45:
            away = np.sin(np.pi / 2 * phase / 0.45)
        elif phase < 0.55:
            away = 1.0
        else:
            away = 1 - ((phase - 0.55) / 0.45) ** 2
        shapes = []
        for side in (-1, 1):
            x = side * (0.022 + open_m * away)
            palm = np.array([[x, y0 - 0.07], [x + side * 0.01, y0 + 0.1]])
            shapes += [
                Shape(np.array([[x + side * 0.02, y0 - 0.06], [side * 0.42, y0 - 0.4]]), 0.04, sleeve, sleeve_chroma),
                Shape(palm, 0.022, skin if side < 0 else skin * 0.9, (110.0, 152.0)),
            ]
        return shapes

    return Actor(draw, tuple(hits), height_m=0.25)


def rolling_ball(rng: Rng, length_s: float, bright: bool) -> Actor:
    """Rolls to a wall, hits it, rolls back until friction ends it."""
    radius, speed = rng.uniform(0.1, 0.18), rng.uniform(1.2, 2.2)
    side, slow, bounce = rng.choice([-1.0, 1.0]), rng.uniform(0.15, 0.35), rng.uniform(0.4, 0.7)
    wall, start = rng.uniform(0.9, 1.5), rng.uniform(-1.4, -0.9)
    luma, chroma = _paint(rng, bright)
    way = wall - radius - start
    hit_s = (speed - np.sqrt(speed * speed - 2 * slow * way)) / slow
    at_wall = speed - slow * hit_s
    back = at_wall * bounce
    rest_s = hit_s + back / slow

    def draw(t: float) -> list[Shape]:
        if t < hit_s:
            x = start + speed * t - slow / 2 * t * t
        else:
            gone = min(t, rest_s) - hit_s
            x = wall - radius - back * gone + slow / 2 * gone * gone
        ball = Shape(
            _at(side * x, radius), radius, luma, chroma, -55 if bright else 55, side * x / radius, radius * 1.4
        )
        post = Shape(_box(side * (wall + 0.1), 0.35, 0.2, 0.7), 0.0, 105, (120, 140), 12, 1.2, 0.09)
        return [Shape(np.array([[side * x - radius, 0], [side * x + radius, 0]]), 0.02, 25, opacity=0.4), post, ball]

    return Actor(
        draw,
        (Hit(hit_s, at_wall * (1 + bounce), side * wall, radius, "hit"),) if hit_s < length_s else (),
        (Span(0.0, min(length_s, rest_s), "roll"),),
        height_m=2 * radius,
    )


def sliding_crate(rng: Rng, length_s: float, bright: bool) -> Actor:
    """Slides along a table, over its edge, and falls on the floor; a second one runs into a stop."""
    luma, chroma = _paint(rng, bright)
    width, high = rng.uniform(0.25, 0.4), rng.uniform(0.12, 0.22)
    side, table, edge = rng.choice([-1.0, 1.0]), rng.uniform(0.5, 0.8), rng.uniform(0.1, 0.5)
    begin, speed, slow = rng.uniform(0.3, 0.8), rng.uniform(1.5, 2.1), rng.uniform(0.6, 0.9)
    start = edge - rng.uniform(0.9, 1.2)
    # Pushed, not kicked: the first 0.3 s bring it up to speed.
    pushed = 0.15 * speed
    edge_s = begin + 0.3 + (speed - np.sqrt(speed * speed - 2 * slow * (edge - start - pushed))) / slow
    leaving = speed - slow * (edge_s - begin - 0.3)
    floor_s = edge_s + np.sqrt(2 * table / GRAVITY)
    other_begin, other_way, other_speed = floor_s + rng.uniform(0.3, 0.6), rng.uniform(0.6, 1.0), rng.uniform(1.2, 1.8)
    other_end = other_begin + 0.15 + other_way / other_speed
    spin = 1.4

    def draw(t: float) -> list[Shape]:
        if t < edge_s:
            push, gone = min(max(0.0, t - begin), 0.3), max(0.0, t - begin - 0.3)
            x = start + speed * push * push / 0.6 + speed * gone - slow / 2 * gone * gone
            y, angle = table + high / 2, 0.0
        else:
            gone = min(t, floor_s) - edge_s
            x, y, angle = edge + leaving * gone, table + high / 2 - GRAVITY / 2 * gone * gone, spin * gone
        gone = min(max(t, other_begin), other_end) - other_begin
        other = start - 0.2 + other_speed * (min(gone, 0.3) ** 2 / 0.6 + max(0.0, gone - 0.3))
        shapes = [
            Shape(_box(side * (edge - 1.6), table / 2, 3.2, table), 0.0, 112, (120, 138), 10, 1.57, 0.11),
            Shape(_box(side * (start - 0.2 + other_way + width / 2 + 0.04), table + 0.05, 0.07, 0.1), 0.0, 60),
            Shape(_box(side * other, table + high * 0.3, width, high * 0.6), 0.005, luma, chroma, 18, 0.0, 0.1),
            Shape(_box(side * x, y, width, high, side * angle), 0.005, luma, chroma, -18 if bright else 18, 0.0, 0.12),
        ]
        return shapes

    hits = (
        Hit(floor_s, float(np.sqrt(2 * GRAVITY * table)), side * (edge + 0.3), 0.0, "hit"),
        Hit(other_end, other_speed, side * (start + other_way), table, "hit"),
    )
    spans = (Span(begin, edge_s, "slide"), Span(other_begin, other_end, "slide"))
    return Actor(
        draw,
        tuple(hit for hit in hits if hit.time_s < length_s),
        tuple(span for span in spans if span.end_s < length_s),
        height_m=high,
    )


def pendulum(rng: Rng, length_s: float, bright: bool) -> Actor:
    """Swings smoothly and strikes nothing."""
    x0, long, top = rng.uniform(-1, 1), rng.uniform(0.6, 1.1), rng.uniform(0.4, 0.9)
    rate, phase = rng.uniform(2.5, 4.5), rng.uniform(0, 6)
    luma, chroma = _paint(rng, bright)

    def draw(t: float) -> list[Shape]:
        angle = top * np.sin(rate * t + phase)
        hook = np.array([x0, 1.6])
        bob = hook + np.array([np.sin(angle), -np.cos(angle)]) * long
        return [Shape(np.array([hook, bob]), 0.012, 70), Shape(_at(*bob), 0.12, luma, chroma)]

    return Actor(draw, height_m=0.24)


def balloon(rng: Rng, length_s: float, bright: bool) -> Actor:
    """Floats along a winding way."""
    across, high, rates, phases = (
        rng.uniform(0.5, 1.2),
        rng.uniform(0.2, 0.5),
        rng.uniform(0.5, 1.8, 2),
        rng.uniform(0, 6, 2),
    )
    luma, chroma = _paint(rng, bright)

    def draw(t: float) -> list[Shape]:
        x, y = across * np.sin(rates[0] * t + phases[0]), 0.9 + high * np.sin(rates[1] * t + phases[1])
        return [
            Shape(np.array([[x, y - 0.5], [x, y]]), 0.006, 80),
            Shape(np.array([[x, y], [x, y + 0.08]]), 0.16, luma, chroma),
        ]

    return Actor(draw, height_m=0.4)


def waver(rng: Rng, length_s: float, bright: bool) -> Actor:
    """Somebody stands and waves an arm."""
    x0, rate, luma, chroma = rng.uniform(-0.6, 0.6), rng.uniform(4, 8), *_paint(rng, bright)

    def draw(t: float) -> list[Shape]:
        shoulder = np.array([x0 + 0.16, 1.4])
        elbow = np.add(shoulder, (0.25, 0.1 + 0.03 * np.sin(rate * t)))
        angle = 1.57 + 0.6 * np.sin(rate * t)
        hand = elbow + np.array([np.cos(angle), np.sin(angle)]) * 0.32
        return [
            Shape(np.array([[x0, 0.0], [x0, 0.85]]), 0.13, luma * 0.8, chroma),
            Shape(np.array([[x0, 0.9], [x0, 1.4]]), 0.17, luma, chroma, 14, 0.0, 0.1),
            Shape(np.array([[x0, 1.68], [x0, 1.72]]), 0.1, 170, (112, 150)),
            Shape(np.array([shoulder, elbow]), 0.05, luma, chroma),
            Shape(np.array([elbow, hand]), 0.045, 175, (112, 150)),
        ]

    return Actor(draw, height_m=0.5)


def pillars(rng: Rng, length_s: float, bright: bool) -> Actor:
    """Posts in the foreground that hide what passes behind them."""
    places = sorted(
        rng.choice([-1.2, -0.6, 0.0, 0.6, 1.2], size=int(rng.integers(2, 4)), replace=False) + rng.uniform(-0.1, 0.1)
    )
    width, luma = rng.uniform(0.1, 0.22), rng.uniform(60, 190)

    def draw(t: float) -> list[Shape]:
        return [Shape(_box(x, 0.8, width, 2.2), 0.0, luma, (122, 132), 14, 1.57, 0.13) for x in places]

    return Actor(draw, occluders=tuple((float(x - width / 2), float(x + width / 2)) for x in places))
