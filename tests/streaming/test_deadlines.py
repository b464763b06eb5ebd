"""Which stream comes next."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from server.streaming.deadlines import FIRST_PATIENCE_S, most_urgent


@dataclass(frozen=True)
class Wants:
    due_s: float
    is_first: bool = False
    is_bulk: bool = False
    step_cost_s: float = 0.01


def chosen(*waiting: Wants, now_s: float = 100.0, threads: int = 2, bulk_running: int = 0) -> Wants | None:
    return most_urgent(waiting, now_s=now_s, threads=threads, bulk_running=bulk_running)


def test_with_nothing_to_do_there_is_nothing_to_step() -> None:
    assert chosen() is None


def test_of_those_being_served_the_one_who_runs_dry_first_comes_first() -> None:
    soon, later = Wants(100.5), Wants(101.0)
    assert chosen(later, soon) is soon


def test_of_those_who_have_heard_nothing_the_one_who_came_first_comes_first() -> None:
    early, late = Wants(99.5, is_first=True), Wants(99.9, is_first=True)
    assert chosen(late, early) is early


def test_who_has_heard_nothing_comes_before_a_surplus() -> None:
    newcomer, served = Wants(99.9, is_first=True, step_cost_s=0.2), Wants(101.0)
    assert chosen(served, newcomer) is newcomer


def test_but_not_before_one_who_would_run_dry_meanwhile() -> None:
    newcomer, served = Wants(99.9, is_first=True, step_cost_s=0.2), Wants(100.15)
    assert chosen(served, newcomer) is served


def test_several_who_would_run_dry_one_after_the_other_come_first_too() -> None:
    newcomer = Wants(99.9, is_first=True, step_cost_s=0.1)
    served = [Wants(100.2, step_cost_s=0.05) for _ in range(3)]
    assert chosen(*served[:2], newcomer, threads=1) is newcomer
    assert chosen(*served, newcomer, threads=1) is served[0]


def test_who_has_waited_very_long_in_silence_comes_first_whatever_it_costs() -> None:
    newcomer, served = Wants(100 - FIRST_PATIENCE_S, is_first=True, step_cost_s=9.0), Wants(100.0)
    assert chosen(served, newcomer) is newcomer


def test_what_nobody_listens_to_never_takes_the_last_thread() -> None:
    bulk = Wants(100.0, is_bulk=True)
    assert chosen(bulk, bulk_running=0) is bulk
    assert chosen(bulk, bulk_running=1) is None
    assert chosen(bulk, threads=1) is bulk


def test_a_newcomer_does_not_wait_for_what_nobody_listens_to() -> None:
    newcomer, bulk = Wants(99.9, is_first=True, step_cost_s=5.0), Wants(100.0, is_bulk=True)
    assert chosen(bulk, newcomer) is newcomer


_WANTS = st.builds(
    Wants,
    due_s=st.floats(99, 130),
    is_first=st.booleans(),
    is_bulk=st.just(False),
    step_cost_s=st.floats(0.001, 1),
)


@given(st.lists(_WANTS, min_size=1, max_size=20, unique_by=lambda each: each.due_s), st.integers(1, 8))
def test_the_order_of_those_who_wait_changes_nothing(waiting: list[Wants], threads: int) -> None:
    assert chosen(*waiting, threads=threads) == chosen(*reversed(waiting), threads=threads)


@given(st.lists(_WANTS, min_size=1, max_size=20), st.integers(1, 8))
def test_a_newcomer_is_chosen_only_where_everybody_who_is_served_can_wait(waiting: list[Wants], threads: int) -> None:
    first = chosen(*waiting, threads=threads)
    assert first is not None
    if first.is_first and first.due_s > 100 - FIRST_PATIENCE_S:
        free_s = 100 + first.step_cost_s
        for served in sorted((each for each in waiting if not each.is_first), key=lambda each: each.due_s):
            free_s += served.step_cost_s / threads
            assert free_s <= served.due_s + 1e-9
