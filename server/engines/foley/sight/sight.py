"""Sight: the part of an analyser that finds scenes, things and what is wrong with the picture, but no impacts."""

from collections.abc import Callable, Sequence

from server.engines.foley.backend import Observations, SeenObject
from server.engines.foley.sight.cuts import CutFinder
from server.engines.foley.sight.quality import QualityWatch
from server.video.picture import Bytes, Picture

LookForThings = Callable[[Bytes], Sequence[tuple[str, float]]]
"""RGB, [COLOUR_SIZE, COLOUR_SIZE, 3] -> labels of sound classes, each with its confidence 0..1."""


class Sight:
    """Watches one video; an `Analyser` that reports no impacts."""

    def __init__(self, look_for_things: LookForThings | None = None) -> None:
        """Begin. Without `look_for_things` no objects are reported."""
        self._look_for_things = look_for_things
        self._cuts = CutFinder()
        self._quality = QualityWatch()
        self._until_s = 0.0
        self._objects: list[SeenObject] = []
        """Seen in pictures that the cut finder has not settled yet."""

    def push(self, pictures: Sequence[Picture]) -> Observations:
        """What the next pictures settle; about a tenth of a second of them stays in doubt."""
        cuts: list[float] = []
        warnings: list[str] = []
        for picture in pictures:
            cuts += self._cuts.push(picture)
            warnings += self._quality.push(picture)
            if picture.colour is not None and self._look_for_things is not None:
                self._objects += [
                    SeenObject(picture.time_s, label, confidence)
                    for label, confidence in self._look_for_things(picture.colour)
                ]
        return self._observed(self._cuts.settled_s, cuts, warnings)

    def finish(self, duration_s: float) -> Observations:
        """The rest."""
        return self._observed(max(duration_s, self._until_s), self._cuts.finish(), [], is_last=True)

    def _observed(
        self, until_s: float, cuts: Sequence[float], warnings: Sequence[str], *, is_last: bool = False
    ) -> Observations:
        self._until_s = max(self._until_s, until_s)
        ready = [seen for seen in self._objects if is_last or seen.time_s < self._until_s]
        self._objects = self._objects[len(ready) :]
        return Observations(self._until_s, cuts_s=tuple(cuts), objects=tuple(ready), warnings=tuple(warnings))
