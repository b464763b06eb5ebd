"""How much one client may ask: requests in a minute, messages in a second."""

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from server.errors import RateLimitedError

WINDOW_S = 60.0
MAX_CLIENTS = 1024
"""Clients remembered at once; the one not seen for longest is forgotten first, so memory is bounded."""


class RequestLimiter:
    """A moving window per client: no 60 s, wherever they begin, hold more than `requests_per_minute` requests.

    Our own rather than the `limits` package: its memory store reads the wall clock, starts a thread after every quiet
    moment, and never forgets a client.
    """

    def __init__(self, requests_per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds and never goes back."""
        self._limit = requests_per_minute
        self._clock = clock
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, client: str) -> None:
        """Count a request of `client`. A refused one does not count.

        Raises:
            RateLimitedError: when the client has made as many as it may; says when the next one will do.
        """
        now_s = self._clock()
        times = self._seen.setdefault(client, deque())
        self._seen.move_to_end(client)
        if len(self._seen) > MAX_CLIENTS:
            self._seen.popitem(last=False)
        while times and times[0] <= now_s - WINDOW_S:
            times.popleft()
        if len(times) >= self._limit:
            raise RateLimitedError(
                f"More than {self._limit} requests came within a minute; wait a little and try again.",
                retry_after_s=math.ceil((times[0] + WINDOW_S - now_s) * 10) / 10,
            )
        times.append(now_s)


class MessagePace:
    """How fast messages of one connection may come: a bucket that holds two seconds' worth of them."""

    def __init__(self, per_second: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds and never goes back."""
        self._per_second = per_second
        self._clock = clock
        self._left = 2.0 * per_second
        self._at_s = clock()

    def check(self) -> None:
        """Count a message. A refused one does not count.

        Raises:
            RateLimitedError: when they come too fast; says when the next one will do.
        """
        now_s = self._clock()
        self._left = min(2.0 * self._per_second, self._left + (now_s - self._at_s) * self._per_second)
        self._at_s = now_s
        if self._left < 1:
            raise RateLimitedError(
                f"More than {self._per_second} messages came in a second; send fewer and longer ones.",
                retry_after_s=max(0.1, math.ceil((1 - self._left) / self._per_second * 10) / 10),
            )
        self._left -= 1
