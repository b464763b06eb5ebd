"""The renderer: the same bytes for the same request, sounds on their samples, sides, rooms, stems and fades."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.engines.foley.backend import CHUNK_SAMPLES, SAMPLE_RATE_HZ, FoleyRequest
from server.engines.foley.sound.catalogue import MODELS
from server.engines.foley.sound.renderer import LATE_SAMPLES, FoleyRenderer
from server.engines.foley.timeline import Bed, FoleyEvent, TimelinePart

HIT = FoleyEvent(0.5, 0.0, "impact", "wood", 0.8, 0.0, 0.9)
EVENTS = (
    HIT,
    HIT,
    FoleyEvent(0.31, 0.0, "footstep", "gravel", 0.5, -0.6, 0.9),
    FoleyEvent(0.1, 0.6, "rolling", "metal", 0.5, 0.6, 0.9, 0.8),
    FoleyEvent(0.75, 0.0, "dog", None, 0.9, 1.0, 0.9, 0.2),
)
BEDS = (Bed(0.0, 0.55, "rain", 0.6, "street"), Bed(0.55, 1.2, "room", 0.5, "room"))


def rendered(
    events: tuple[FoleyEvent, ...] = (),
    beds: tuple[Bed, ...] = (),
    request: FoleyRequest | None = None,
    *,
    borders_s: tuple[float, ...] = (),
    duration_s: float = 1.2,
) -> np.ndarray:
    """The timeline given in parts that end at `borders_s`, rendered as soon as each chunk can be."""
    renderer = FoleyRenderer(request or FoleyRequest(seed=7), MODELS)
    chunks = []
    last_s = -1.0
    for until_s in (*sorted(borders_s), duration_s):
        inside = tuple(event for event in events if last_s <= event.onset_s < until_s)
        renderer.push(TimelinePart(until_s, inside, tuple(bed for bed in beds if last_s <= bed.start_s < until_s)))
        last_s = until_s
        while (len(chunks) + 1) * CHUNK_SAMPLES <= round(until_s * SAMPLE_RATE_HZ):
            chunks.append(renderer.render())
    return np.concatenate(chunks)


def level_db(sound: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(sound**2)) + 1e-9))


@settings(max_examples=6)
@given(st.lists(st.floats(0.01, 1.19), max_size=5), st.randoms(use_true_random=False))
def test_the_same_timeline_gives_the_same_bytes_however_it_comes(borders_s: list[float], random: object) -> None:
    events = list(EVENTS)
    random.shuffle(events)  # type: ignore[attr-defined]
    cut = rendered(tuple(events), BEDS, borders_s=tuple(borders_s))
    assert cut.tobytes() == rendered(EVENTS, BEDS).tobytes()


def test_a_bed_in_pieces_is_the_bed_in_one() -> None:
    pieces = (Bed(0, 0.4, "wind", 0.6), Bed(0.4, 0.9, "wind", 0.6), Bed(0.9, 1.2, "wind", 0.6))
    assert np.array_equal(rendered(beds=pieces), rendered(beds=(Bed(0, 1.2, "wind", 0.6),)))


def test_a_seed_changes_the_sound_and_two_equal_hits_differ() -> None:
    one = rendered((HIT,))
    assert not np.array_equal(one, rendered((HIT,), request=FoleyRequest(seed=8)))
    both = rendered((HIT, replace(HIT, onset_s=0.8)))
    at = [round(each * SAMPLE_RATE_HZ) for each in (0.5, 0.8)]
    first, second = (both[start : start + 4800, 0] for start in at)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.9


@pytest.mark.parametrize("onset_s", [0.0, 0.0999, 0.1, 0.4321])
def test_an_event_sounds_from_its_very_sample_on(onset_s: float) -> None:
    sound = rendered((replace(HIT, onset_s=onset_s, distance=0.0),))
    heard = np.abs(sound).max(axis=1) > 1e-4
    first = int(np.flatnonzero(heard)[0])
    assert 0 <= first - (round(onset_s * SAMPLE_RATE_HZ) + LATE_SAMPLES) <= 48


def test_what_is_left_in_the_picture_is_louder_and_sooner_on_the_left() -> None:
    sound = rendered((replace(HIT, pan=-0.9),))
    assert level_db(sound[:, 0]) > level_db(sound[:, 1]) + 6
    first = [int(np.flatnonzero(np.abs(sound[:, side]) > 1e-4)[0]) for side in (0, 1)]
    assert first[0] < first[1]


def test_what_is_far_is_softer_and_has_more_of_the_room() -> None:
    hall = (Bed(0, 1.2, "room", 0.0, "hall"),)
    near, far = (rendered((replace(HIT, onset_s=0.1, distance=d),), hall) for d in (0.1, 0.9))
    start = round(0.1 * SAMPLE_RATE_HZ)
    direct, tail = slice(start, start + 1200), slice(start + 24_000, start + 48_000)
    assert level_db(near[direct]) > level_db(far[direct]) + 10
    assert level_db(near[tail]) - level_db(near[direct]) < level_db(far[tail]) - level_db(far[direct]) - 4


def test_stems_alone_add_up_to_the_whole_where_nothing_is_limited() -> None:
    quiet = tuple(replace(event, strength=0.2) for event in EVENTS)
    whole = rendered(quiet, BEDS)
    parts = [rendered(quiet, BEDS, FoleyRequest(seed=7, stems=(stem,))) for stem in ("hits", "steps", "spots", "beds")]
    assert np.abs(whole - np.sum(parts, axis=0)).max() < 1e-5
    assert all(np.abs(part).max() > 0 for part in parts)


def test_without_a_bed_there_is_silence_between_events() -> None:
    assert not rendered(beds=BEDS, request=FoleyRequest(has_bed=False)).any()
    assert not rendered(beds=BEDS, request=FoleyRequest(bed_intensity=0.0)).any()
    assert not rendered().any()


def test_beds_of_two_scenes_fade_into_each_other() -> None:
    beds = (Bed(0, 1.0, "rain", 0.7), Bed(1.0, 3.0, "stream", 0.7))
    sound = rendered(beds=beds, duration_s=2.4)
    step = SAMPLE_RATE_HZ // 10
    levels = [level_db(sound[start : start + step]) for start in range(step, len(sound), step)]
    assert max(levels) - min(levels) < 12


def test_profiles_differ_and_none_is_over_the_ceiling() -> None:
    loud = tuple(FoleyEvent(0.2, 0, "explosion", None, 1.0, 0, 1.0, 0.0) for _ in range(6))
    mixes = [rendered(loud, request=FoleyRequest(profile=profile)) for profile in ("realistic", "dramatic", "cartoon")]
    assert all(0.5 < np.abs(mix).max() <= 10 ** (-1 / 20) + 1e-4 for mix in mixes)
    assert not np.array_equal(mixes[0], mixes[1])
    assert not np.array_equal(mixes[0], mixes[2])


def test_a_chunk_that_is_not_settled_is_refused() -> None:
    renderer = FoleyRenderer(FoleyRequest(), MODELS)
    renderer.push(TimelinePart(0.05))
    with pytest.raises(ValueError, match="settled up to sample 2400"):
        renderer.render()
    renderer.push(TimelinePart(0.1))
    assert renderer.render().shape == (CHUNK_SAMPLES, 2)


@pytest.mark.parametrize(
    "part", [TimelinePart(1, (replace(HIT, label="moo"),)), TimelinePart(1, (), (Bed(0, 1, "rain", 1, "moon"),))]
)
def test_an_unknown_sound_or_room_is_refused(part: TimelinePart) -> None:
    with pytest.raises(ValueError, match="no sound or room"):
        FoleyRenderer(FoleyRequest(), MODELS).push(part)


def test_a_sound_of_any_length_is_made_as_it_goes() -> None:
    renderer = FoleyRenderer(FoleyRequest(), MODELS)
    renderer.push(TimelinePart(3600, (FoleyEvent(0, 3600, "typing", None, 0.7, 0, 1),), (Bed(0, 3600, "wind", 0.5),)))
    assert all(renderer.render().any() for _ in range(5))
