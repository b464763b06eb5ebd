"""StreamingGraph: a network that is fed a few frames at a time and gives, in a row, what it would give for the whole.

Its graphs keep nothing between calls. What a stream has behind it is a StreamState, which its owner holds, so one
StreamingGraph serves any number of streams from any number of threads.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from server.runtime.model_card import ModelCard
from server.runtime.sessions import GraphSession, OpenedGraph

Floats = npt.NDArray[np.float32]

CALLS: Final = ("first", "mid", "last", "whole")
"""The graphs of a stream: its first call, those in the middle, its last, and one for streams too short for these."""


class StreamSpec(BaseModel):
    """How the graphs of a stream are to be called."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    """The input that streams, float32 [1, channels, 1, frames]. All others but the states stay as they are."""
    output: str
    """What comes out, float32 [1, channels, 1, samples]."""
    rate: int = Field(gt=0)
    """Output samples per input frame."""
    delay_samples: int = Field(ge=0)
    """How far the output stays behind the input until the last call."""
    first_frames: int = Field(gt=0)
    """Input frames of the first call; shorter streams are done in one call of `whole`."""
    mid_frames: int = Field(gt=0)
    """Input frames of each call in the middle; the last call takes up to as many."""


@dataclass(slots=True)
class StreamState:
    """What one stream has behind it. To be used by one thread at a time."""

    conditions: Mapping[str, Floats]
    """Inputs that are the same in every call, by name."""
    pending: Floats | None = None
    """Frames that no call has taken yet, [channels, frames]."""
    tensors: list[Floats] = field(default_factory=list)
    """The states that the next call takes."""
    has_begun: bool = False
    """Whether the first call is done."""
    is_over: bool = False


class StreamingGraph:
    """Four graphs over the same weights, and the order in which they are called.

    How the input comes in pieces decides nothing: the calls have lengths that only the length of the whole determines,
    so that the output is the same bit for bit.
    """

    def __init__(self, spec: StreamSpec, sessions: Mapping[str, GraphSession]) -> None:
        """`sessions` by call, as in `CALLS`. In the graphs, state n goes in as `state_n` and is output n + 1."""
        self.spec = spec
        self._sessions = {call: sessions[call] for call in CALLS}

    @property
    def provider(self) -> str:
        """The name of what the graphs run on."""
        return self._sessions["mid"].get_providers()[0]

    def new_state(self, conditions: Mapping[str, Floats] | None = None) -> StreamState:
        """Begin a stream; `conditions` are the inputs that stay the same during it."""
        return StreamState(conditions or {})

    def run(self, state: StreamState, x: Floats, is_last: bool) -> Floats:
        """Feed frames, and give all that is known of the output by then: float32 [channels, samples], maybe none.

        Args:
            state: of this stream; it moves on.
            x: float32 [channels, frames], any number of frames.
            is_last: whether the stream ends with these. If not, at least one frame more must follow.

        Raises:
            ValueError: when the stream was over, or ends without a frame for its last call.
        """
        parts = list(self.stream(state, x, is_last))
        return np.concatenate(parts, axis=-1) if parts else np.zeros((0, 0), np.float32)

    def stream(self, state: StreamState, x: Floats, is_last: bool) -> Iterator[Floats]:
        """The same, call by call: what was not asked for yet is not computed. The arguments are those of `run`."""
        if state.is_over:
            raise ValueError("this stream is over")
        pending = x if state.pending is None else np.concatenate((state.pending, x), axis=1)
        state.pending = pending
        if is_last and not pending.shape[1]:
            raise ValueError("a stream cannot end without a frame")
        while frames := self._next_call_frames(state, is_last):
            state.pending, taken = pending[:, frames:], pending[:, :frames]
            pending = state.pending
            ends = is_last and not pending.shape[1]
            state.is_over = ends
            if state.has_begun:
                yield self._call("last" if ends else "mid", state, taken)
            else:
                state.has_begun = True
                yield self._call("whole" if ends else "first", state, taken)

    def _next_call_frames(self, state: StreamState, is_last: bool) -> int:
        """How many of the pending frames the next call takes; 0 when it has to wait for more."""
        assert state.pending is not None
        there = int(state.pending.shape[1])
        usual = self.spec.mid_frames if state.has_begun else self.spec.first_frames
        if is_last:
            # The frames that are left over after the calls of the usual length go into the last.
            return min(there, usual)
        return usual if there >= usual else 0

    def _call(self, call: str, state: StreamState, x: Floats) -> Floats:
        feeds: dict[str, Floats] = {self.spec.source: np.ascontiguousarray(x)[np.newaxis, :, np.newaxis]}
        feeds.update(state.conditions)
        feeds.update({f"state_{number}": tensor for number, tensor in enumerate(state.tensors)})
        output, *state.tensors = self._sessions[call].run(None, feeds)
        result: Floats = output[0, :, 0]
        return result


def open_streaming_graph(
    card: ModelCard,
    part: str,
    spec: StreamSpec,
    open_graph: Callable[[Path], OpenedGraph],
    open_first: Callable[[Path], OpenedGraph] | None = None,
) -> StreamingGraph:
    """Open the graphs `<part>_first`, `<part>_mid`, `<part>_last` and `<part>_whole` of a model.

    `open_first` opens the first of them, where that is not to be done as for the others.

    Raises:
        ConfigurationError, ModelUnavailableError: as `open_graph` does.
    """
    openers = {call: open_graph for call in CALLS} | ({"first": open_first} if open_first else {})
    paths = {call: card.graph_path(f"{part}_{call}") for call in CALLS}
    return StreamingGraph(spec, {call: openers[call](paths[call]).session for call in CALLS})
