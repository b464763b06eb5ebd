"""Says which figures of a voice moved away from those that are committed, so that nothing gets worse unseen."""

from collections.abc import Mapping
from typing import Final

STATISTICS: Final = ("f0_hz", "f0_range_semitones", "rate_hz", "level_db")
"""Of what acoustics.py measures; means over the sentences."""

TOLERANCES: Final[Mapping[str, float]] = {
    "error": 0.01,
    "pinyin_error": 0.01,
    "p808": 0.05,
    "ovrl": 0.05,
    "f0_hz": 3.0,
    "f0_range_semitones": 0.2,
    "rate_hz": 0.3,
    "level_db": 0.5,
}
"""What the same voice may differ by where something was changed on purpose elsewhere, a cut or a reading."""


def moved(before: Mapping[str, float | None], after: Mapping[str, float | None]) -> list[str]:
    """Each figure that moved by more than it may, as people write it: `p808 4 -> 3.9`; new figures moved nowhere."""
    found = []
    for name, tolerance in TOLERANCES.items():
        old, new = before.get(name), after.get(name)
        if old is not None and new is not None and abs(new - old) > tolerance:
            found.append(f"{name} {old:.3g} -> {new:.3g}")
    return found
