"""An analyser made of several, each of which watches the same pictures for something else."""

import bisect
from collections.abc import Sequence

from server.engines.foley.backend import Analyser, Impact, Observations, SeenObject
from server.video.picture import Picture


class JoinedAnalyser:
    """Gives all that its parts see, in the order of time, as far as every one of them has settled it."""

    def __init__(self, parts: Sequence[Analyser]) -> None:
        self._parts = parts
        self._until_s = [0.0] * len(parts)
        self._held = HeldBack()

    def push(self, pictures: Sequence[Picture]) -> Observations:
        """What the next pictures settle."""
        for index, part in enumerate(self._parts):
            self._until_s[index] = max(self._until_s[index], self._held.add(part.push(pictures)))
        return self._held.release(min(self._until_s))

    def finish(self, duration_s: float) -> Observations:
        """The rest."""
        for part in self._parts:
            self._held.add(part.finish(duration_s))
        return self._held.release_all(duration_s)


class HeldBack:
    """What was seen, but lies after what is settled."""

    def __init__(self) -> None:
        self._impacts: list[Impact] = []
        self._cuts_s: list[float] = []
        self._objects: list[SeenObject] = []
        self._warnings: list[str] = []

    def add(self, seen: Observations) -> float:
        """Keep all of it; returns its `until_s`."""
        self._impacts += seen.impacts
        self._cuts_s += seen.cuts_s
        self._objects += seen.objects
        # A warning has no time: it goes out with whatever goes out next.
        self._warnings += [code for code in seen.warnings if code not in self._warnings]
        return seen.until_s

    def release(self, until_s: float) -> Observations:
        """All that is earlier than `until_s`."""
        self._impacts.sort(key=_time)
        self._objects.sort(key=_time)
        self._cuts_s.sort()
        impacts = bisect.bisect_left(self._impacts, until_s, key=_time)
        objects = bisect.bisect_left(self._objects, until_s, key=_time)
        cuts = bisect.bisect_left(self._cuts_s, until_s)
        seen = Observations(
            until_s,
            tuple(self._impacts[:impacts]),
            tuple(self._cuts_s[:cuts]),
            tuple(self._objects[:objects]),
            tuple(self._warnings),
        )
        del self._impacts[:impacts], self._objects[:objects], self._cuts_s[:cuts]
        self._warnings.clear()
        return seen

    def release_all(self, duration_s: float) -> Observations:
        """The rest; what was seen at or after the end did not happen."""
        seen = self.release(duration_s)
        self._impacts.clear()
        self._objects.clear()
        self._cuts_s.clear()
        return seen


def _time(seen: Impact | SeenObject) -> float:
    return seen.time_s
