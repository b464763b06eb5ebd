"""Keeps a stream's true peak under a ceiling by turning it down in time, and leaves alone what is already under it.

    peaks --ceiling / peak--> needed gain --lowest of a window--> held --slow rise--> released --mean--> gain
    sound -----------------------delayed by the look-ahead-----------------------------------------> x gain

All gains are whole numbers of 2^-30, so that minima, sums and rises are exact: to the bit, the output does not depend
on how the stream is cut into blocks, and the gain is exactly 1.0 wherever nothing near exceeds the ceiling.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.ndimage

from server.audio.true_peak import REACH_SAMPLES, high_true_peaks

LIMITER_MEMORY_S = 0.6
"""Seconds after which nothing of what a limiter once heard is left in its gain: release, attack and look-ahead."""
_UNITY = 1 << 30
"""The gain 1.0 in steps."""


@dataclass(frozen=True, slots=True)
class LimiterSettings:
    """How a limiter sounds."""

    ceiling_db: float = -1.0
    """dBTP that the output stays under (4x oversampled, as `true_peak` measures)."""
    attack_ms: float = 5.0
    """The gain falls in a straight line over this time and arrives just before the peak."""
    release_s: float = 0.5
    """Time in which the gain would rise by 1.0: 1 dB of limiting is over after 55 ms."""


class LimiterStream:
    """The limiter of one stream. Blocks come out `look_ahead_samples` late; after `flush` none is missing."""

    def __init__(self, sample_rate_hz: int, channels: int, settings: LimiterSettings | None = None) -> None:
        settings = settings or LimiterSettings()
        self._ceiling = 10 ** (settings.ceiling_db / 20)
        self._ramp = max(1, round(settings.attack_ms / 1000 * sample_rate_hz))
        self._rise = max(1, round(_UNITY / (settings.release_s * sample_rate_hz)))
        # The needed gain is held from REACH_SAMPLES before a peak to as many after it: all that the interpolator reads
        # there is then scaled by one gain, so the true peak comes down by just that.
        self._window = self._ramp + 2 * REACH_SAMPLES
        self.look_ahead_samples = self._window - 1
        """Samples that the stream is held back; 5.6 ms at 24 kHz."""
        self._sound = np.zeros((self.look_ahead_samples, channels), np.float32)
        self._needed = np.full(self._window - 1, _UNITY, np.int64)
        self._released = np.full(self._ramp - 1, _UNITY, np.int64)
        self._last_released = _UNITY
        self._is_at_rest = True
        """Whether all gains that are kept are 1.0."""
        self._to_drop = self.look_ahead_samples

    def process(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Take the next block, shape [n_samples, n_channels], 0 samples allowed; return what is ready, same layout."""
        n_samples = len(samples)
        sound = np.concatenate((self._sound, samples))
        # Copies here and below, so that a long block does not stay in memory for the sake of its end.
        self._sound = sound[n_samples:].copy()
        steps = self._needed_gain(sound)
        # Nearly all of speech: nothing near is too high, and every gain below would be 1.0.
        if self._is_at_rest and steps is None:
            limited = sound[:n_samples]
        else:
            limited = sound[:n_samples] * self._gain(n_samples, steps)[:, np.newaxis]
        # The first samples out are the silence that the delay line held before the stream began.
        dropped = min(self._to_drop, n_samples)
        self._to_drop -= dropped
        return limited[dropped:]

    def flush(self) -> npt.NDArray[np.float32]:
        """End the stream and return what was held back, shape [n_samples, n_channels]. Call it once."""
        return self.process(np.zeros_like(self._sound))

    def _needed_gain(self, sound: npt.NDArray[np.float32]) -> npt.NDArray[np.int64] | None:
        """What brings each sample that came now under the ceiling, shape [n_samples], in steps; None where all is."""
        peaks = high_true_peaks(sound[self.look_ahead_samples + 1 - 2 * REACH_SAMPLES :], self._ceiling)
        exact = peaks.astype(np.float64)
        if not (exact > self._ceiling).any():
            return None
        # fmax, not maximum: a sample that is not a number asks for no gain, and becomes silence when it is quantised.
        return np.floor(self._ceiling / np.fmax(exact, self._ceiling) * _UNITY).astype(np.int64)

    def _gain(self, n_samples: int, steps: npt.NDArray[np.int64] | None) -> npt.NDArray[np.float32]:
        """The gain of each sample that leaves now, shape [n_samples], from what was needed before and is needed now."""
        if steps is None:
            steps = np.full(n_samples, _UNITY, np.int64)
        # Element i of each sequence below depends on the elements up to i of the one before it.
        needed = np.concatenate((self._needed, steps))
        self._needed = needed[n_samples:].copy()
        trailing = (self._window - 1) // 2  # moves scipy's centred window so that it ends at each element
        held = scipy.ndimage.minimum_filter1d(needed, self._window, origin=trailing)[self._window - 1 :]

        rise = self._rise * np.arange(n_samples + 1)
        risen = np.minimum.accumulate(np.concatenate(([self._last_released], held)) - rise) + rise
        self._last_released = int(risen[-1])

        released = np.concatenate((self._released, risen[1:]))
        self._released = released[n_samples:].copy()
        self._is_at_rest = (
            self._last_released == _UNITY and (self._needed == _UNITY).all() and (self._released == _UNITY).all()
        )
        total = np.cumsum(np.concatenate(([0], released)))
        mean: npt.NDArray[np.float64] = (total[self._ramp :] - total[: -self._ramp]) / (self._ramp * _UNITY)
        return mean.astype(np.float32)
