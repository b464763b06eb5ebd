"""Tickets: what is remembered of a stream so that its listener, and nobody else, can take it up again.

A connection that breaks ends its streams at once, so nothing is made for somebody who may not come back. What is kept
is small: the request, where each clause began, and a secret. From that the same bytes can be made again.
"""

import hmac
from collections import OrderedDict
from collections.abc import Callable

from server.errors import StreamNotFoundError
from server.streaming.stream import Stream

TICKET_LIFE_S = 600.0
"""How long a stream can be taken up after it was opened, last taken up or last given text."""
MAX_TICKETS = 1024
MAX_CHARACTERS = 8_000_000
"""Of all remembered texts together; the oldest ticket goes first where there are too many."""


class Tickets:
    """The streams that can be taken up again, by their ids. Used on the event loop's thread alone."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds and never goes back."""
        self._clock = clock
        self._streams: OrderedDict[str, tuple[Stream, float, int]] = OrderedDict()
        """Each with when its ticket expires, and how many characters it counts for."""
        self.n_characters = 0
        """Of all remembered texts together."""

    def __len__(self) -> int:
        return len(self._streams)

    def remember(self, stream: Stream) -> None:
        """Keep a stream's ticket, in place of an earlier one of the same id; again whenever it has got more text."""
        self.forget(stream.stream_id)
        self._streams[stream.stream_id] = (stream, self._clock() + TICKET_LIFE_S, stream.n_characters)
        self.n_characters += stream.n_characters
        while self._streams and (
            len(self._streams) > MAX_TICKETS
            or self.n_characters > MAX_CHARACTERS
            or next(iter(self._streams.values()))[1] < self._clock()
        ):
            self.forget(next(iter(self._streams)))

    def forget(self, stream_id: str) -> None:
        """Drop a ticket: nobody wants any more of that stream."""
        kept = self._streams.pop(stream_id, None)
        if kept is not None:
            self.n_characters -= kept[2]

    def find(self, stream_id: str, token: str) -> Stream:
        """The stream that somebody wants to take up.

        Raises:
            StreamNotFoundError: when there is none of this id, it is too old, or the token is not its own; which of
                these, nobody is told.
        """
        stream, expires_at_s, _ = self._streams.get(stream_id, (None, 0.0, 0))
        known = stream.token if stream is not None else ""
        matches = hmac.compare_digest(known.encode(), token.encode("utf-8", "surrogatepass"))
        if stream is None or not matches or expires_at_s < self._clock():
            raise StreamNotFoundError("There is no such stream to go on with; ask for the text again.")
        return stream
