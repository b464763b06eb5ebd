"""What a description asks for, once its words are understood."""

from dataclasses import dataclass

from server.engines.foley.classes import Kind


@dataclass(frozen=True, slots=True)
class AskedSound:
    """One kind of sound that the words name."""

    label: str
    """A `SoundClass.id`."""
    kind: Kind
    """Of its class."""
    material: str | None = None
    """One of its class's materials; None where the words name none."""
    intensity: float = 0.5
    """0..1; 0.5 where the words say nothing of it."""
    times: int | None = None
    """How often it is to be heard, where the words count it; 1..20."""


@dataclass(frozen=True, slots=True)
class PromptPlan:
    """All that the words ask for and forbid."""

    sounds: tuple[AskedSound, ...] = ()
    """Each class once, in the order of the words."""
    excluded: frozenset[str] = frozenset()
    """Classes that must not be heard."""
    hints: tuple[str, ...] = ()
    """Beds of places that are named without asking how they sound: a kitchen, a street."""
    materials: tuple[str, ...] = ()
    """All that the words name, whether or not a sound is named with them; names before things made of them."""
    room: str | None = None
    """What the words say it sounds like inside, as `Bed.room` has it."""
    is_only: bool = False
    """Nothing but what is named is to be heard."""
    has_bed: bool = True
    """False where the words forbid any background."""
    unknown: tuple[str, ...] = ()
    """Words of the description that nothing is known about: for the person who wrote them, never for a log."""

    def sound(self, label: str) -> AskedSound | None:
        """What is asked of a class; None where it is not named."""
        return next((sound for sound in self.sounds if sound.label == label), None)
