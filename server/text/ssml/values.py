"""The values of SSML's attributes: times, rates, pitches, ranges and volumes (SSML 1.1, section 3.2.4; Azure's too)."""

import math
import re
from typing import Final

_NUMBER: Final = r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+"
_TIME = re.compile(rf"\+?(?P<number>{_NUMBER})(?P<unit>ms|s)")
_CHANGE = re.compile(rf"(?P<sign>[+-]?)(?P<number>{_NUMBER})(?P<unit>%|st|Hz|dB)?", re.IGNORECASE)

_LONGEST_S: Final = 10.0
_RATES: Final = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "fast": 1.3, "x-fast": 1.8, "default": 1.0}
_PITCHES: Final = {"x-low": 0.75, "low": 0.87, "medium": 1.0, "high": 1.15, "x-high": 1.3, "default": 1.0}
_RANGES: Final = {"x-low": 0.3, "low": 0.6, "medium": 1.0, "high": 1.3, "x-high": 1.6, "default": 1.0}
_VOLUMES_DB: Final = {
    "silent": -120.0,
    "x-soft": -12.0,
    "soft": -6.0,
    "medium": 0.0,
    "loud": 4.0,
    "x-loud": 6.0,
    "default": 0.0,
}
_RATE_BOUNDS: Final = (0.25, 4.0)
_PITCH_BOUNDS: Final = (0.5, 2.0)
_RANGE_BOUNDS: Final = (0.0, 2.0)
_LOUDEST_DB: Final = 12.0
STRENGTHS_S: Final = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.75, "x-strong": 1.25}
"""Of `<break>`."""


def parse_time_s(value: str) -> float | None:
    """`500ms` or `1.5s` in seconds, ten at most; None where it is neither."""
    match = _TIME.fullmatch(value.strip())
    if match is None:
        return None
    return min(_LONGEST_S, float(match["number"]) / (1000 if match["unit"] == "ms" else 1))


def parse_rate(value: str) -> float | None:
    """A factor: `slow`, `1.2`, `120%` (so much of the usual), `+20%` (more than it)."""
    return _bounded(_RATES.get(value) or _factor(value), _RATE_BOUNDS)


def parse_range(value: str) -> float | None:
    """A factor on the range of F0, written like a rate."""
    return _bounded(_RANGES.get(value) or _factor(value), _RANGE_BOUNDS)


def parse_pitch(value: str) -> tuple[float, float | None, float] | None:
    """(factor, F0 to have instead in Hz, Hz on top): `high`, `+2st`, `-10%`, `+20Hz`, `180Hz`, `1.1`."""
    named = _PITCHES.get(value)
    if named is not None:
        return named, None, 0.0
    match = _CHANGE.fullmatch(value.strip())
    if match is None:
        return None
    number, unit = float(match["number"]), (match["unit"] or "").lower()
    signed = -number if match["sign"] == "-" else number
    if unit == "hz":
        if match["sign"]:
            return 1.0, None, min(max(signed, -200.0), 200.0)
        return (1.0, number, 0.0) if 40 <= number <= 600 else None
    factor = 2 ** (min(max(signed, -12), 12) / 12) if unit == "st" else _factor(value)
    bounded = _bounded(factor, _PITCH_BOUNDS)
    return None if bounded is None else (bounded, None, 0.0)


def parse_volume_db(value: str) -> float | None:
    """Decibels: `loud`, `+6dB`, `50` (of 100, the usual), `-20` or `-20%` (less than it)."""
    named = _VOLUMES_DB.get(value)
    if named is not None:
        return named
    match = _CHANGE.fullmatch(value.strip())
    if match is None:
        return None
    number, unit = float(match["number"]), (match["unit"] or "").lower()
    signed = -number if match["sign"] == "-" else number
    if unit == "db":
        return min(signed, _LOUDEST_DB)
    if unit not in ("", "%"):
        return None
    share = 1 + signed / 100 if match["sign"] else number / 100
    return min(20 * math.log10(share), _LOUDEST_DB) if share > 0 else _VOLUMES_DB["silent"]


def _factor(value: str) -> float | None:
    match = _CHANGE.fullmatch(value.strip())
    if match is None or (match["unit"] or "%") != "%":
        return None
    number = float(match["number"])
    if match["sign"]:
        change = number / 100 if match["unit"] else number
        return 1 + (-change if match["sign"] == "-" else change)
    return number / 100 if match["unit"] else number


def _bounded(factor: float | None, bounds: tuple[float, float]) -> float | None:
    if factor is None or not math.isfinite(factor) or factor < 0:
        return None
    return min(max(factor, bounds[0]), bounds[1])
