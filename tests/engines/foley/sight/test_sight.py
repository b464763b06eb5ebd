"""Scenes, things and warnings come together as observations."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from seen_scenes import film, scene, view

from server.engines.foley.backend import Observations
from server.engines.foley.sight.sight import Sight
from server.video.picture import COLOUR_SIZE, Bytes, Picture


def things(colour: Bytes) -> list[tuple[str, float]]:
    return [("sea", 0.5)] if colour[0, 0, 0] > 128 else [("city", 0.7)]


def coloured() -> list[Picture]:
    views = [view(scene(1))] * 15 + [view(scene(2))] * 15
    return [
        Picture(
            picture.time_s,
            picture.grey,
            np.full((COLOUR_SIZE, COLOUR_SIZE, 3), 200 if picture.time_s < 1 else 20, np.uint8)
            if index % 10 == 0
            else None,
        )
        for index, picture in enumerate(film(views, 15.0))
    ]


PICTURES = coloured()


def watched(portions: list[int]) -> list[Observations]:
    sight, seen, start = Sight(things), [], 0
    for end in [*sorted(portions), len(PICTURES)]:
        seen.append(sight.push(PICTURES[start:end]))
        start = end
    return [*seen, sight.finish(2.0)]


def test_a_cut_and_the_things_of_each_scene_are_reported() -> None:
    seen = watched([])
    assert [cut for each in seen for cut in each.cuts_s] == [1.0]
    assert [(thing.time_s, thing.label) for each in seen for thing in each.objects] == [
        (0.0, "sea"),
        (10 / 15, "sea"),
        (20 / 15, "city"),
    ]
    assert seen[-1].until_s == 2.0


@settings(max_examples=15)
@given(st.lists(st.integers(0, len(PICTURES)), max_size=5))
def test_portions_change_nothing_and_everything_is_told_in_its_time(portions: list[int]) -> None:
    seen, since_s = watched(portions), 0.0
    for each in seen:
        for time_s in [*each.cuts_s, *(thing.time_s for thing in each.objects)]:
            assert since_s <= time_s < each.until_s
        since_s = each.until_s
    assert [t for each in seen for t in each.objects] == [t for each in watched([]) for t in each.objects]
    assert [c for each in seen for c in each.cuts_s] == [1.0]
