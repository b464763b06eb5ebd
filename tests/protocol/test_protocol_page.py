"""docs/protocol.md is the specification of the wire; here it is held to the models that speak it."""

import re
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from server.protocol.events import CLIENT_EVENTS, SERVER_EVENTS, SynthesizeAck, WireModel

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
MODELS: dict[str, type[WireModel]] = {**CLIENT_EVENTS, **SERVER_EVENTS, "SynthesizeAck": SynthesizeAck}


def rows(section: str) -> dict[str, tuple[str, str]]:
    """Field -> (type, default) of a section's table."""
    found = re.findall(r"^\| `(\w+)` \|([^|]+)\|([^|]*)\|", section, re.MULTILINE)
    return {field: (kind.strip(), default.strip()) for field, kind, default in found}


def test_the_page_describes_every_message_and_no_other() -> None:
    assert set(SECTIONS) == set(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_the_page_lists_a_messages_fields_with_their_types_and_defaults(name: str) -> None:
    described = rows(SECTIONS[name])
    assert list(described) == list(MODELS[name].model_fields)
    for field, info in MODELS[name].model_fields.items():
        kind, default = described[field]
        schema = MODELS[name].model_json_schema()["properties"][field]
        names = [
            "binary" if part.get("format") == "binary" else part.get("type") for part in schema.get("anyOf", [schema])
        ]
        assert kind == " or ".join(names)
        if info.default is PydanticUndefined:
            assert default == ""
        else:
            default_in_json = list(info.default) if isinstance(info.default, tuple) else info.default
            assert default.strip("`") == ("null" if default_in_json is None else str(default_in_json))
