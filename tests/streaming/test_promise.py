"""The promise in virtual time: with the real rules and thousands of random arrivals, nobody let in is ever late."""

import numpy as np
import pytest
from virtual import MIDDLING, QUICK, SLOW, Arrival, Listener, Machine, Voice

VOICES = (QUICK, MIDDLING, SLOW)


def arrivals(seed: int, n: int, *, per_second: float, voices: tuple[Voice, ...] = VOICES) -> list[Arrival]:
    """A Poisson process, with bursts: one time in ten several come together."""
    random = np.random.default_rng(seed)
    at_s, made = 0.0, list[Arrival]()
    while len(made) < n:
        at_s += random.exponential(1 / per_second)
        for _ in range(int(random.integers(2, 12)) if random.random() < 0.1 else 1):
            duration_s = round(float(random.choice([0.5, 3.0, 8.0, 20.0, 60.0]) * random.uniform(0.5, 1.5)), 1)
            made.append(Arrival(at_s, voices[int(random.integers(len(voices)))], duration_s))
    return made[:n]


def late(machine: Machine) -> list[Listener]:
    return [each for each in machine.listeners if each.worst_lateness_s > 0 and not each.stream.is_bulk]


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("seed", range(4))
def test_nobody_who_is_let_in_is_late_and_nobody_starves(seed: int, threads: int) -> None:
    machine = Machine(threads, VOICES)
    machine.run(arrivals(seed, 400, per_second=2.0 * threads))
    assert machine.refused
    assert len(machine.listeners) > 100
    assert not late(machine)
    assert all(each.ended_s is not None for each in machine.listeners)
    assert all(each.first_audio_s is not None and each.first_audio_s < 1.5 for each in machine.listeners)


def test_without_admission_the_same_crowd_is_late() -> None:
    machine = Machine(2, VOICES, headroom=100.0, first_audio_s=1000.0)
    machine.run(arrivals(0, 400, per_second=4.0))
    assert len(late(machine)) > 100


def test_the_threads_are_used_well_by_a_crowd() -> None:
    machine = Machine(2, (MIDDLING,))
    machine.run([Arrival(0.2 * n, MIDDLING, 60.0) for n in range(100)])
    # 38 ms of a thread for a second of sound: 47 streams fit into nine tenths of two threads.
    assert len(machine.listeners) >= 45
    assert not late(machine)


def test_on_a_machine_that_became_slower_fewer_are_let_in_and_those_are_served() -> None:
    # What it costs to be wrong while it is learnt: steps that take longer than was expected, once in a while.
    machine = Machine(2, VOICES, costs_times=1.6)
    machine.run(arrivals(1, 600, per_second=3.0))
    learnt = [each for each in machine.listeners if each.arrived_s > 60]
    assert len(learnt) > 50
    assert len([each for each in learnt if each.worst_lateness_s > 0]) <= len(learnt) / 50
    assert max(each.worst_lateness_s for each in learnt) < 0.02


def test_what_nobody_listens_to_makes_nobody_late_and_is_done_in_the_end() -> None:
    crowd = arrivals(2, 300, per_second=4.0)
    bulk = [Arrival(1.0 + 3 * n, SLOW, 60.0, is_bulk=True) for n in range(10)]
    machine = Machine(2, VOICES)
    machine.run([*crowd, *bulk])
    assert not late(machine)
    assert sum(each.stream.is_bulk for each in machine.listeners) == 10
    assert all(each.ended_s is not None for each in machine.listeners)
