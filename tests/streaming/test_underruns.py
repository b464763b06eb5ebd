"""What listeners say of running dry is counted once, in bounds, and also after their sound was made."""

import pytest

from server.streaming.underruns import MAX_STREAMS, MOST_AT_ONCE, UnderrunTally

Told = list[tuple[str, int]]


@pytest.fixture
def told() -> Told:
    return []


@pytest.fixture
def tally(told: Told) -> UnderrunTally:
    return UnderrunTally(lambda model, more: told.append((model, more)))


def test_each_underrun_is_counted_once(tally: UnderrunTally, told: Told) -> None:
    tally.expect("a", "kokoro", already=0)
    for total in (0, 1, 1, 3, 2, 3):
        tally.report("a", total)
    assert told == [("kokoro", 1), ("kokoro", 2)]


def test_a_stream_that_goes_on_counts_from_where_it_was(tally: UnderrunTally, told: Told) -> None:
    tally.expect("a", "kokoro", already=2)
    tally.report("a", 3)
    assert told == [("kokoro", 1)]


def test_whatever_a_client_says_the_tally_is_bounded(tally: UnderrunTally, told: Told) -> None:
    tally.report("nobody's", 5)
    for n in range(MAX_STREAMS + 1):
        tally.expect(str(n), "kokoro", already=0)
    tally.report("0", 1)  # forgotten
    tally.report("1", 10**15)
    assert told == [("kokoro", MOST_AT_ONCE)]
