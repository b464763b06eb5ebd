"""docs/foley.md is the specification of Foley's wire; here it is held to the models that speak it."""

import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from server.engines.foley.classes import CLASSES
from server.protocol.foley import (
    Event,
    GenerateBody,
    StartForm,
    Timeline,
    TimelineBed,
    TimelineEdit,
    WebSocketMessage,
    WireModel,
)
from server.protocol.foley_watch import WATCH_CLIENT_EVENTS, WATCH_SERVER_EVENTS, WatchAck

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "foley.md").read_text("utf-8")
MESSAGES: dict[str, type[WireModel]] = {**WATCH_CLIENT_EVENTS, **WATCH_SERVER_EVENTS, "WatchAck": WatchAck}
SECTIONS = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))


def table(heading: str) -> dict[str, str]:
    """Field -> default, of the first table with this heading."""
    rows = PAGE.split(f"| {heading} | default | meaning |")[1].split("\n\n")[0]
    return {name: default.strip() for name, default in re.findall(r"^\| `(\w+)` \|([^|]*)\|", rows, re.MULTILINE)}


def example(after: str) -> str:
    """The first JSON block after a heading."""
    return PAGE.split(after)[1].split("```json\n")[1].split("```")[0]


def test_the_page_describes_every_message_and_no_other() -> None:
    assert set(SECTIONS) == set(MESSAGES)


@pytest.mark.parametrize("name", MESSAGES)
def test_the_page_lists_a_messages_fields_with_their_types_and_defaults(name: str) -> None:
    found = re.findall(r"^\| `(\w+)` \|([^|]+)\|([^|]*)\|", SECTIONS[name], re.MULTILINE)
    schema = MESSAGES[name].model_json_schema()["properties"]
    assert [field for field, _, _ in found] == list(MESSAGES[name].model_fields)
    for field, kind, default in found:
        assert kind.strip() == schema[field].get("type")
        given = MESSAGES[name].model_fields[field].default
        assert default.strip() == ("" if given is PydanticUndefined else str(given))


@pytest.mark.parametrize(("heading", "model"), [("field of an event", Event), ("field of a bed", TimelineBed)])
def test_the_page_lists_the_fields_of_a_timeline(heading: str, model: type[BaseModel]) -> None:
    described = table(heading)
    assert list(described) == list(model.model_fields)
    for name, field in model.model_fields.items():
        default = field.get_default()
        assert described[name] == {PydanticUndefined: "", None: "null"}.get(default, f"`{default}`")


def test_the_page_lists_the_fields_of_the_form() -> None:
    described = table("field")
    assert list(described) == ["video", *StartForm.model_fields]
    for name, field in StartForm.model_fields.items():
        default = str(field.get_default()).lower()
        assert described[name] == (f"`{default}`" if default else "")


def test_the_examples_of_the_page_are_what_the_models_take() -> None:
    body = GenerateBody.model_validate_json(example("## POST /v1/video/foley/generate"))
    assert body.model_dump(exclude={"video_url", "description"}) == GenerateBody(video_url=body.video_url).model_dump(
        exclude={"video_url", "description"}
    )
    text = example("## GET /v1/video/foley/{task_id}/timeline")
    timeline = Timeline.model_validate_json(text)
    assert TimelineEdit.model_validate_json(text).events == timeline.events
    WebSocketMessage.model_validate_json(example("## /ws/{task_id}?ticket="))
    assert set(json.loads(text)) == set(Timeline.model_fields)


def test_the_page_lists_every_sound_class() -> None:
    listed = re.findall(
        r"^\| `(\w+)` \| (\w+) \| ([^|]+) \| ([^|]+) \|([^|]*)\|$", PAGE.split("## Sound classes")[1], re.M
    )
    assert [tuple(cell.strip() for cell in row) for row in listed] == [
        (sound.id, sound.kind, sound.english, sound.chinese, ", ".join(sound.materials)) for sound in CLASSES
    ]
