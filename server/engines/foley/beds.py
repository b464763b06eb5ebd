"""Which beds lie under a scene and what room it sounds like, from the words and from what is seen there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from server.engines.foley.classes import CLASS
from server.engines.foley.prompt.plan import PromptPlan

QUIET: Final = "room"
"""Where nothing tells what else it could be."""
_UNASKED_LEVEL: Final = 0.3
_SURE_ENOUGH: Final = 0.5
"""Of an object, its confidence over its scene, to lay a bed nobody asked for."""
PLACES: Final = frozenset({"sea", "stream", "city", "forest", "room", "car", "train", "airplane", "helicopter"})
"""Beds of places, of which a scene has mostly one; rain and birds may be anywhere."""
_ROOM_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "forest": "forest",
        "city": "street",
        "car": "street",
        "siren": "street",
        "room": "room",
        "machine": "room",
        "clock": "room",
        "typing": "room",
        "switch": "room",
        "baby": "room",
        "knock": "room",
        "paper": "room",
        "pour": "room",
    }
)
_BED_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        # Of sounds that are asked for without a bed: where they are mostly heard.
        "gunshot": "wind",
        "explosion": "wind",
        "splash": "stream",
        "thunder": "rain",
        "horn": "city",
        "siren": "city",
        "rooster": "birds",
        "dog": "wind",
    }
)
_BED_ON: Final[Mapping[str, str]] = MappingProxyType(
    {"snow": "wind", "grass": "birds", "gravel": "wind", "dirt": "wind", "sand": "sea", "leaves": "forest"}
)
"""Of what is walked on."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A scene's beds, each with its level 0..1, and its room."""

    levels: tuple[tuple[str, float], ...]
    room: str


class SceneSettings:
    """What each scene of one video sounds like; the same words and objects give the same setting."""

    def __init__(self, plan: PromptPlan, *, has_bed: bool) -> None:
        self._plan = plan
        self._has_bed = has_bed and plan.has_bed
        self._asked = tuple(sound for sound in plan.sounds if sound.kind == "bed")

    @property
    def is_the_same_everywhere(self) -> bool:
        """Whether no scene can change it, whatever is seen."""
        named = [sound.label for sound in self._asked]
        if not self._has_bed:
            return True
        return bool(named or self._implied()) and len(PLACES.intersection(named)) < 2

    def setting(self, seen: Mapping[str, float]) -> Setting:
        """Of a scene in which objects were seen.

        Args:
            seen: label -> confidence, 0..1.
        """
        levels = self._levels(seen) if self._has_bed else ()
        room = self._plan.room or self._room([label for label, _ in levels], seen)
        # Silence, too, is in a room: a bed of level 0 says in which.
        return Setting(levels or ((QUIET, 0.0),), room)

    def _levels(self, seen: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
        asked = [sound for sound in self._asked if self._is_here(sound.label, seen)]
        if asked:
            share = (1.0, 0.88, 0.78)[min(len(asked), 3) - 1]
            return tuple((sound.label, round((0.15 + 0.75 * sound.intensity) * share, 3)) for sound in asked)
        if self._plan.is_only:
            return ()
        implied = self._implied()
        if implied is None:
            beds = [
                label
                for label, confidence in sorted(seen.items(), key=lambda each: (-each[1], each[0]))
                if confidence >= _SURE_ENOUGH and CLASS[label].kind == "bed" and label not in self._plan.excluded
            ]
            implied = beds[0] if beds else self._unless_excluded(QUIET)
        return ((implied, _UNASKED_LEVEL),) if implied is not None else ()

    def _is_here(self, label: str, seen: Mapping[str, float]) -> bool:
        """Of several places that are asked for, a scene has those that are seen in it, if any is."""
        places = [sound.label for sound in self._asked if sound.label in PLACES]
        shown = [place for place in places if seen.get(place, 0.0) >= _SURE_ENOUGH]
        return label not in places or len(places) < 2 or not shown or label in shown

    def _implied(self) -> str | None:
        """The bed that the words suggest without asking for one."""
        suggested = list(self._plan.hints)
        for sound in self._plan.sounds:
            if sound.material is not None and sound.material in _BED_ON:
                suggested.append(_BED_ON[sound.material])
            suggested += [_BED_OF[sound.label]] if sound.label in _BED_OF else []
            suggested += ["room"] if _ROOM_OF.get(sound.label) == "room" else []
        return next((label for label in suggested if self._unless_excluded(label) is not None), None)

    def _unless_excluded(self, label: str) -> str | None:
        return None if label in self._plan.excluded else label

    def _room(self, beds: Sequence[str], seen: Mapping[str, float]) -> str:
        likely = [*beds, *(sound.label for sound in self._plan.sounds), *sorted(seen, key=lambda label: -seen[label])]
        return next((_ROOM_OF[label] for label in likely if label in _ROOM_OF), "outdoors")
