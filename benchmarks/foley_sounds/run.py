"""Judges the sounds of Foley: recognised as what they are, how far from recordings, and whether they begin in time.

Every fold of the recordings in turn is left to the bank alone: the probe learns on the others, and hears the fold's
real clips and as many that were made from a bank of nothing but them. No probe has heard what a bank was made of.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Final

import numpy as np
import soxr

from benchmarks.foley_sounds.aisfx import RATE_HZ, Floats, Judge, open_judge
from benchmarks.foley_sounds.making import clip
from benchmarks.foley_sounds.onsets import OnsetErrors, measure_onsets
from benchmarks.foley_sounds.probe import Labels, Rows, space_of, trained
from benchmarks.report import Report, Target, at_least, at_most, progress
from export.foley.bank.build import build, read_sound
from export.foley.bank.decoder import decoder
from export.foley.bank.esc10 import Clip, read_clips
from server.engines.foley.backend import SAMPLE_RATE_HZ
from server.engines.foley.classes import CLASSES
from server.engines.foley.sound.bank.opened import open_bank
from server.engines.foley.sound.catalogue import MODELS
from server.runtime.sessions import GraphSession, open_session

WANTED_RECOGNISED: Final = 0.88
WANTED_DISTANCE: Final = 1.6
WANTED_ONSET_MS: Final = 5.0
_MEAN: Final = slice(0, 512)
"""The half of an embedding that distances are measured on: the mean over time."""


@dataclass(frozen=True, slots=True)
class Fold:
    """What one fold gave."""

    fold: int
    wanted: Labels
    real: Labels
    """What the probe took the real clips for."""
    made: Labels
    modelled: Labels
    """The same of our physical models of these classes, which the bank replaces."""
    distance_real: float
    distance_made: float
    distance_modelled: float


def run(recordings: Path | None = None) -> Report:
    """Embed the recordings, make banks and clips, judge.

    Args:
        recordings: a folder laid out as ESC-10 is.

    Raises:
        SystemExit: without a folder.
    """
    if recordings is None:
        raise SystemExit("foley-sounds needs a folder of recordings: --recordings DIR, laid out as ESC-10 is.")
    clips, judge = read_clips(recordings), open_judge()
    session = open_session(decoder().SerializeToString()).session
    labels = sorted({each.label for each in clips})
    progress("the real recordings")
    real = np.stack([_embedded(judge, read_sound(each.path)) for each in clips])
    folds = [_fold(fold, clips, real, labels, judge, session) for fold in sorted({each.fold for each in clips})]
    progress("onsets")
    onsets = measure_onsets(MODELS | open_bank(session))
    return _report(folds, labels, onsets, len(clips))


def _fold(
    fold: int, clips: Sequence[Clip], real: Rows, labels: Sequence[str], judge: Judge, session: GraphSession
) -> Fold:
    progress(f"fold {fold}")
    inside = np.array([each.fold == fold for each in clips])
    wanted = np.array([labels.index(each.label) for each in clips], np.int64)
    probe, space = trained(real[~inside], wanted[~inside]), space_of(real[~inside][:, _MEAN])
    with tempfile.TemporaryDirectory() as folder:
        build([each for each in clips if each.fold == fold], Path(folder))
        bank = open_bank(session, Path(folder))
    crowds = []
    for sounds in (MODELS | bank, MODELS):
        seeds = 1000 * fold + np.arange(inside.sum())
        made = [clip(sounds, labels[index], int(seed)) for index, seed in zip(wanted[inside], seeds, strict=True)]
        crowds.append(np.stack([_embedded(judge, each[:, 0]) for each in made]))
    others = real[~inside][:, _MEAN]
    far = [space.distance(others, crowd[:, _MEAN]) for crowd in (real[inside], *crowds)]
    named = [probe.predict(crowd) for crowd in (real[inside], *crowds)]
    return Fold(fold, wanted[inside], *named, *far)


def _embedded(judge: Judge, mono: Floats) -> Floats:
    return judge.embed(soxr.resample(mono, SAMPLE_RATE_HZ, RATE_HZ).astype(np.float32))


def _report(folds: Sequence[Fold], labels: Sequence[str], onsets: Sequence[OnsetErrors], n_clips: int) -> Report:
    rows = [_class_row(label, [_of_class(fold, index) for fold in folds]) for index, label in enumerate(labels)]
    shares = {name: [float(np.mean(getattr(fold, name) == fold.wanted)) for fold in folds] for name in _CROWDS}
    rows.append(("all", *(f"{fmean(shares[name]):.3f}" for name in _CROWDS)))
    ratios = [fold.distance_made / fold.distance_real for fold in folds]
    ratio = fmean(fold.distance_made for fold in folds) / fmean(fold.distance_real for fold in folds)
    worst = max(onsets, key=lambda each: max(map(abs, each.errors_ms)))
    worst_ms = max(map(abs, worst.errors_ms))
    unmeasured = [sound.id for sound in CLASSES if sound.id not in labels]
    return Report(
        name="foley_sounds",
        title="Sounds of Foley, judged by a network that indexes libraries of sound effects (aiSFX)",
        columns=("class", "real recognised", "made recognised", "by models alone"),
        rows=rows,
        targets=_targets(fmean(shares["made"]) / fmean(shares["real"]), ratio, worst_ms),
        notes=(
            "Nobody has listened: recognised means that a linear probe on aiSFX embeddings named the class.",
            f"{n_clips} clips of ESC-10 in {len(folds)} folds. Each fold in turn: the probe learns on the others; it "
            "then hears the fold's real clips, and as many made by the whole renderer from a bank of that fold alone.",
            "Made clips: a bed as a request has it that asks for nothing; or one to three events at drawn times, "
            "with no bed; their left channel, since recordings are mono.",
            "By models alone: the same classes from our physical models, which the bank replaces.",
            "Fréchet distance to the real clips of the other folds, in their 24 first components: real "
            + ", ".join(f"{fold.distance_real:.1f}" for fold in folds)
            + "; made "
            + ", ".join(f"{fold.distance_made:.1f}" for fold in folds)
            + f" ({', '.join(f'{each:.2f}x' for each in ratios)}); models alone "
            + ", ".join(f"{fold.distance_modelled:.1f}" for fold in folds)
            + ".",
            "Onset on the waveform: the first sample within 30 dB of an event's peak, the event alone, its place and "
            f"seed drawn eight times for each material; the bank that is shipped. Worst: {worst.label}.",
            "Unmeasured, for want of enough real clips whose licences allow it: " + ", ".join(unmeasured) + ".",
        ),
        raw={
            "folds": [
                {
                    "fold": fold.fold,
                    **{name: [labels[index] for index in getattr(fold, name)] for name in ("wanted", *_CROWDS)},
                    "distance": [fold.distance_real, fold.distance_made, fold.distance_modelled],
                }
                for fold in folds
            ],
            "onset_errors_ms": {each.label: [round(error, 2) for error in each.errors_ms] for each in onsets},
        },
    )


_CROWDS: Final = ("real", "made", "modelled")


def _of_class(fold: Fold, index: int) -> tuple[int, int, int, int]:
    """How many there are, and how many of each crowd were recognised."""
    own = fold.wanted == index
    real, made, modelled = (int(np.sum(getattr(fold, name)[own] == index)) for name in _CROWDS)
    return int(own.sum()), real, made, modelled


def _class_row(label: str, counts: Sequence[tuple[int, int, int, int]]) -> tuple[str, ...]:
    total, *recognised = (sum(column) for column in zip(*counts, strict=True))
    return (label, *(f"{count} / {total}" for count in recognised))


def _targets(recognised: float, distance: float, onset_ms: float) -> Sequence[Target]:
    return (
        at_least("recognised, made over real", recognised, WANTED_RECOGNISED, ""),
        at_most("Fréchet distance, made to real over real to real", distance, WANTED_DISTANCE, "x", 2),
        at_most("an event's sound from its onset on the timeline, at worst", onset_ms, WANTED_ONSET_MS, " ms", 1),
    )
