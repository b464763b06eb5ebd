"""Draws sounds and their timelines: `draw FOLDER TARGET`, in the judges' environment."""

import json
import sys
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot as plt  # the back end has to be chosen first

_RATE_HZ = 48_000


def draw(sound_file: Path, target: Path) -> None:
    """One picture: the timeline above, the spectrogram below."""
    sound = np.load(sound_file).astype(np.float32).mean(axis=1) / 32768
    told = json.loads(sound_file.with_suffix(".json").read_text(encoding="utf-8"))
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(8, 3.6), dpi=100, sharex=True, height_ratios=(1, 3), layout="constrained"
    )
    labels = sorted({f"{label} {material}".strip() for _, label, material, _ in told["events"]})
    for onset_s, label, material, strength in told["events"]:
        row = labels.index(f"{label} {material}".strip())
        above.vlines(onset_s, row - 0.4, row - 0.4 + 0.8 * max(0.15, strength), colors="tab:blue", linewidth=2)
    for onset_s in told["true_s"] or ():
        above.axvline(onset_s, color="tab:red", linewidth=0.6, linestyle=":")
    above.set_yticks(range(len(labels)), labels, fontsize=7)
    above.set_ylim(-0.6, max(0.6, len(labels) - 0.4))
    beds = ", ".join(dict.fromkeys(told["beds"])) or "none"
    above.set_title(f"“{told['wish']}” — background: {beds}", fontsize=8, loc="left")
    below.specgram(sound + 1e-7, NFFT=1024, Fs=_RATE_HZ, noverlap=768, vmin=-140, vmax=-40, cmap="magma")
    below.set_ylim(0, 16_000)
    below.set_xlim(0, len(sound) / _RATE_HZ)
    below.set_xlabel("seconds", fontsize=7)
    below.set_ylabel("Hz", fontsize=7)
    for axes in (above, below):
        axes.tick_params(labelsize=7)
    figure.savefig(target)
    plt.close(figure)


def main() -> None:
    """Draw all that lies in the folder."""
    folder, target = Path(sys.argv[1]), Path(sys.argv[2])
    for sound_file in sorted(folder.glob("*.npy")):
        draw(sound_file, target / f"{sound_file.stem}.png")


if __name__ == "__main__":
    main()
