"""EventNet: watches pictures and says when, how hard and where something happens suddenly.

It learnt from rendered scenes (`export/foley/event_net`), and speaks of a picture when `LOOK_AHEAD` more were seen.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from server.engines.foley.analyser import HeldBack
from server.engines.foley.backend import Observations
from server.engines.foley.event_net_shape import LEAST_GAP_S, LOOK_AHEAD, PAST, STATE_SHAPES, USUAL_GAP_S
from server.engines.foley.impacts import OnsetPicker, StretchPicker, stretch_chances
from server.engines.foley.two_looks import joined_looks, mirrored_negative
from server.runtime.model_card import load_card
from server.runtime.sessions import GraphOpener, GraphSession
from server.video.picture import Bytes, Picture

Floats = npt.NDArray[np.float32]

MODEL: Final = "event-net"
"""The name of its folder in onnx_models/."""
_AT_ONCE: Final = 16
"""Pictures that one call of the graph takes at most; memory grows with it, speed no more."""
_LONGEST_GAP_S: Final = 0.25
"""A picture that stood longer says no more about speed than one that stood for this."""
_SHORTEST_GAP_S: Final = 0.01
_SEEMING_STOP_S: Final = 0.05
"""Before the end nothing is taken for an onset: what moves seems to stop dead where the pictures end."""


@dataclass(slots=True)
class NetState:
    """What one video has behind it. To be used by one thread at a time."""

    past: Bytes
    """The last PAST pictures."""
    tensors: dict[str, Floats] = field(
        default_factory=lambda: {name: np.zeros(shape, np.float32) for name, shape in STATE_SHAPES.items()}
    )


class EventNet:
    """One graph that serves any number of videos from any number of threads: it keeps nothing between calls."""

    def __init__(self, session: GraphSession) -> None:
        self._session = session

    def answer(self, state: NetState, pictures: Bytes, gaps_s: Floats) -> Floats:
        """Feed pictures [t, GREY_HEIGHT, GREY_WIDTH] and the time before each; `state` moves on.

        Returns:
            [t, outputs, ROWS, COLUMNS], of the pictures `LOOK_AHEAD` before those given.
        """
        line = np.concatenate((state.past, pictures))
        answers, *tensors = self._session.run(None, {"pictures": line, "gaps_s": gaps_s, **state.tensors})
        state.past = line[-PAST:]
        state.tensors = dict(zip(STATE_SHAPES, tensors, strict=True))
        result: Floats = answers
        return result

    def watch(self) -> "ImpactAnalyser":
        """Begin a video."""
        return ImpactAnalyser(self)


def load_event_net(models: Path, open_graph: GraphOpener) -> EventNet:
    """From the folder of exported models.

    Raises:
        ModelUnavailableError: when it is missing, or not the one this version was made for.
    """
    return EventNet(open_graph(load_card(models / MODEL).graph_path("net")).session)


class ImpactAnalyser:
    """The impacts of one video; an `Analyser`. Holds a few pictures, however long the video is."""

    def __init__(self, net: EventNet) -> None:
        self._net = net
        self._states: tuple[NetState, NetState] | None = None
        """Of the video, and of its mirrored negative."""
        self._last: Picture | None = None
        """The last that was looked at."""
        self._unanswered_s: list[float] = []
        """Times of the pictures that the net has not spoken of yet."""
        self._skips = LOOK_AHEAD
        """Answers still to come that are of no picture."""
        self._onsets = OnsetPicker()
        self._stretches = {kind: StretchPicker(kind) for kind in ("roll", "slide", "move")}
        self._held = HeldBack()

    def push(self, pictures: Sequence[Picture]) -> Observations:
        """What the next pictures settle; about 130 ms behind them, up to a second while something rolls or slides."""
        looked_at: list[Picture] = []
        gaps_s: list[float] = []
        for picture in pictures:
            gap_s = picture.time_s - self._last.time_s if self._last else USUAL_GAP_S
            if gap_s >= LEAST_GAP_S or self._last is None:
                looked_at.append(picture)
                gaps_s.append(min(max(gap_s, _SHORTEST_GAP_S), _LONGEST_GAP_S))
                self._last = picture
        self._unanswered_s += [picture.time_s for picture in looked_at]
        for start in range(0, len(looked_at), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            self._see(np.stack([picture.grey for picture in looked_at[part]]), gaps_s[part])
        return self._held.release(self._settled_s())

    def finish(self, duration_s: float) -> Observations:
        """The rest, as if the last picture stood still for a moment longer."""
        if self._last is not None:
            still = np.stack([self._last.grey] * LOOK_AHEAD)
            self._see(still, [USUAL_GAP_S] * LOOK_AHEAD, self._last.time_s - _SEEMING_STOP_S)
        rest = self._onsets.settle()
        for stretch in self._stretches.values():
            rest += stretch.settle()
        self._held.add(Observations(duration_s, tuple(rest)))
        return self._held.release_all(duration_s)

    def _see(self, pictures: Bytes, gaps_s: Sequence[float], onsets_until_s: float = math.inf) -> None:
        answers = self._twice(pictures, np.array(gaps_s, np.float32))
        first = min(self._skips, len(answers))
        self._skips -= first
        found = []
        for answer in answers[first:]:
            time_s = self._unanswered_s.pop(0)
            if time_s <= onsets_until_s:
                found += self._onsets.see(time_s, answer)
            for kind, (chance, x, y) in stretch_chances(answer).items():
                found += self._stretches[kind].see(time_s, chance, x, y)
        self._held.add(Observations(0.0, tuple(found)))

    def _twice(self, pictures: Bytes, gaps_s: Floats) -> Floats:
        """The answers for the pictures; whether and when something strikes is the mean of the two looks."""
        mirrored = mirrored_negative(pictures)
        if self._states is None:
            first, other = (np.stack([each[0]] * PAST) for each in (pictures, mirrored))
            self._states = NetState(first), NetState(other)
        plain, turned = (
            self._net.answer(state, each, gaps_s)
            for state, each in zip(self._states, (pictures, mirrored), strict=True)
        )
        return joined_looks(plain, turned)

    def _settled_s(self) -> float:
        return min([self._onsets.until_s, *(stretch.start_s for stretch in self._stretches.values())])
