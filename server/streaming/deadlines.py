"""Deadlines: which of the streams that wait a free worker thread serves next. Pure: no clock, no thread, no sound.

Earliest deadline first (Liu and Layland, 1973, doi:10.1145/321738.321743), with one exception. Whoever has heard
nothing yet comes before the surplus of those who are being served, but not before one who would run dry meanwhile.
"""

from collections.abc import Sequence
from typing import Final, Protocol, TypeVar

BULK_PACE_S: Final = 5.0
"""Work that nobody listens to gets one step in so many seconds at least, and more only while every listener has as
much sound ahead."""
FIRST_PATIENCE_S: Final = 1.0
"""Who has waited so long for a first sound goes before everybody: on a machine that cannot keep up, nobody starves."""


class Demand(Protocol):
    """A stream that waits for its next step."""

    @property
    def due_s(self) -> float:
        """Its deadline: when its listener runs dry; of one who has heard nothing, since when it waits."""

    @property
    def is_first(self) -> bool:
        """Whether its listener waits in silence for a first sound."""

    @property
    def is_bulk(self) -> bool:
        """Whether nobody listens while it is made."""

    @property
    def step_cost_s(self) -> float:
        """How long its next step will probably take a thread, in seconds."""


DemandT = TypeVar("DemandT", bound=Demand)


def most_urgent(waiting: Sequence[DemandT], *, now_s: float, threads: int, bulk_running: int) -> DemandT | None:
    """The stream to step next, or None where there is none to be stepped now.

    Args:
        waiting: those that could be stepped, in any order.
        now_s: on the clock of their deadlines.
        threads: how many worker threads there are.
        bulk_running: how many of them make what nobody listens to. With two threads or more, one is kept from it.
    """
    may_run_bulk = bulk_running < max(1, threads - 1)
    newcomer: DemandT | None = None
    served: DemandT | None = None
    for demand in waiting:
        if demand.is_first:
            if newcomer is None or demand.due_s < newcomer.due_s:
                newcomer = demand
        elif (may_run_bulk or not demand.is_bulk) and (served is None or demand.due_s < served.due_s):
            served = demand
    if newcomer is None or served is None:
        return newcomer or served
    if newcomer.due_s <= now_s - FIRST_PATIENCE_S:
        return newcomer
    return newcomer if _all_can_wait(waiting, now_s + newcomer.step_cost_s, threads) else served


def _all_can_wait(waiting: Sequence[Demand], until_s: float, threads: int) -> bool:
    """Whether every listener who is being served still gets its next chunk in time if nobody gets one before."""
    work_s = 0.0
    for demand in sorted((each for each in waiting if not each.is_first and not each.is_bulk), key=_due_s):
        work_s += demand.step_cost_s
        if until_s + work_s / threads > demand.due_s:
            return False
    return True


def _due_s(demand: Demand) -> float:
    return demand.due_s
