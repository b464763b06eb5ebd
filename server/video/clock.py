"""From the timestamps of a file to times that rise strictly, and at most sixty of them a second."""

from typing import Final

from server.video.sizes import MAX_RATE_HZ

_GAP_S: Final = 1 / MAX_RATE_HZ
_ROUNDING_S: Final = 1.1e-3
"""Timestamps are rounded, in WebM to a millisecond."""


class PictureClock:
    """Gives each picture of one video its time, in the order in which they are shown."""

    def __init__(self, usual_gap_s: float) -> None:
        """`usual_gap_s`: seconds between two pictures, as the file says, to go on with where timestamps are broken."""
        self._usual_gap_s = usual_gap_s
        self._last_s: float | None = None
        self._due_s = 0.0
        self._is_broken = False

    def time_of(self, stamp_s: float | None) -> float:
        """The time of the next picture: its own timestamp, or one made up where it has none or it does not rise.

        A single wrong one lands between its neighbours; where many are wrong, the usual gap carries on, until a
        timestamp lies ahead again.
        """
        if self._last_s is None:
            time_s = max(0.0, stamp_s or 0.0)
        elif stamp_s is not None and stamp_s > self._last_s:
            time_s, self._is_broken = stamp_s, False
        else:
            time_s = self._last_s + self._usual_gap_s * (1.0 if self._is_broken else 0.5)
            self._is_broken = True
        self._last_s = time_s
        return time_s

    def is_kept(self, time_s: float) -> bool:
        """Whether a picture of this time is wanted: over any while, no more than `MAX_RATE_HZ` are."""
        if time_s < self._due_s - _ROUNDING_S:
            return False
        # On a grid, so that 60 Hz stays 60 Hz whatever it is rounded to; anew where the video paused.
        self._due_s = max(self._due_s + _GAP_S, time_s + _GAP_S / 2)
        return True
