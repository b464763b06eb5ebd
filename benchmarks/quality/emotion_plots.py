"""Draw what an emotion does: spectrograms with their F0, of the recordings that `python -m benchmarks emotions` left.

Runs in .venv-bench: `.venv-bench/bin/python -m benchmarks.quality.emotion_plots`; writes docs/emotions/*.png.
"""

from pathlib import Path
from typing import Final

import matplotlib
import numpy as np

from benchmarks.machine import ROOT
from benchmarks.quality.acoustics import HOP_S, pitch_track
from benchmarks.quality.judge import JUDGE_RATE_HZ, load

matplotlib.use("Agg")
from matplotlib import pyplot as plt  # the back end has to be chosen first

_RECORDINGS: Final = ROOT / "build" / "benchmarks" / "emotions"
_PLOTS: Final = ROOT / "docs" / "emotions"
_SENTENCE: Final = "00"
_PAGES: Final = (("neutral", "happy", "sad", "angry"), ("fearful", "calm", "excited", "whisper"))
_TOP_HZ: Final = 5000
_TOP_F0_HZ: Final = 500


def draw(voice: str, emotions: tuple[str, ...], to: Path) -> None:
    """One page: a spectrogram for each emotion in full, one below the other, on one scale of time."""
    figure, axes = plt.subplots(len(emotions), 1, figsize=(7.5, 7), sharex=True, layout="constrained")
    for emotion, axis in zip(emotions, axes, strict=True):
        intensity = 0 if emotion == "neutral" else 100
        samples = load(_RECORDINGS / f"{voice}-{emotion}-{intensity}-{_SENTENCE}.wav")
        axis.specgram(samples + 1e-6, NFFT=400, noverlap=320, Fs=JUDGE_RATE_HZ, cmap="magma", vmin=-120, vmax=-35)
        axis.set(ylim=(0, _TOP_HZ), ylabel="Hz", title=f"{voice}, {emotion}")
        track = pitch_track(samples)
        above = axis.twinx()
        above.plot(np.arange(len(track)) * HOP_S, track, color="cyan", linewidth=1.5)
        above.set(ylim=(0, _TOP_F0_HZ), ylabel="F0, Hz")
    axes[-1].set_xlabel("seconds")
    figure.savefig(to, dpi=75)
    plt.close(figure)


def main() -> None:
    """Draw every page."""
    _PLOTS.mkdir(parents=True, exist_ok=True)
    for voice in ("af_heart", "zf_xiaoxiao"):
        for number, emotions in enumerate(_PAGES, start=1):
            draw(voice, emotions, _PLOTS / f"{voice}-{number}.png")


if __name__ == "__main__":
    main()
