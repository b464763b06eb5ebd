"""What an impact that was seen is called: its sound class and its material, from the words and the scene."""

from dataclasses import replace
from typing import Final

from server.engines.foley.backend import Impact, Profile
from server.engines.foley.classes import CLASS, GROUND
from server.engines.foley.prompt.plan import AskedSound, PromptPlan

_ONCE: Final = {"glass_break": ("impact", "glass"), "door_close": ("impact", "wood"), "explosion": ("impact", "stone")}
"""What breaks or shuts does so once; what is hit after it: class and material."""
_HARD_ENOUGH: Final = 0.45
"""How hard a hit must be to break something, where the words name a lighter sound as well."""
_WHOOSH_FROM: Final[dict[Profile, float]] = {"realistic": 2.0, "dramatic": 0.5, "cartoon": 0.25}
"""How strong a movement must be to be heard without anybody asking for it."""
_GROUND_OF: Final = {"forest": "leaves", "sea": "sand", "room": "wood", "city": "concrete", "birds": "grass"}
"""What is walked on where a bed lies."""


class ImpactNames:
    """Names one video's impacts, in their order."""

    def __init__(self, plan: PromptPlan, profile: Profile) -> None:
        self._plan = plan
        self._profile = profile
        self._hits = [sound for sound in plan.sounds if sound.kind == "hit"]
        self._done: dict[str, int] = {}
        """How often what happens once has happened."""

    def name(self, impact: Impact, bed: str) -> AskedSound | None:
        """What is heard of it; None where nothing is.

        Args:
            impact: the next one.
            bed: the scene's first bed, which says what its ground is.
        """
        sound = self._sound(impact)
        if sound is None or sound.label in self._plan.excluded:
            return None
        if self._plan.is_only and self._plan.sounds and self._plan.sound(sound.label) is None:
            return None
        return replace(sound, material=self.material_of(sound, bed))

    def material_of(self, sound: AskedSound, bed: str) -> str | None:
        """Its own, else the first that the words name, else the scene's ground, else its class's usual one."""
        known = CLASS[sound.label].materials
        if sound.material is not None or not known:
            return sound.material
        named = next((material for material in self._plan.materials if material in known), None)
        if named is not None:
            return named
        if known == GROUND:
            return _GROUND_OF.get(bed, known[0])
        return known[0]

    def _sound(self, impact: Impact) -> AskedSound | None:
        if impact.kind in ("roll", "slide"):
            return self._asked("rolling" if impact.kind == "roll" else "sliding")
        if impact.kind == "move":
            return self._moved(impact)
        if impact.kind == "step":
            return self._asked("footstep")
        if not self._hits:
            # Who writes of steps alone means them, whatever they look like.
            walks = self._plan.sound("footstep")
            return walks or self._asked("impact")
        return self._hit(impact)

    def _hit(self, impact: Impact) -> AskedSound:
        once = [sound for sound in self._hits if sound.label in _ONCE]
        others = [sound for sound in self._hits if sound.label not in _ONCE]
        for sound in once:
            is_left = self._done.get(sound.label, 0) < (sound.times or 1)
            if is_left and (impact.strength >= _HARD_ENOUGH or not others):
                self._done[sound.label] = self._done.get(sound.label, 0) + 1
                return sound
        if others:
            turn = self._done.get("", 0)
            self._done[""] = turn + 1
            return others[turn % len(others)]
        label, material = _ONCE[once[-1].label]
        return AskedSound(label, CLASS[label].kind, material)

    def _moved(self, impact: Impact) -> AskedSound | None:
        for label in ("whoosh", "cloth"):
            if (sound := self._plan.sound(label)) is not None:
                return sound
        return self._asked("whoosh") if impact.strength >= _WHOOSH_FROM[self._profile] else None

    def _asked(self, label: str) -> AskedSound:
        return self._plan.sound(label) or AskedSound(label, CLASS[label].kind)
