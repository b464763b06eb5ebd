"""Requests, timelines and warnings as JSON and back: what is kept, sent and edited (docs/foley.md)."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, Final

from server.engines.foley.backend import STEMS, FoleyRequest
from server.engines.foley.classes import CLASS
from server.engines.foley.sound.rooms import ROOMS
from server.engines.foley.timeline import Bed, EventTimeline, FoleyEvent, TimelinePart
from server.errors import InvalidRequestError
from server.protocol.foley import Event, TimelineBed

WARNINGS: Final = MappingProxyType(
    {
        "too_dark": "The picture is too dark to see much of what happens.",
        "blurred": "The picture is blurred; what happens is timed less exactly.",
        "shaking": "The camera shakes; what it does may be taken for what happens.",
        "frozen": "The picture stands still for long.",
        "sound_already_there": "The video has sound already; the new sound takes its place.",
        "damaged": "Some pictures could not be decoded and were left out.",
    }
)
"""Code -> one sentence for people."""


def warning_sentence(code: str) -> str:
    """What to tell people of a warning; a back end of somebody else's may have codes of its own."""
    return WARNINGS.get(code, "Something is wrong with the picture.")


def request_json(request: FoleyRequest) -> dict[str, Any]:
    """As it is kept; `request_of` reads it."""
    return {**asdict(request), "stems": list(request.stems)}


def request_of(data: Mapping[str, Any]) -> FoleyRequest:
    """The request that `request_json` wrote."""
    return FoleyRequest(**{**data, "stems": tuple(data["stems"])})


def event_json(event: FoleyEvent) -> dict[str, Any]:
    """One event, its fields in the order of docs/foley.md."""
    return {name: getattr(event, name) for name in Event.model_fields}


def bed_json(bed: Bed) -> dict[str, Any]:
    """One bed."""
    return asdict(bed)


def part_json(part: TimelinePart) -> dict[str, Any]:
    """What is told of a stretch; its features are nobody's business."""
    return {
        "until_s": part.until_s,
        "events": [event_json(event) for event in part.events],
        "beds": [bed_json(bed) for bed in part.beds],
    }


def timeline_json(timeline: EventTimeline) -> dict[str, Any]:
    """As it is kept; `timeline_of` reads it."""
    return {
        "duration_s": timeline.duration_s,
        "events": [event_json(event) for event in timeline.events],
        "beds": [bed_json(bed) for bed in timeline.beds],
    }


def timeline_of(data: Mapping[str, Any]) -> EventTimeline:
    """The timeline that `timeline_json` wrote."""
    return EventTimeline(
        data["duration_s"],
        tuple(FoleyEvent(**event) for event in data["events"]),
        tuple(Bed(**bed) for bed in data["beds"]),
    )


def edited_timeline(events: Iterable[Event], beds: Iterable[TimelineBed], duration_s: float) -> EventTimeline:
    """What somebody has made of a timeline; what begins after the end is left out, as nobody would hear it.

    Raises:
        InvalidRequestError: a label, material or stretch of time that there is not.
    """
    known = sorted((_event(event) for event in events), key=lambda event: event.onset_s)
    known_beds = sorted((_bed(bed) for bed in beds), key=lambda bed: bed.start_s)
    return EventTimeline(
        duration_s,
        tuple(event for event in known if event.onset_s < duration_s),
        tuple(bed for bed in known_beds if bed.start_s < duration_s),
    )


def known_stems(stems: Iterable[str]) -> tuple[Any, ...]:
    """The stems that are named, each once, in our order."""
    named = set(stems)
    return tuple(stem for stem in STEMS if stem in named)


def _event(event: Event) -> FoleyEvent:
    sound = CLASS.get(event.label)
    if sound is None:
        raise InvalidRequestError("An event has a `label` that there is not; docs/foley.md lists those there are.")
    if event.material is not None and event.material not in sound.materials:
        raise InvalidRequestError(
            "An event has a `material` that its `label` does not come in; docs/foley.md lists them."
        )
    return FoleyEvent(**event.model_dump())


def _bed(bed: TimelineBed) -> Bed:
    if bed.label not in CLASS:
        raise InvalidRequestError("A bed has a `label` that there is not; docs/foley.md lists those there are.")
    if bed.room not in ROOMS:
        raise InvalidRequestError(f"A bed has a `room` that there is not; choose one of {', '.join(ROOMS)}.")
    if bed.end_s <= bed.start_s:
        raise InvalidRequestError("A bed ends before it starts; `end_s` comes after `start_s`.")
    return Bed(**bed.model_dump())
