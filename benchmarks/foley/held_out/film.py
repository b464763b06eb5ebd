"""Shoots a held-out clip: pictures one after the other, and which of its hits can be seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.foley.held_out import actors
from benchmarks.foley.held_out.actors import Actor, Hit, Span
from benchmarks.foley.held_out.backdrops import MARGIN, backdrop
from benchmarks.foley.held_out.canvas import HEIGHT, WIDTH, Canvas, Floats, View
from benchmarks.foley.held_out.clips import LENGTH_S, Clip

LEAST_JUMP: Final = 0.35
"""Picture heights a second: the change of apparent velocity under which a hit is left out. (The proof left out what was
slower than 0.9 m/s at 304 pixels a metre, which is 0.38.)"""
LEAST_HEIGHT: Final = 0.025
"""Picture heights: what is smaller is left out; of a person who walks, 0.3."""
LEAST_FIGURE: Final = 0.3
EDGE: Final = 0.02
"""Picture widths and heights: a hit nearer to the edge, or outside, is left out."""
AT_CUT_S: Final = 0.1
"""A hit nearer to a cut, or to either end, is left out."""
SAME_S: Final = 0.06
"""Hits nearer to each other count as one, as in the proof."""
_MOMENTS: Final = 4
"""Of each exposure."""


@dataclass(frozen=True, slots=True)
class Onset:
    """One true hit."""

    time_s: float
    kind: str
    """hit or step."""
    x: float
    """0..1 across the picture."""
    y: float
    """0..1 down the picture."""
    is_seen: bool
    """False: left out by the rule; finding it is neither right nor wrong."""


@dataclass(frozen=True, slots=True)
class _Scene:
    start_s: float
    end_s: float
    cast: Sequence[Actor]
    wall: Floats
    chroma: tuple[float, float]
    middle_x: float
    floor_y: float
    sway: Floats
    """[5, 5]: frequency, and amplitude and phase across and down, of what a hand does."""


class Film:
    """A clip, ready to be shot."""

    def __init__(self, clip: Clip) -> None:
        self.clip = clip
        self._rng = np.random.default_rng(clip.seed)
        part_s = LENGTH_S / len(clip.scenes)
        self._scenes = [self._scene(names, index * part_s, part_s) for index, names in enumerate(clip.scenes)]
        self._flicker = self._rng.uniform(0.55, 1.0, 256)

    def _scene(self, names: Sequence[str], start_s: float, part_s: float) -> _Scene:
        rng = self._rng
        cast = [getattr(actors, name)(rng, part_s, self.clip.bright) for name in names]
        low = 0.62 if self.clip.scale > 900 else 0.85
        floor_y = HEIGHT * (low + rng.uniform(-0.04, 0.04))
        sway = np.stack(
            [
                rng.uniform(0.6, 8, 5),
                rng.normal(size=5),
                rng.uniform(0, 6.3, 5),
                rng.normal(size=5),
                rng.uniform(0, 6.3, 5),
            ],
            axis=1,
        )
        sway[:, [1, 3]] *= self.clip.shake / np.sqrt(np.mean(sway[:, [1, 3]] ** 2) * 2.5)
        chroma = (float(rng.uniform(112, 140)), float(rng.uniform(118, 142)))
        wall = backdrop(rng, self.clip.wall, floor_y)
        middle_x = WIDTH * rng.uniform(0.45, 0.55)
        return _Scene(start_s, start_s + part_s, cast, wall, chroma, middle_x, floor_y, sway)

    def pictures(self) -> Iterator[tuple[Floats, Floats, Floats]]:
        """Luma [HEIGHT, WIDTH], and chroma at half the size, 16..235 as video has it."""
        grain = self._rng.normal(0, self.clip.noise, (4, HEIGHT, WIDTH)).astype(np.float32)
        for index in range(int(LENGTH_S * self.clip.rate_hz)):
            begin = index / self.clip.rate_hz
            scene = next(scene for scene in reversed(self._scenes) if begin >= scene.start_s - 1e-9)
            times = begin + self.clip.shutter / self.clip.rate_hz * np.arange(_MOMENTS) / _MOMENTS
            views = [self._view(scene, float(time)) for time in times]
            canvas = Canvas(_crop(scene, views[1]), scene.chroma)
            for actor in scene.cast:
                drawn = [actor.draw(float(time) - scene.start_s) for time in times]
                for number in range(len(drawn[0])):
                    canvas.paint([(shapes[number], view) for shapes, view in zip(drawn, views, strict=True)])
            light = self._light(begin)
            noisy = canvas.luma * light + np.roll(grain[index % 4], int(self._rng.integers(0, HEIGHT)), axis=0)
            yield np.clip(noisy, 16, 235), 128 + (canvas.u - 128) * light, 128 + (canvas.v - 128) * light

    def onsets(self) -> list[Onset]:
        """Every hit in the order of time, those that follow another within `SAME_S` left away."""
        found: list[Onset] = []
        for scene in self._scenes:
            covers = [cover for actor in scene.cast for cover in actor.occluders]
            for actor in scene.cast:
                for hit in actor.hits:
                    at = scene.start_s + hit.time_s
                    if scene.start_s <= at < scene.end_s:
                        found.append(self._onset(scene, actor, hit, at, covers))
        kept: list[Onset] = []
        for onset in sorted(found, key=lambda each: (not each.is_seen, each.time_s)):
            if all(abs(onset.time_s - other.time_s) >= SAME_S for other in kept):
                kept.append(onset)
        return sorted(kept, key=lambda each: each.time_s)

    def spans(self) -> list[Span]:
        """While something rolls or slides."""
        return [
            Span(scene.start_s + span.start_s, scene.start_s + span.end_s, span.kind)
            for scene in self._scenes
            for actor in scene.cast
            for span in actor.spans
        ]

    def _onset(self, scene: _Scene, actor: Actor, hit: Hit, at: float, covers: Sequence[tuple[float, float]]) -> Onset:
        view = self._view(scene, at)
        x, y = view.project(np.array([[hit.x_m, hit.y_m]]))[0] / (WIDTH, HEIGHT)
        heights_per_m = self.clip.scale / HEIGHT
        if actor.steps_are_seen_by_height:
            is_large = actor.height_m * heights_per_m >= LEAST_FIGURE
        else:
            is_large = actor.height_m * heights_per_m >= LEAST_HEIGHT and hit.jump_mps * heights_per_m >= LEAST_JUMP
        is_inside = EDGE <= x <= 1 - EDGE and EDGE <= y <= 1 - EDGE
        is_covered = any(left <= hit.x_m <= right for left, right in covers)
        is_amid = scene.start_s + AT_CUT_S <= at <= scene.end_s - AT_CUT_S
        return Onset(at, hit.kind, float(x), float(y), is_large and is_inside and is_amid and not is_covered)

    def _view(self, scene: _Scene, time: float) -> View:
        rate, across, across_at, down, down_at = scene.sway.T
        x = scene.middle_x + np.sum(across * np.sin(6.283 * rate * time + across_at))
        y = scene.floor_y + np.sum(down * np.sin(6.283 * rate * time + down_at))
        x += self.clip.pan / 2.4 * np.sin(2.4 * time)
        return View(self.clip.scale, float(np.clip(x, scene.middle_x - 190, scene.middle_x + 190)), float(y))

    def _light(self, time: float) -> float:
        if self.clip.light == "fades":
            return float(np.clip(min(time / 1.2, (LENGTH_S - time) / 1.2), 0, 1))
        if self.clip.light == "flickers":
            return float(self._flicker[int(time * 9) % 256])
        return 0.35 if self.clip.light == "dim" else 1.0


def _crop(scene: _Scene, view: View) -> Floats:
    """The backdrop as the camera sees it, moved by whole pixels and the rest by interpolation."""
    left, top = MARGIN + scene.middle_x - view.x, float(np.clip(MARGIN + scene.floor_y - view.y, 0, 2 * MARGIN - 1))
    column, row = int(left), int(top)
    right_share, low_share = np.float32(left - column), np.float32(top - row)
    area = scene.wall[row : row + HEIGHT + 1, column : column + WIDTH + 1]
    across = area[:, :-1] * (1 - right_share) + area[:, 1:] * right_share
    return np.asarray(across[:-1] * (1 - low_share) + across[1:] * low_share, np.float32)
