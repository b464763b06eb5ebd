"""What the net should have said: from the labels of a clip to arrays as the net answers."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from export.foley.event_net.clips import TrainingClip
from server.engines.foley.event_net_shape import COLUMNS, OUTPUTS, ROWS, USUAL_GAP_S

Floats = npt.NDArray[np.float32]
_NEAR_S: Final = 0.018
"""How quickly the wanted heat falls off before and after an onset."""
_NEAR_CELLS: Final = 0.6


@dataclass(frozen=True, slots=True)
class Targets:
    """For every picture of a clip."""

    heat: Floats
    """[n, ROWS, COLUMNS], 1 at an onset, less around it."""
    counts: Floats
    """[n, ROWS, COLUMNS], 0 where neither yes nor no is taught."""
    values: Floats
    """[n, 6, ROWS, COLUMNS]: offset, right, down, jump, step, size, where heat is 1."""
    states: Floats
    """[n, 3, ROWS, COLUMNS] of 0, 1 and, where nothing is taught, -1."""


def targets_of(clip: TrainingClip) -> Targets:
    """All of it."""
    times = clip.times_s
    long = len(times)
    heat = np.zeros((long, ROWS, COLUMNS), np.float32)
    counts = np.ones_like(heat)
    values = np.zeros((long, len(OUTPUTS) - 4, ROWS, COLUMNS), np.float32)
    rows, columns = np.mgrid[0:ROWS, 0:COLUMNS]
    for time, jump, x, y, is_step, size, can_be_told in clip.strikes:
        column, row = x * COLUMNS - 0.5, y * ROWS - 0.5
        near_row, near_column = int(np.clip(round(row), 0, ROWS - 1)), int(np.clip(round(column), 0, COLUMNS - 1))
        nearest = int(np.argmin(np.abs(times - time)))
        if abs(times[nearest] - time) > 0.06:
            continue
        if not can_be_told:
            around = np.abs(times - time) < 0.09
            area = (np.abs(rows - near_row) <= 1) & (np.abs(columns - near_column) <= 1)
            counts[np.ix_(around, *(np.arange(size) for size in (ROWS, COLUMNS)))] *= 1 - area
            continue
        in_space = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * _NEAR_CELLS**2))
        gap = max(0.0, float(np.min(np.abs(times - time))))
        in_time = np.exp(-((np.abs(times - time) - gap) ** 2) / (2 * _NEAR_S**2))
        in_time[in_time < 0.05] = 0
        heat = np.maximum(heat, in_time[:, None, None] * in_space * 0.95).astype(np.float32)
        heat[nearest, near_row, near_column] = 1
        values[nearest, :, near_row, near_column] = (
            (time - times[nearest]) / USUAL_GAP_S,
            column - near_column,
            row - near_row,
            np.log(jump),
            is_step,
            np.log(max(size, 0.01)),
        )
    states = np.zeros((long, 3, ROWS, COLUMNS), np.float32)
    for picture, state in np.argwhere(clip.states[:, :, 0] > 0):
        _, x, y = clip.states[picture, state]
        row, column = int(min(y * ROWS, ROWS - 1)), int(min(x * COLUMNS, COLUMNS - 1))
        states[picture, state, max(0, row - 1) : row + 2, max(0, column - 1) : column + 2] = -1
        states[picture, state, row, column] = 1
    return Targets(heat, counts, values, states)
