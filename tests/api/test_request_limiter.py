"""The limiter in virtual time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.api.limits import MAX_CLIENTS, WINDOW_S, MessagePace, RequestLimiter
from server.errors import RateLimitedError


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_one_more_than_the_limit_is_refused_and_told_when_to_come_back() -> None:
    clock = Clock()
    limiter = RequestLimiter(3, clock=clock)
    for _ in range(3):
        limiter.check("a")
        clock.now_s += 10
    with pytest.raises(RateLimitedError) as refused:
        limiter.check("a")
    assert refused.value.retry_after_s == 30.0
    clock.now_s += 30.0
    limiter.check("a")


def test_clients_do_not_share_their_window() -> None:
    limiter = RequestLimiter(1, clock=Clock())
    limiter.check("a")
    limiter.check("b")


@given(st.lists(st.floats(0, 30), max_size=60), st.integers(1, 8))
def test_no_minute_wherever_it_begins_holds_more_than_the_limit(pauses_s: list[float], limit: int) -> None:
    clock = Clock()
    limiter = RequestLimiter(limit, clock=clock)
    taken, waits_s = [], []
    for pause_s in pauses_s:
        clock.now_s += pause_s
        try:
            limiter.check("a")
        except RateLimitedError as error:
            waits_s.append(error.retry_after_s)
        else:
            taken.append(clock.now_s)
    assert all(wait_s is not None and 0 < wait_s <= WINDOW_S + 0.1 for wait_s in waits_s)
    for begin in taken:
        assert sum(begin <= time < begin + WINDOW_S for time in taken) <= limit


def test_memory_is_bounded_however_many_clients_come() -> None:
    limiter = RequestLimiter(1, clock=Clock())
    for number in range(3 * MAX_CLIENTS):
        limiter.check(f"address:{number}")
    assert len(limiter._seen) == MAX_CLIENTS


def test_messages_may_come_in_a_burst_of_two_seconds_worth_and_then_at_their_pace() -> None:
    clock = Clock()
    pace = MessagePace(10, clock=clock)
    for _ in range(20):
        pace.check()
    with pytest.raises(RateLimitedError) as refused:
        pace.check()
    assert refused.value.retry_after_s == 0.1
    clock.now_s += 0.1001
    pace.check()
    clock.now_s += 1000
    for _ in range(20):
        pace.check()
    with pytest.raises(RateLimitedError):
        pace.check()
