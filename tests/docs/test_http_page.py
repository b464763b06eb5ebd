"""docs/http.md is held to the route table and the request models."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from server.api.middleware import EXPOSED_HEADERS
from server.api.routes import OPERATIONS
from server.protocol.http import SynthesizeBody, VoiceEntry
from server.protocol.openai import SpeechBody

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "http.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def rows(section: str) -> dict[str, str]:
    """Field -> default, of the table whose header has a default."""
    table = section.split("| field | default | meaning |")[1].split("\n\n")[0]
    return {name: default.strip() for name, default in re.findall(r"^\| `(\w+)` \|([^|]*)\|", table, re.MULTILINE)}


def test_the_page_or_that_of_foley_has_every_operation() -> None:
    foley = (Path(__file__).resolve().parents[2] / "docs" / "foley.md").read_text("utf-8")
    titles = " ".join([*SECTIONS, *re.findall(r"^## (.+)$", foley, re.MULTILINE)])
    for operation in OPERATIONS:
        assert re.search(rf"{operation.method} (\S+, )?\S*{re.escape(operation.path)}(?![\w/])", titles), operation.path


@pytest.mark.parametrize(
    ("title", "model"), [("POST /v1/audio/speech", SpeechBody), ("POST /api/synthesize", SynthesizeBody)]
)
def test_the_page_lists_a_bodys_fields_and_defaults(title: str, model: type[BaseModel]) -> None:
    described = rows(SECTIONS[title])
    assert set(described) == set(model.model_fields)
    for name, field in model.model_fields.items():
        if name != "instructions":
            default = field.get_default()
            wanted = {PydanticUndefined: "", None: "null"}.get(default, f"`{default}`")
            assert described[name] == wanted


def test_the_page_lists_the_headers_of_our_own() -> None:
    for header in EXPOSED_HEADERS.split(", "):
        if header != "Retry-After":  # errors.md has it
            assert f"| `{header}` |" in PAGE


def test_the_page_lists_what_a_voice_has() -> None:
    for field in VoiceEntry.model_fields:
        assert f"`{field}`" in SECTIONS["GET /v1/models, GET /v1/audio/voices, GET /v1/audio/emotions"]
