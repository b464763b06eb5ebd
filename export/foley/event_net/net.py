"""The event net in torch, as it is trained: whole stretches of pictures at once. Only the training imports this."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from server.engines.foley.event_net_shape import (
    CONTEXT,
    CONTEXT_DILATIONS,
    FIRST,
    MAP_DILATIONS,
    OUTPUTS,
    SECOND,
    USUAL_GAP_S,
    WIDE,
)


class EventNet(nn.Module):  # type: ignore[misc]  # torch is not installed where types are checked
    """Pictures in, one answer per cell and picture out, `LOOK_AHEAD` pictures late; it never looks ahead itself."""

    def __init__(self) -> None:
        super().__init__()
        self.first = _conv(12, FIRST, 2)
        self.second = _conv(FIRST, SECOND, 2)
        self.third = _conv(SECOND, WIDE, 2)
        self.mixing = _conv(WIDE, WIDE, 1)
        self.over_time = nn.ModuleList(_pointwise(3 * WIDE, WIDE) for _ in MAP_DILATIONS)
        self.narrow = nn.Conv1d(2 * WIDE + 1, CONTEXT, 1)
        self.context = nn.ModuleList(nn.Conv1d(3 * CONTEXT, CONTEXT, 1) for _ in CONTEXT_DILATIONS)
        self.widen = nn.Conv1d(CONTEXT, WIDE, 1)
        self.hidden = _pointwise(WIDE, WIDE)
        self.answer = nn.Conv2d(WIDE, len(OUTPUTS), 1)
        with torch.no_grad():
            self.answer.bias.zero_()
            for name in ("onset", "roll", "slide", "move"):
                self.answer.bias[OUTPUTS.index(name)] = -4.5

    def forward(self, seen: Tensor, gaps_s: Tensor) -> Tensor:
        """Pictures [b, t, 108, 192] as `normalised` makes them and the time before each [b, t] -> [b, t, outputs, ROWS,
        COLUMNS]."""
        count, long = seen.shape[:2]
        stacked = torch.stack([seen, _back(seen, 1), _back(seen, 2)], 2).flatten(0, 1)
        first = F.conv2d(stacked, self._plain_kernel(), stride=4, padding=2)
        low = self.second(self.first[2](self.first[1](first)))
        cells = self.third(low).unflatten(0, (count, long))
        for number, (block, dilation) in enumerate(zip(self.over_time, MAP_DILATIONS, strict=True)):
            past = torch.cat([cells, _zeros_back(cells, dilation), _zeros_back(cells, 2 * dilation)], 2)
            cells = cells + block(past.flatten(0, 1)).unflatten(0, (count, long))
            if number == 0:
                cells = cells + self.mixing(cells.flatten(0, 1)).unflatten(0, (count, long))
        pace = torch.log(gaps_s / USUAL_GAP_S)[:, None]
        pooled = torch.cat([cells.amax((3, 4)), cells.mean((3, 4))], 2).transpose(1, 2)
        whole = torch.relu(self.narrow(torch.cat([pooled, pace], 1)))
        for block, dilation in zip(self.context, CONTEXT_DILATIONS, strict=True):
            past = torch.cat([whole] + [F.pad(whole, (step, 0))[..., :long] for step in (dilation, 2 * dilation)], 1)
            whole = whole + torch.relu(block(past))
        known = self.widen(whole).transpose(1, 2)[..., None, None]
        answer = self.answer(self.hidden((cells + known).flatten(0, 1)))
        return answer.unflatten(0, (count, long))

    def _plain_kernel(self) -> Tensor:
        """The first convolution learns from (now, now - one before, one before - two before), in blocks of 2x2 as 3x3
        steps of 2; on the three pictures as they are that is one of 6x6 in steps of 4."""
        blocks = self.first[0].weight.unflatten(1, (3, 2, 2))
        now, step, before = blocks.permute(0, 1, 4, 2, 5, 3).flatten(4, 5).flatten(2, 3).unbind(1)
        return torch.stack([now + step, before - step, -before], 1)


def _conv(inner: int, outer: int, stride: int) -> Any:
    return nn.Sequential(nn.Conv2d(inner, outer, 3, stride, 1, bias=False), nn.BatchNorm2d(outer), nn.ReLU())


def _pointwise(inner: int, outer: int) -> Any:
    return nn.Sequential(nn.Conv2d(inner, outer, 1, bias=False), nn.BatchNorm2d(outer), nn.ReLU())


def _back(pictures: Tensor, steps: int) -> Tensor:
    """Pictures of some steps before; before the first there was the first."""
    return torch.cat([pictures[:, :1]] * steps + [pictures[:, :-steps]], 1)


def _zeros_back(cells: Tensor, steps: int) -> Tensor:
    """The same of cells, with nothing before the first."""
    return torch.cat([torch.zeros_like(cells[:, :steps]), cells[:, :-steps]], 1)
