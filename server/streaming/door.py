"""Door: who is let in, who waits in line before it, and who is told to come back later."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from server.errors import OverloadedError
from server.streaming.capacity import Capacity, Load


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Room that is kept for a stream until it comes, or is given back."""

    kind: str
    is_bulk: bool
    waited_s: float = 0.0
    """For it, in the line."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """Somebody in the line."""

    kind: str
    is_bulk: bool
    since_s: float
    place: asyncio.Future[Place]


@dataclass(frozen=True, slots=True)
class Inside:
    """Who is being served."""

    n_streams: int
    live: Iterable[Load]
    """Of those that somebody listens to."""


class Door:
    """Keeps places for streams that are about to come. Used on the event loop's thread alone."""

    def __init__(
        self,
        capacity: Capacity,
        inside: Callable[[], Inside],
        clock: Callable[[], float],
        *,
        max_streams: int,
        max_waiting: int,
        max_wait_s: float,
    ) -> None:
        """`inside` tells who is being served now, `clock` the seconds; the numbers are as in `server.settings`."""
        self._capacity = capacity
        self._inside = inside
        self._clock = clock
        self._max_streams = max_streams
        self._max_waiting = max_waiting
        self._max_wait_s = max_wait_s
        self._places: set[Place] = set()
        self._line: deque[_Waiting] = deque()

    @property
    def line_length(self) -> int:
        """How many wait."""
        return len(self._line)

    def loads(self) -> Iterator[Load]:
        """Those who are being served and those who are about to be, but for what nobody listens to."""
        yield from self._inside().live
        for place in self._places:
            if not place.is_bulk:
                yield Load(place.kind, is_first=True, remaining_s=1.0)

    def check(self) -> None:
        """Refuse a stream that there is no room for whatever it is, before any work is done for it.

        Raises:
            OverloadedError: when `max_streams` are inside, and the line is full.
        """
        if len(self._line) >= self._max_waiting:
            self._require_seat()

    async def reserve(self, kind: str, *, is_bulk: bool) -> Place:
        """Keep room for a stream; waits in line for it where that is allowed.

        Raises:
            OverloadedError: when it could not be served in time, and the line is full or did not move.
        """
        try:
            if self._line:
                raise OverloadedError("Others wait for the server to have room; try again soon.", retry_after_s=2.0)
            return self._take_place(kind, is_bulk=is_bulk)
        except OverloadedError as refusal:
            if len(self._line) >= self._max_waiting:
                raise
            waiting = _Waiting(kind, is_bulk, self._clock(), asyncio.get_running_loop().create_future())
            self._line.append(waiting)
            return await self._wait_in_line(waiting, refusal)

    def leave(self, place: Place) -> None:
        """The stream is inside now, or does not come after all: the place is free again."""
        self._places.discard(place)

    def let_in(self) -> None:
        """Give places to those in the line whom there is room for now, in order."""
        while self._line:
            first = self._line[0]
            if not first.place.done():
                try:
                    waited_s = self._clock() - first.since_s
                    place = self._take_place(first.kind, is_bulk=first.is_bulk, waited_s=waited_s)
                except OverloadedError:
                    return
                first.place.set_result(place)
            self._line.popleft()

    def close(self) -> None:
        """Send the line home."""
        for waiting in self._line:
            waiting.place.cancel()

    def _require_seat(self) -> None:
        if self._inside().n_streams + len(self._places) >= self._max_streams:
            raise OverloadedError(
                "The server is speaking to as many listeners as it may; try again in a few seconds.", retry_after_s=2.0
            )

    def _take_place(self, kind: str, *, is_bulk: bool, waited_s: float = 0.0) -> Place:
        self._require_seat()
        # What nobody listens to is made when there is time: it promises nothing.
        if not is_bulk:
            self._capacity.require_room(kind, self.loads())
        place = Place(kind, is_bulk, waited_s)
        self._places.add(place)
        return place

    async def _wait_in_line(self, waiting: _Waiting, refusal: OverloadedError) -> Place:
        try:
            async with asyncio.timeout(self._max_wait_s):
                return await waiting.place
        except TimeoutError:
            raise refusal from None
        except asyncio.CancelledError:
            if waiting.place.done() and not waiting.place.cancelled():  # granted in the same turn of the loop
                self.leave(waiting.place.result())
                self.let_in()
            raise
        finally:
            with contextlib.suppress(ValueError):
                self._line.remove(waiting)
