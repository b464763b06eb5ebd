"""Clock: how far a tensor of a stream has come when a number of input frames has been seen."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """The progress of one time tensor. A *sample* is one step of that tensor's own time axis.

    After `n` input frames, the stream's end not among them, the samples 0 to `rate * n - delay - 1` are known; of an
    utterance of `t` frames the tensor has `rate * t + surplus` samples in all. So the calls of a stream give

        first call, n frames    rate * n - delay
        middle call, n frames   rate * n
        last call, n frames     rate * n + delay + surplus
    """

    rate: int
    """Samples per input frame."""
    delay: int
    """Samples held back until more input comes. Negative where padding at the start runs ahead of the input."""
    surplus: int = 0
    """Samples of the whole beyond `rate` per frame, where paddings do not keep the length."""

    def first_frames_for(self, samples: int) -> int:
        """The fewest frames of a first call that give at least `samples`."""
        return -(-(samples + self.delay) // self.rate)


INPUT: Clock = Clock(rate=1, delay=0)
"""The clock of the input itself."""
