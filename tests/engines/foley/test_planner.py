"""What is seen and what is asked for become one timeline."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.engines.foley.backend import FoleyRequest, Impact, Observations, SeenObject
from server.engines.foley.classes import CLASS, CLASSES
from server.engines.foley.planner import FoleyPlanner
from server.engines.foley.sound.rooms import ROOMS
from server.engines.foley.spots import HABITS
from server.engines.foley.timeline import Bed, EventTimeline, FoleyEvent


def hit(time_s: float, strength: float = 0.6, **changes: object) -> Impact:
    return replace(Impact(time_s, strength, 0.5, 0.5, 0.2, 0.9, "hit"), **changes)  # type: ignore[arg-type]


def timeline(
    description: str = "", *observations: Observations, duration_s: float = 10.0, **request: object
) -> EventTimeline:
    planner = FoleyPlanner(FoleyRequest(description=description, **request))  # type: ignore[arg-type]
    parts = [planner.push(each) for each in (*observations, Observations(duration_s))]
    return EventTimeline(
        duration_s, tuple(e for part in parts for e in part.events), tuple(b for part in parts for b in part.beds)
    )


def joined(beds: tuple[Bed, ...], duration_s: float) -> list[Bed]:
    """Stretches that follow on each other as one, none beyond the end."""
    whole: list[Bed] = []
    for bed in sorted(beds, key=lambda bed: (bed.label, bed.start_s)):
        cut = replace(bed, end_s=min(bed.end_s, duration_s))
        last = whole[-1] if whole else None
        if (
            last is not None
            and replace(last, end_s=cut.end_s, start_s=cut.start_s) == cut
            and last.end_s == cut.start_s
        ):
            whole[-1] = replace(last, end_s=cut.end_s)
        else:
            whole.append(cut)
    return sorted(whole, key=lambda bed: bed.start_s)


def seen(*impacts: Impact, cuts: tuple[float, ...] = (), objects: tuple[SeenObject, ...] = ()) -> Observations:
    return Observations(9.0, impacts, cuts, objects)


def labels(events: tuple[FoleyEvent, ...]) -> list[str]:
    return [event.label for event in events]


IMPACTS = st.builds(
    Impact,
    time_s=st.floats(0, 9.9),
    strength=st.floats(0, 1),
    x=st.floats(0, 1),
    y=st.floats(0, 1),
    size=st.floats(0, 1),
    confidence=st.floats(0, 1),
    kind=st.sampled_from(["hit", "step", "roll", "slide", "move"]),
    duration_s=st.floats(0, 3),
)
OBJECTS = st.builds(
    SeenObject,
    time_s=st.integers(0, 9).map(float),
    label=st.sampled_from(["sea", "dog", "city", "nothing we know"]),
    confidence=st.floats(0, 1),
)
DESCRIPTIONS = ["", "footsteps on gravel, a dog barks", "海浪，城市", "only glass breaking", "no background, knocking"]
REQUESTS = st.builds(
    FoleyRequest,
    description=st.sampled_from(DESCRIPTIONS),
    exclude=st.sampled_from(["", "dog"]),
    profile=st.sampled_from(["realistic", "dramatic", "cartoon"]),
    has_bed=st.booleans(),
    seed=st.integers(0, 3),
)


@settings(max_examples=60)
@given(
    REQUESTS,
    st.lists(IMPACTS, max_size=12),
    st.lists(st.floats(0, 9.9), max_size=3),
    st.lists(OBJECTS, max_size=6),
    st.lists(st.floats(0.01, 9.99), max_size=8),
)
def test_the_same_observations_in_other_portions_give_the_same_timeline(
    request: FoleyRequest, impacts: list[Impact], cuts: list[float], objects: list[SeenObject], portions: list[float]
) -> None:
    def told(ends: list[float]) -> list[object]:
        planner, since_s, begun = FoleyPlanner(request), -1.0, []
        for until_s in [*sorted(ends), 10.0]:
            part = planner.push(
                Observations(
                    until_s,
                    tuple(i for i in impacts if since_s <= i.time_s < until_s),
                    tuple(c for c in cuts if since_s <= c < until_s),
                    tuple(o for o in objects if since_s <= o.time_s < until_s),
                )
            )
            assert part.until_s == until_s
            assert all(since_s <= event.onset_s < until_s for event in part.events)
            assert all(since_s <= bed.start_s < until_s for bed in part.beds)
            assert [e.onset_s for e in part.events] == sorted(e.onset_s for e in part.events)
            begun += [*part.events, *part.beds]
            since_s = until_s
        return sorted(begun, key=repr)

    whole = told([])
    assert told(portions) == whole
    for each in whole:
        assert isinstance(each, FoleyEvent | Bed)
        assert each.label in CLASS
        if isinstance(each, Bed):
            assert each.room in ROOMS
            assert 0 <= each.level <= 1
        else:
            assert 0 <= each.strength <= 1
            assert -1 <= each.pan <= 1
            assert 0 <= each.distance <= 1
            assert 0 <= each.confidence <= 1
            assert each.material is None or each.material in CLASS[each.label].materials


def test_a_hit_that_the_words_call_footsteps_is_one() -> None:
    events = timeline("footsteps on gravel", seen(hit(1.0), hit(1.5))).events
    assert [(e.label, e.material, e.onset_s) for e in events] == [
        ("footstep", "gravel", 1.0),
        ("footstep", "gravel", 1.5),
    ]


def test_a_hit_without_words_is_an_impact_and_a_step_a_footstep() -> None:
    events = timeline("", seen(hit(1.0), hit(2.0, kind="step"), hit(3.0, kind="roll", duration_s=1.5))).events
    assert labels(events) == ["impact", "footstep", "rolling"]
    assert events[2].duration_s == 1.5
    assert events[0].confidence < 0.9


def test_a_material_that_the_words_name_is_what_is_hit() -> None:
    assert timeline("two metal balls", seen(hit(1.0))).events[0].material == "metal"


def test_glass_breaks_once_and_what_falls_then_are_its_pieces() -> None:
    events = timeline("a window shatters", seen(hit(1.0), hit(1.3))).events
    assert [(e.label, e.material) for e in events] == [("glass_break", None), ("impact", "glass")]


def test_the_hard_hit_breaks_the_glass_and_the_soft_ones_knock() -> None:
    events = timeline("knocking, then glass breaks", seen(hit(1.0, 0.2), hit(1.3, 0.2), hit(2.0, 0.9))).events
    assert labels(events) == ["knock", "knock", "glass_break"]


def test_nothing_that_is_excluded_is_heard_whatever_is_seen() -> None:
    whole = timeline("rain", seen(hit(1.0), hit(2.0, kind="step")), exclude="impacts, footsteps, rain")
    assert whole.events == ()
    assert {bed.label for bed in whole.beds} == {"room"}


def test_only_what_is_asked_for_is_heard_where_the_words_say_only() -> None:
    whole = timeline("only footsteps", seen(hit(1.0, kind="step"), hit(2.0, kind="slide")))
    assert labels(whole.events) == ["footstep"]
    assert {bed.level for bed in whole.beds} == {0.0}


def test_a_movement_is_heard_where_the_profile_or_the_words_want_it() -> None:
    moved = seen(hit(0.1, 0.6, kind="move", duration_s=0.4))
    assert labels(timeline("", moved).events) == []
    assert labels(timeline("", moved, profile="cartoon").events) == ["whoosh"]
    assert labels(timeline("rustling clothes", moved).events) == ["cloth"]


def test_a_dramatic_hit_is_stronger_and_a_cartoon_one_never_weak() -> None:
    strengths = {
        profile: timeline("", seen(hit(1.0, 0.3)), profile=profile).events[0].strength
        for profile in ("realistic", "dramatic", "cartoon")
    }
    assert strengths["realistic"] < strengths["dramatic"] < strengths["cartoon"]


def test_a_dramatic_cut_is_heard() -> None:
    assert labels(timeline("", seen(cuts=(3.0, 4.0)), profile="dramatic").events) == ["whoosh"]


def test_where_it_happens_is_where_it_is_heard() -> None:
    left, right = timeline("", seen(hit(1.0, x=0.0, size=0.8), hit(2.0, x=1.0, size=0.02))).events
    assert left.pan < -0.8 < 0.8 < right.pan
    assert left.distance < right.distance


def test_a_sound_without_a_visible_cause_comes_by_itself_by_the_seed() -> None:
    barks = [timeline("a dog barks", duration_s=30.0, seed=seed).events for seed in (0, 0, 1)]
    assert {event.label for event in barks[0]} == {"dog"}
    assert 3 <= len(barks[0]) <= 30
    assert barks[0] == barks[1] != barks[2]


def test_it_comes_as_often_as_the_words_say() -> None:
    assert len(timeline("a dog barks twice", duration_s=60.0).events) == 2
    assert len(timeline("狗叫三声", duration_s=60.0).events) == 3


def test_who_is_seen_to_walk_does_not_walk_unseen_until_the_next_scene() -> None:
    events = timeline("footsteps", seen(hit(0.5, kind="step")), duration_s=9.0).events
    assert [event.onset_s for event in events] == [0.5]
    again = timeline("footsteps", seen(hit(0.5, kind="step"), cuts=(4.0,)), duration_s=9.0).events
    assert min(event.onset_s for event in again[1:]) > 4.0
    assert {event.confidence for event in again[1:]} == {0.3}


def test_asked_beds_lie_under_the_whole_video_louder_where_the_words_say_so() -> None:
    def rain(words: str) -> Bed:
        (bed,) = joined(timeline(words).beds, 10.0)
        return bed

    assert (rain("rain").start_s, rain("rain").end_s, rain("rain").label) == (0.0, 10.0, "rain")
    assert rain("light rain").level < rain("rain").level < rain("heavy rain").level


@pytest.mark.parametrize(
    ("words", "label", "room"),
    [
        ("", "room", "room"),
        ("walking through snow", "wind", "outdoors"),
        ("footsteps in a church", "room", "hall"),
        ("a fridge in the bathroom", "machine", "bathroom"),
        ("走廊里的脚步声", "room", "hall"),
        ("traffic", "city", "street"),
        ("birds in the forest", "birds", "forest"),
    ],
)
def test_every_scene_has_a_bed_and_a_room(words: str, label: str, room: str) -> None:
    beds = timeline(words).beds
    assert beds[0].label == label
    assert {bed.room for bed in beds} == {room}


def test_without_a_wish_the_bed_is_what_is_seen_and_each_scene_has_its_own() -> None:
    objects = (SeenObject(0.0, "sea", 0.9), SeenObject(5.0, "train", 0.9), SeenObject(6.0, "train", 0.9))
    beds = joined(timeline("", seen(cuts=(4.2,), objects=objects)).beds, 10.0)
    assert [(bed.label, bed.start_s, bed.end_s) for bed in beds] == [("sea", 0.0, 5.0), ("train", 5.0, 10.0)]


def test_of_several_places_that_are_asked_for_a_scene_has_the_one_that_is_seen() -> None:
    objects = (SeenObject(0.0, "sea", 0.9), SeenObject(5.0, "city", 0.9))
    beds = joined(timeline("the sea, a city, wind", seen(cuts=(5.0,), objects=objects)).beds, 10.0)
    places = [bed for bed in beds if bed.label != "wind"]
    assert [(bed.label, bed.start_s) for bed in places] == [("sea", 0.0), ("city", 5.0)]


def test_no_bed_is_silence_in_the_same_room() -> None:
    for whole in (timeline("forest", has_bed=False), timeline("forest, no background")):
        assert {(bed.level, bed.room) for bed in whole.beds} <= {(0.0, "forest"), (0.0, "outdoors")}


def test_every_class_that_is_no_bed_has_a_habit() -> None:
    assert {sound.id for sound in CLASSES if sound.kind != "bed"} == set(HABITS)
