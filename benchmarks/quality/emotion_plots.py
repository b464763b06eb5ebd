"""Draw what an emotion does: spectrograms with their F0, of the recordings that `python -m benchmarks emotions` left.

Runs in .venv-bench: `.venv-bench/bin/python -m benchmarks.quality.emotion_plots`; writes docs/emotions/*.png.
"""

from io import BytesIO
from pathlib import Path
from typing import Final

import matplotlib
import numpy as np
from PIL import Image

from benchmarks.machine import ROOT
from benchmarks.quality.acoustics import HOP_S, pitch_track
from benchmarks.quality.judge import JUDGE_RATE_HZ, load

matplotlib.use("Agg")
from matplotlib import colormaps
from matplotlib import pyplot as plt  # the back end has to be chosen first

_RECORDINGS: Final = ROOT / "build" / "benchmarks" / "emotions"
_PLOTS: Final = ROOT / "docs" / "emotions"
_SENTENCE: Final = "00"
_PAGES: Final = (("neutral", "happy", "sad", "angry"), ("fearful", "calm", "excited", "whisper"))
_N_COLOURS: Final = 32
_COLOURS: Final = colormaps["magma"].resampled(8)
_TOP_HZ: Final = 5000
_TOP_F0_HZ: Final = 500


def draw(voice: str, emotions: tuple[str, ...], to: Path) -> None:
    """One page: a spectrogram for each emotion in full, one below the other, on one scale of time."""
    figure, axes = plt.subplots(len(emotions), 1, figsize=(7.5, 6.4), sharex=True, layout="constrained")
    for emotion, axis in zip(emotions, axes, strict=True):
        intensity = 0 if emotion == "neutral" else 100
        samples = load(_RECORDINGS / f"{voice}-{emotion}-{intensity}-{_SENTENCE}.wav")
        axis.specgram(samples + 1e-6, NFFT=400, noverlap=320, Fs=JUDGE_RATE_HZ, cmap=_COLOURS, vmin=-95, vmax=-40)
        axis.set(ylim=(0, _TOP_HZ), ylabel="Hz", title=f"{voice}, {emotion}")
        track = pitch_track(samples)
        above = axis.twinx()
        above.plot(np.arange(len(track)) * HOP_S, track, color="cyan", linewidth=1.5)
        above.set(ylim=(0, _TOP_F0_HZ), ylabel="F0, Hz")
    axes[-1].set_xlabel("seconds")
    with BytesIO() as whole:
        figure.savefig(whole, dpi=70)
        # A quarter of the bytes: no line of the drawing needs more colours.
        Image.open(whole).convert("RGB").quantize(_N_COLOURS, dither=Image.Dither.NONE).save(to, optimize=True)
    plt.close(figure)


def main() -> None:
    """Draw every page."""
    _PLOTS.mkdir(parents=True, exist_ok=True)
    for voice in ("af_heart", "zf_xiaoxiao"):
        for number, emotions in enumerate(_PAGES, start=1):
            draw(voice, emotions, _PLOTS / f"{voice}-{number}.png")


if __name__ == "__main__":
    main()
