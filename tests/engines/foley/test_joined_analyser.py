"""Several analysers look like one."""

from collections.abc import Sequence

from server.engines.foley.analyser import JoinedAnalyser
from server.engines.foley.backend import Impact, Observations, SeenObject
from server.video.picture import Picture


class Told:
    """An analyser that says what it was told to."""

    def __init__(self, *seen: Observations) -> None:
        self._seen = list(seen)

    def push(self, pictures: Sequence[Picture]) -> Observations:
        return self._seen.pop(0)

    def finish(self, duration_s: float) -> Observations:
        return self._seen.pop(0)


def impact(time_s: float) -> Impact:
    return Impact(time_s, 0.5, 0.5, 0.5, 0.1, 0.9, "hit")


def test_everything_waits_for_the_slowest_part() -> None:
    joined = JoinedAnalyser(
        [
            Told(Observations(1.0, (impact(0.3), impact(0.9))), Observations(3.0, (impact(2.5),))),
            Told(Observations(0.5, cuts_s=(0.4,)), Observations(3.0, objects=(SeenObject(0.7, "dog", 0.9),))),
        ]
    )
    assert joined.push([]) == Observations(0.5, (impact(0.3),), (0.4,))
    assert joined.finish(3.0) == Observations(3.0, (impact(0.9), impact(2.5)), (), (SeenObject(0.7, "dog", 0.9),))


def test_what_is_settled_is_never_unsettled() -> None:
    joined = JoinedAnalyser([Told(Observations(1.0), Observations(0.8))])
    assert joined.push([]).until_s == 1.0
    assert joined.push([]).until_s == 1.0


def test_a_warning_goes_out_at_once_and_once() -> None:
    dark = Observations(0.0, warnings=("too_dark",))
    joined = JoinedAnalyser([Told(dark, Observations(1.0)), Told(dark, Observations(1.0))])
    assert joined.push([]).warnings == ("too_dark",)
    assert joined.finish(1.0).warnings == ()


def test_nothing_happens_after_the_end() -> None:
    joined = JoinedAnalyser([Told(Observations(2.0, (impact(1.9), impact(2.1))))])
    assert joined.finish(2.0).impacts == (impact(1.9),)
