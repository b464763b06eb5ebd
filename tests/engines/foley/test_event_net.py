"""The event net watches a video piece by piece, in bounded memory, at any frame rate."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export.foley.event_net.graph import build_graph
from export.foley.event_net.weights import load_weights
from server.engines.foley.backend import Impact, Observations
from server.engines.foley.event_net import EventNet
from server.engines.foley.event_net_shape import OUTPUTS
from server.runtime.sessions import open_session
from server.video.picture import GREY_HEIGHT, GREY_WIDTH, Picture

BOUNCES_S = (0.6, 1.5, 2.22)


@pytest.fixture(scope="module")
def net() -> EventNet:
    weights = load_weights()
    layers = dict(weights.layers)
    layers["answer.bias"] = layers["answer.bias"].copy()
    layers["answer.bias"][OUTPUTS.index("onset")] -= np.log(weights.threshold / (1 - weights.threshold))
    return EventNet(open_session(build_graph(layers).SerializeToString()).session)


def ball(times_s: list[float]) -> list[Picture]:
    """A bright ball that bounces on a dark floor, with some noise."""
    rng = np.random.default_rng(5)
    ys, xs = np.mgrid[0:GREY_HEIGHT, 0:GREY_WIDTH]
    pictures = []
    for time_s in times_s:
        before = max((each for each in BOUNCES_S if each <= time_s), default=-0.3)
        after = min((each for each in BOUNCES_S if each > time_s), default=2.8)
        gone, long = time_s - before, after - before
        height = 180 * gone * (long - gone)
        inside = np.hypot(xs - 60 - 20 * time_s, ys - (88 - height)) < 8
        luma = np.where(ys > 96, 60, 105) + rng.normal(0, 1.5, ys.shape)
        pictures.append(Picture(time_s, np.where(inside, 215, luma).clip(0, 255).astype(np.uint8)))
    return pictures


def watched(net: EventNet, pictures: list[Picture], pieces: list[int], duration_s: float) -> list[Observations]:
    analyser = net.watch()
    seen, start = [], 0
    for piece in pieces:
        seen.append(analyser.push(pictures[start : start + piece]))
        start += piece
    return [*seen, analyser.push(pictures[start:]), analyser.finish(duration_s)]


def impacts(seen: list[Observations]) -> list[Impact]:
    return [impact for each in seen for impact in each.impacts]


@given(st.lists(st.integers(1, 20), max_size=4))
@settings(max_examples=4, deadline=None)
def test_how_the_pictures_come_changes_nothing(net: EventNet, pieces: list[int]) -> None:
    pictures = ball([step / 30 for step in range(30)])
    whole, parts = impacts(watched(net, pictures, [], 1.0)), impacts(watched(net, pictures, pieces, 1.0))
    assert [impact.kind for impact in parts] == [impact.kind for impact in whole]
    assert [impact.time_s for impact in parts] == pytest.approx([impact.time_s for impact in whole], abs=1e-3)


@pytest.mark.parametrize("rate_hz", [24, 30, 60])
def test_the_bounces_of_a_ball_are_found_at_any_frame_rate(net: EventNet, rate_hz: int) -> None:
    pictures = ball([step / rate_hz for step in range(int(2.7 * rate_hz))])
    times_s = [each.time_s for each in impacts(watched(net, pictures, [], 2.7)) if each.kind in ("hit", "step")]
    for bounce_s in BOUNCES_S:
        assert min(abs(time_s - bounce_s) for time_s in times_s) < 0.05


def test_what_is_told_lies_between_what_was_settled_before_and_what_is_now(net: EventNet) -> None:
    until_s = 0.0
    for each in watched(net, ball([step / 30 for step in range(80)]), [7] * 11, 2.7):
        assert each.until_s >= until_s
        assert all(until_s <= impact.time_s < each.until_s for impact in each.impacts)
        until_s = each.until_s
    assert until_s == 2.7


def test_a_still_picture_is_settled_soon_and_nothing_happens(net: EventNet) -> None:
    grey = np.full((GREY_HEIGHT, GREY_WIDTH), 90, np.uint8)
    analyser = net.watch()
    seen = [analyser.push([Picture(step / 30, grey)]) for step in range(60)]
    assert seen[-1].until_s > 59 / 30 - 0.2
    assert impacts([*seen, analyser.finish(2.0)]) == []


def test_a_video_of_one_picture_and_one_of_none_are_watched_to_the_end(net: EventNet) -> None:
    assert net.watch().finish(4.0) == Observations(4.0)
    one = net.watch()
    one.push(ball([0.0]))
    assert one.finish(4.0).until_s == 4.0
