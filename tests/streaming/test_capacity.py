"""What may be promised."""

import pytest

from server.errors import OverloadedError
from server.streaming.capacity import HALF_LIFE_S, Capacity, Cost, Load


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def capacity(clock: Clock | None = None, threads: float = 2.0, **costs: Cost) -> Capacity:
    return Capacity(threads=threads, costs=costs, headroom=0.9, first_audio_s=1.0, clock=clock or Clock())


def playing(kind: str, n: int, remaining_s: float = 5.0) -> list[Load]:
    return [Load(kind, is_first=False, remaining_s=remaining_s)] * n


def test_streams_are_let_in_until_the_headroom_is_promised() -> None:
    full = capacity(voice=Cost(0.1, 0.3))
    full.require_room("voice", playing("voice", 5))
    with pytest.raises(OverloadedError):
        full.require_room("voice", playing("voice", 6))


def test_kinds_share_the_same_threads() -> None:
    mixed = capacity(slow=Cost(0.1, 0.5), quick=Cost(0.01, 0.09))
    streams = playing("slow", 3) + playing("quick", 2)
    mixed.require_room("quick", streams)
    with pytest.raises(OverloadedError):
        mixed.require_room("slow", streams)


def test_a_stream_that_shares_with_nobody_is_let_in_however_slow_the_machine_is() -> None:
    capacity(voice=Cost(3.0, 9.0)).require_room("voice", [])


def test_a_share_of_a_core_promises_a_share() -> None:
    half = capacity(threads=0.5, voice=Cost(0.1, 0.2))
    half.require_room("voice", playing("voice", 1))
    with pytest.raises(OverloadedError):
        half.require_room("voice", playing("voice", 2))


def test_the_refusal_tells_when_the_first_will_have_ended() -> None:
    with pytest.raises(OverloadedError) as refused:
        capacity(voice=Cost(0.1, 0.9)).require_room("voice", [*playing("voice", 1, 40.0), *playing("voice", 1, 6.4)])
    assert refused.value.retry_after_s == 7.0


@pytest.mark.parametrize(("remaining_s", "told_s"), [(0.0, 1.0), (900.0, 30.0)])
def test_nobody_is_told_to_come_back_at_once_or_much_later(remaining_s: float, told_s: float) -> None:
    with pytest.raises(OverloadedError) as refused:
        capacity(voice=Cost(0.1, 0.9)).require_room("voice", playing("voice", 2, remaining_s))
    assert refused.value.retry_after_s == told_s


def test_a_crowd_that_comes_at_once_is_let_in_only_as_far_as_its_first_sounds_are_made_in_time() -> None:
    crowd = capacity(voice=Cost(0.2, 0.01))
    crowd.require_room("voice", [Load("voice", is_first=True, remaining_s=5.0)] * 8)
    with pytest.raises(OverloadedError) as refused:
        crowd.require_room("voice", [Load("voice", is_first=True, remaining_s=5.0)] * 9)
    assert refused.value.retry_after_s == 1.0


def test_what_is_observed_corrects_what_was_measured() -> None:
    clock = Clock()
    learning = capacity(clock, voice=Cost(0.1, 0.1))
    for _ in range(600):
        learning.observe("voice", took_s=0.03, audio_s=0.1, is_first=False)
    assert learning.cost("voice").per_audio_s == pytest.approx(0.3, rel=0.05)
    clock.now_s += 12 * HALF_LIFE_S
    assert learning.cost("voice").per_audio_s == pytest.approx(0.1, rel=0.05)


def test_first_steps_have_a_running_mean_of_their_own() -> None:
    learning = capacity(voice=Cost(0.1, 0.1))
    for _ in range(60):
        learning.observe("voice", took_s=0.4, audio_s=0.1, is_first=True)
    assert learning.cost("voice").first_s == pytest.approx(0.4, rel=0.05)


def test_a_kind_that_was_never_measured_is_learnt() -> None:
    learning = capacity()
    assert learning.cost("new") == Cost(0.0, 0.0)
    learning.observe("new", took_s=0.05, audio_s=0.1, is_first=False)
    assert learning.cost("new").per_audio_s == pytest.approx(0.5)
    assert learning.load(playing("new", 3)) == pytest.approx(1.5)


def test_a_step_that_made_no_sound_is_no_cost_without_end() -> None:
    learning = capacity()
    learning.observe("new", took_s=0.05, audio_s=0.0, is_first=False)
    assert learning.cost("new").per_audio_s == 0.0


def test_while_chunks_come_late_nobody_is_let_in_and_soon_after_that_somebody_is() -> None:
    clock = Clock()
    behind = capacity(clock, voice=Cost(0.01, 0.01))
    behind.observe_lateness(is_late=True)
    behind.require_room("voice", playing("voice", 1))
    for _ in range(5):
        behind.observe_lateness(is_late=True)
    with pytest.raises(OverloadedError):
        behind.require_room("voice", playing("voice", 1))
    behind.require_room("voice", [])
    clock.now_s += 5
    behind.require_room("voice", playing("voice", 1))


def test_a_late_chunk_among_many_is_forgotten() -> None:
    steady = capacity(voice=Cost(0.01, 0.01))
    for number in range(500):
        steady.observe_lateness(is_late=number % 40 == 0)
    steady.require_room("voice", playing("voice", 1))
