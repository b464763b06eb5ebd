"""Trains the event net with torch: `python -m export.foley.event_net.train CLIPS WEIGHTS MINUTES`.

Of the clips, every sixteenth shard is kept for choosing: when to stop, and the threshold of confidence.
"""

import argparse
import copy
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from export.foley.event_net.clips import Bytes, TrainingClip
from export.foley.event_net.dataset import read_shard
from export.foley.event_net.decode import Score, onsets, score, truths
from export.foley.event_net.net import EventNet
from export.foley.event_net.targets import targets_of
from export.foley.event_net.weights import CHECKED_PICTURES, checked_pictures, save_weights
from server.engines.foley.event_net_shape import LEAST_DEVIATION, LOOK_AHEAD, OUTPUTS, USUAL_GAP_S
from server.engines.foley.two_looks import joined_looks, mirrored_negative

WINDOW: Final = 64
"""Pictures."""
WARM_UP: Final = 12
"""Pictures at a window's start that are not judged, where it begins in the middle of a clip."""
BATCH: Final = 8
CHOOSING: Final = 16
KEPT: Final = 0.995
"""Of the slow average of the weights, at each step."""
_VALUES: Final = slice(OUTPUTS.index("offset"), OUTPUTS.index("size") + 1)
_STATES: Final = slice(OUTPUTS.index("roll"), OUTPUTS.index("move") + 1)


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows side by side."""

    pictures: Tensor
    gaps_s: Tensor
    heat: Tensor
    counts: Tensor
    values: Tensor
    states: Tensor


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("clips", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("minutes", type=float)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--start", type=Path, help="a state dictionary to go on from")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(chosen.seed)
    train(
        chosen.clips, chosen.weights, chosen.minutes * 60, chosen.rate, chosen.start, np.random.default_rng(chosen.seed)
    )


def train(clips: Path, weights: Path, long_s: float, rate: float, start: Path | None, rng: np.random.Generator) -> None:
    """Until the time is over; shards that are written meanwhile are taken in."""
    net = EventNet()
    if start:
        net.load_state_dict(torch.load(start))
    slow = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), rate, weight_decay=0.01)
    known: dict[int, list[TrainingClip]] = {}
    began, step, running = time.monotonic(), 0, 0.0
    while (gone := (time.monotonic() - began) / long_s) < 1:
        if step % 100 == 0:
            _take_in(clips, known)
        pool = [clip for number, shard in known.items() if number % CHOOSING for clip in shard]
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1, (step + 5) / 100) * (0.02 + 0.98 * (0.5 + 0.5 * np.cos(np.pi * gone)))
        batch = _batch(rng, pool)
        with torch.autocast("cpu", torch.bfloat16):
            answers = net(batch.pictures, batch.gaps_s)
        loss = loss_of(answers.float(), batch)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 3.0)
        optimiser.step()
        with torch.no_grad():
            share = min(KEPT, step / (step + 10))
            for own, other in zip(slow.state_dict().values(), net.state_dict().values(), strict=True):
                own.copy_(own * share + other * (1 - share) if own.is_floating_point() else other)
        step, running = step + 1, running * 0.98 + 0.02 * loss.item() if step else loss.item()
        if step % 50 == 0:
            print(f"{step} {running:.3f} {time.monotonic() - began:.0f} s {len(pool)} clips", flush=True)
        if step % 400 == 0:
            _keep(slow, known, weights)
    _keep(slow, known, weights)


def loss_of(answers: Tensor, batch: Batch) -> Tensor:
    """Penalty-reduced focal loss of the heat (CornerNet, Law and Deng 2018, eq. 1), and how far the values are off."""
    answers = answers[:, LOOK_AHEAD:]
    cut = slice(None, -LOOK_AHEAD)
    heat, counts = batch.heat[:, cut], batch.counts[:, cut]
    logits = answers[:, :, OUTPUTS.index("onset")]
    chance = torch.sigmoid(logits)
    is_onset = (heat >= 1).float()
    hits = is_onset * (1 - chance) ** 2 * F.logsigmoid(logits)
    rest = (1 - is_onset) * (1 - heat) ** 4 * chance**2 * F.logsigmoid(-logits)
    many = (is_onset * counts).sum() + 4
    loss = -((hits + rest) * counts).sum() / many
    # Whether anything happens at all in a picture.
    most, wanted = logits.flatten(2).amax(2), heat.flatten(2).amax(2)
    sure = ((wanted >= 1) | (wanted < 0.05)).float() * (counts.flatten(2).amin(2) > 0)
    weight = sure * (0.25 + 3 * (wanted >= 1).float())
    whole = F.binary_cross_entropy_with_logits(most, (wanted >= 1).float(), weight=weight, reduction="sum")
    loss = loss + 0.15 * whole / many
    own, values = answers[:, :, _VALUES], batch.values[:, cut]
    at = (is_onset * counts)[:, :, None]
    off = F.smooth_l1_loss(own, values, beta=0.25, reduction="none")
    step = OUTPUTS.index("step") - _VALUES.start
    off[:, :, step] = F.binary_cross_entropy_with_logits(own[:, :, step], values[:, :, step], reduction="none")
    scale = torch.tensor([2.0, 0.5, 0.5, 0.3, 0.3, 0.2])[:, None, None]
    loss = loss + (off * scale * at).sum() / many
    states = batch.states[:, cut]
    told = (states >= 0).float() * (1 + 3 * (states == 1))
    moving = F.binary_cross_entropy_with_logits(answers[:, :, _STATES], states.clamp(min=0), reduction="none")
    return loss + 0.3 * (moving * told).sum() / ((states == 1).sum() + 50)


def _take_in(folder: Path, known: dict[int, list[TrainingClip]]) -> None:
    for file in sorted(folder.glob("[0-9][0-9][0-9][0-9].npz")):
        number = int(file.stem)
        if number not in known:
            known[number] = list(read_shard(folder, number))


def _batch(rng: np.random.Generator, pool: list[TrainingClip]) -> Batch:
    windows: list[tuple[Any, ...]] = []
    while len(windows) < BATCH:
        clip = pool[int(rng.integers(len(pool)))]
        if len(clip.times_s) < WINDOW:
            continue
        begin = int(rng.integers(-8, len(clip.times_s) - WINDOW + 1))
        if rng.random() < 0.7 and len(clip.strikes):  # mostly where something happens
            at = int(np.searchsorted(clip.times_s, clip.strikes[int(rng.integers(len(clip.strikes))), 0]))
            begin = min(at - int(rng.integers(WARM_UP, WINDOW - LOOK_AHEAD)), len(clip.times_s) - WINDOW)
        begin = max(0, begin)
        cut = slice(begin, begin + WINDOW)
        pictures = np.array(clip.pictures[cut])
        target = targets_of(clip)
        counts = target.counts[cut].copy()
        if begin:
            counts[:WARM_UP] = 0
        arrays = [target.heat[cut], counts, target.values[cut], target.states[cut]]
        if rng.random() < 0.5:
            pictures = 255 - pictures
        if rng.random() < 0.5:
            pictures = pictures[..., ::-1]
            arrays = [np.array(each[..., ::-1]) for each in arrays]
            arrays[2][:, 1] *= -1
        gaps = np.diff(clip.times_s, prepend=clip.times_s[0] - USUAL_GAP_S)[cut].astype(np.float32)
        # 16 bits: half of the work of a step would else go into moving pictures.
        windows.append(
            (normalised(pictures).bfloat16(), torch.from_numpy(gaps), *(torch.from_numpy(each) for each in arrays))
        )
    return Batch(*(torch.stack(each).to(each[0].dtype) for each in zip(*windows, strict=True)))


def normalised(pictures: Bytes) -> Tensor:
    """Of one mean and contrast."""
    levels = [cv2.meanStdDev(np.ascontiguousarray(picture)) for picture in pictures]
    mean, deviation = (
        torch.from_numpy(np.array(each, np.float32).reshape(-1, 1, 1)) for each in zip(*levels, strict=True)
    )
    luma = torch.from_numpy(np.ascontiguousarray(pictures))
    return (luma - mean) / deviation.clamp(min=LEAST_DEVIATION)


def _keep(net: EventNet, known: dict[int, list[TrainingClip]], weights: Path) -> None:
    net.eval()
    best, chosen, apart = Score(), 0.0, math.inf
    answers = []
    for number, shard in known.items():
        for clip in shard if number % CHOOSING == 0 else ():
            answers.append((clip, answer(net, clip)))
    for threshold in np.arange(0.1, 0.8, 0.025):
        total = Score()
        for clip, said in answers:
            wanted, ignored = truths(clip.strikes, float(clip.times_s[-1]))
            found = [at for at, _ in onsets(said, clip.times_s, float(threshold))]
            total += score(found, wanted, ignored)
        # As many missed as false. F1 is as good as the same over a wide range of thresholds; its best misses more.
        if abs(total.missed - total.false) < apart:
            best, chosen, apart = total, float(threshold), abs(total.missed - total.false)
    late = np.percentile(np.abs(best.errors_s), 95) * 1000 if best.errors_s else 0
    print(
        f"choosing: F1 {best.f1:.3f} at {chosen:.2f}, {best.found}/{best.missed}/{best.false}, p95 {late:.0f} ms",
        flush=True,
    )
    torch.save(net.state_dict(), weights.with_suffix(".pt"))
    with torch.no_grad():
        check = net(normalised(checked_pictures())[None], torch.full((1, CHECKED_PICTURES), USUAL_GAP_S))
    save_weights(weights, net.state_dict(), chosen, check[0].numpy())
    net.train()


def answer(net: EventNet, clip: TrainingClip) -> Any:
    """Of every picture of a clip, [n, outputs, rows, columns], as the server has it; the last ones are seen standing
    still."""
    pictures = np.concatenate([clip.pictures, np.repeat(clip.pictures[-1:], LOOK_AHEAD, 0)])
    gaps = np.diff(clip.times_s, prepend=clip.times_s[0] - USUAL_GAP_S)
    gaps = np.concatenate([gaps, np.full(LOOK_AHEAD, USUAL_GAP_S)]).astype(np.float32)
    with torch.no_grad():
        looks = [
            net(normalised(look)[None], torch.from_numpy(gaps)[None])[0, LOOK_AHEAD:].numpy()
            for look in (pictures, mirrored_negative(pictures))
        ]
    return joined_looks(*looks)


if __name__ == "__main__":
    main()
