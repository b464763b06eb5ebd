"""FoleyPlanner: impacts, cuts and objects, as they are seen, and a description -> a timeline, as it settles.

Everything is taken in the order of its time, whatever portions it came in, and nothing looks ahead: so the same
observations in other portions give the same timeline.
"""

import heapq
from dataclasses import replace
from typing import Final

from server.engines.foley.backend import FoleyRequest, Impact, Observations, SeenObject
from server.engines.foley.beds import SceneSettings
from server.engines.foley.classes import CLASS
from server.engines.foley.naming import ImpactNames
from server.engines.foley.prompt.match import Meaning, match_prompt
from server.engines.foley.prompt.plan import AskedSound, PromptPlan
from server.engines.foley.spots import HABITS, SpotSource
from server.engines.foley.timeline import Bed, FoleyEvent, TimelinePart

_BED_STEP_S: Final = 0.5
"""A bed is given in stretches of this length, where what is seen may change it: a cut ends it so much later at most."""
_LONG_BED_STEP_S: Final = 10.0
"""The same where nothing can."""
_UNSEEN_CONFIDENCE: Final = 0.3
_UNASKED_CONFIDENCE: Final = 0.8
"""Of an impact's name that no word gave it, times that of the impact."""
_CUT_WHOOSH_EVERY_S: Final = 4.0
_KEPT: Final = 0.8
"""What is left of an object's weight when the next objects are seen."""

_CUT, _OBJECTS, _IMPACT = range(3)
"""What comes first of all that has one time."""


