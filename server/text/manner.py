"""Manner: everything about how a stretch of text is spoken but the voice and the words."""

from dataclasses import dataclass, field, replace
from typing import Final

from server.audio.prosody import Prosody

_SPEEDS: Final = (0.25, 4.0)
"""That models take."""


@dataclass(frozen=True, slots=True)
class Manner:
    """Factors on what the voice would do of itself."""

    prosody: Prosody = field(default_factory=Prosody)
    rate: float = 1.0
    """On the speed; 2 is twice as fast."""
    volume_db: float = 0.0
    pause: float = 1.0
    """On the silence between clauses."""

    def toward(self, share: float) -> "Manner":
        """Part of the way from a plain manner to this one, 0..1; half of a factor of 1.44 is 1.2."""
        prosody = self.prosody
        return Manner(
            prosody=Prosody(
                pitch=prosody.pitch**share,
                pitch_range=prosody.pitch_range**share,
                energy=prosody.energy**share,
                is_whispered=prosody.is_whispered and share > 0,
                middle_hz=prosody.middle_hz,
                shift_hz=prosody.shift_hz * share,
            ),
            rate=self.rate**share,
            volume_db=self.volume_db * share,
            pause=self.pause**share,
        )

    def with_also(self, other: "Manner") -> "Manner":
        """Both at once."""
        mine, theirs = self.prosody, other.prosody
        return replace(
            self,
            prosody=Prosody(
                pitch=mine.pitch * theirs.pitch,
                pitch_range=mine.pitch_range * theirs.pitch_range,
                energy=mine.energy * theirs.energy,
                is_whispered=mine.is_whispered or theirs.is_whispered,
                middle_hz=mine.middle_hz if theirs.middle_hz is None else theirs.middle_hz,
                shift_hz=mine.shift_hz + theirs.shift_hz,
            ),
            rate=self.rate * other.rate,
            volume_db=self.volume_db + other.volume_db,
            pause=self.pause * other.pause,
        )

    def voiced(self) -> "Manner":
        """The same with a voice in it: softly spoken, where this is whispered."""
        return replace(self, prosody=replace(self.prosody, is_whispered=False))

    def speed(self, asked: float) -> float:
        """The speed that a model is asked for."""
        return min(max(asked * self.rate, _SPEEDS[0]), _SPEEDS[1])


PLAIN_MANNER: Final = Manner()
