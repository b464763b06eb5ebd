"""UnderrunTally: counts how often the listener of a connection says it ran dry, also after its streams were made.

A short text is made in a fraction of the time that it plays, so most of its playback comes after its stream has ended.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

MAX_STREAMS: Final = 64
"""Remembered of a connection; who has more of them playing at once is not listening."""
MOST_AT_ONCE: Final = 10
"""A player that reports four times a second runs dry no more often than that between two reports."""


class UnderrunTally:
    """Of each stream of a connection: the model that speaks, and what its listener last reported."""

    def __init__(self, on_more: Callable[[str, int], None]) -> None:
        """`on_more` is told of the model, and how often more its listener ran dry."""
        self._on_more = on_more
        self._reported: OrderedDict[str, tuple[str, int]] = OrderedDict()

    def expect(self, stream_id: str, model: str, already: int) -> None:
        """A stream begins, or goes on, whose listener has reported `already` so many."""
        self._reported[stream_id] = (model, already)
        self._reported.move_to_end(stream_id)
        if len(self._reported) > MAX_STREAMS:
            self._reported.popitem(last=False)

    def report(self, stream_id: str, total: int, *, counts: bool = True) -> None:
        """Its listener says how often it has run dry in all. Of a stream that is not known nothing is counted.

        What does not count, because it waits for text that has not come, is not counted later either.
        """
        if stream_id not in self._reported:
            return
        model, before = self._reported[stream_id]
        if total > before:
            self._reported[stream_id] = (model, total)
            if counts:
                self._on_more(model, min(MOST_AT_ONCE, total - before))