class FoleyPlanner:
    """One video's timeline in the making."""

    def __init__(self, request: FoleyRequest, *, meaning: Meaning | None = None) -> None:
        """Read the description: some milliseconds, once `load_prompts` was called."""
        plan = match_prompt(request.description, request.exclude, meaning=meaning)
        self._plan = plan
        self._profile = request.profile
        self._names = ImpactNames(plan, request.profile)
        self._settings = SceneSettings(plan, has_bed=request.has_bed)
        self._step_s = _LONG_BED_STEP_S if self._settings.is_the_same_everywhere else _BED_STEP_S
        self._spots = {
            sound.label: SpotSource(sound, request.seed)
            for sound in plan.sounds
            if sound.label in HABITS and sound.kind != "bed"
        }
        self._waiting: list[tuple[float, int, str, Impact | SeenObject | None]] = []
        self._until_s = 0.0
        self._n_steps = 0
        """Stretches of beds that are given."""
        self._seen: dict[str, float] = {}
        """Confidences of this scene's objects, added up; the newest count most."""
        self._weight = 0.0
        """Of all that was added up."""
        self._objects_at_s = -1.0
        self._setting = self._settings.setting({})
        self._last_whoosh_s = -_CUT_WHOOSH_EVERY_S

    @property
    def plan(self) -> PromptPlan:
        """What was understood of the words."""
        return self._plan

    def push(self, observations: Observations) -> TimelinePart:
        """What they settle of the timeline: all that begins before their `until_s`."""
        for impact in observations.impacts:
            heapq.heappush(self._waiting, (impact.time_s, _IMPACT, repr(impact), impact))
        for cut_s in observations.cuts_s:
            heapq.heappush(self._waiting, (cut_s, _CUT, "", None))
        for seen in observations.objects:
            heapq.heappush(self._waiting, (seen.time_s, _OBJECTS, repr(seen), seen))
        until_s = max(self._until_s, observations.until_s)
        events: list[FoleyEvent] = []
        beds: list[Bed] = []
        while (time_s := self._next_s()) < until_s:
            self._take(time_s, events, beds)
        self._until_s = until_s
        return TimelinePart(
            until_s,
            tuple(sorted(events, key=lambda event: (event.onset_s, event.label))),
            tuple(beds),
            observations.features,
        )

    def _next_s(self) -> float:
        times = [self._n_steps * self._step_s]
        times += [self._waiting[0][0]] if self._waiting else []
        times += [next_s for source in self._spots.values() if (next_s := source.next_s) is not None]
        return min(times)

    def _take(self, time_s: float, events: list[FoleyEvent], beds: list[Bed]) -> None:
        """Whatever comes next: what was seen, then the beds, then what nobody saw."""
        # What came too late for its time is heard as soon as can be.
        now_s = max(time_s, self._until_s)
        if self._waiting and self._waiting[0][0] == time_s:
            _, order, _, seen = heapq.heappop(self._waiting)
            if isinstance(seen, Impact):
                events.extend(self._heard(seen, now_s))
            elif isinstance(seen, SeenObject):
                self._look(seen)
            elif order == _CUT:
                events.extend(self._cut(now_s))
        elif self._n_steps * self._step_s == time_s:
            beds.extend(self._stretch())
        else:
            label, source = next(each for each in self._spots.items() if each[1].next_s == time_s)
            events.append(self._unseen(label, source))

    def _heard(self, impact: Impact, now_s: float) -> list[FoleyEvent]:
        sound = self._names.name(impact, self._setting.levels[0][0])
        if sound is None:
            return []
        if sound.label in self._spots:
            self._spots[sound.label].see()
        was_asked = self._plan.sound(sound.label) is not None
        return [
            FoleyEvent(
                onset_s=now_s,
                duration_s=impact.duration_s,
                label=sound.label,
                material=sound.material,
                strength=self._strength(impact.strength, sound),
                pan=_clip(1.8 * impact.x - 0.9, -1.0, 1.0),
                distance=_clip(1.0 - max(0.0, impact.size) ** 0.5, 0.05, 0.95),
                confidence=_clip(impact.confidence * (1.0 if was_asked else _UNASKED_CONFIDENCE), 0.0, 1.0),
            )
        ]

    def _strength(self, strength: float, sound: AskedSound) -> float:
        heard = _clip(strength, 0.0, 1.0) * (0.6 + 0.8 * sound.intensity)
        if self._profile == "dramatic":
            heard = heard**0.75
        elif self._profile == "cartoon":
            # In a cartoon everything that happens, happens.
            heard = 0.35 + 0.65 * heard
        return _clip(heard, 0.05, 1.0)

    def _look(self, seen: SeenObject) -> None:
        if seen.label not in CLASS or seen.label in self._plan.excluded:
            return
        if seen.time_s != self._objects_at_s or self._weight == 0:
            self._objects_at_s = seen.time_s
            self._seen = {label: weight * _KEPT for label, weight in self._seen.items()}
            self._weight = self._weight * _KEPT + 1
        self._seen[seen.label] = self._seen.get(seen.label, 0.0) + seen.confidence
        self._setting = self._settings.setting({label: each / self._weight for label, each in self._seen.items()})

    def _cut(self, now_s: float) -> list[FoleyEvent]:
        # Until something is seen in the new scene, it sounds as the old one did.
        self._seen, self._weight = {}, 0.0
        for source in self._spots.values():
            source.begin_scene(now_s)
        if self._profile != "dramatic" or "whoosh" in self._plan.excluded or self._plan.is_only:
            return []
        if now_s - self._last_whoosh_s < _CUT_WHOOSH_EVERY_S:
            return []
        self._last_whoosh_s = now_s
        return [FoleyEvent(now_s, 0.5, "whoosh", None, 0.35, 0.0, _UNSEEN_CONFIDENCE)]

    def _stretch(self) -> list[Bed]:
        start_s, end_s = self._n_steps * self._step_s, (self._n_steps + 1) * self._step_s
        self._n_steps += 1
        return [Bed(start_s, end_s, label, level, self._setting.room) for label, level in self._setting.levels]

    def _unseen(self, label: str, source: SpotSource) -> FoleyEvent:
        sound = self._plan.sound(label)
        assert sound is not None, "only what is asked for has a source"
        spot = source.take()
        return FoleyEvent(
            onset_s=spot.onset_s,
            duration_s=spot.duration_s,
            label=label,
            material=self._names.material_of(sound, self._setting.levels[0][0]),
            # Its habit has taken the words' intensity already.
            strength=self._strength(spot.strength, replace(sound, intensity=0.5)),
            pan=spot.pan,
            distance=spot.distance,
            confidence=_UNSEEN_CONFIDENCE,
        )


def _clip(value: float, low: float, high: float) -> float:
    return min(high, max(low, value))
