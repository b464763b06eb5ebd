"""docs/settings.md is held to server/settings.py."""

import re
from pathlib import Path
from typing import Any

import pytest

from server.settings import Settings

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "settings.md").read_text("utf-8")
ROWS = {
    name: [cell.strip() for cell in rest.split("|")]
    for name, rest in re.findall(r"^\| `(\w+)` \|(.*)\|$", PAGE, re.MULTILINE)
}


def test_the_page_lists_every_setting_and_no_other_in_the_codes_order() -> None:
    assert list(ROWS) == list(Settings.model_fields)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_page_tells_a_settings_default_and_meaning(name: str) -> None:
    default, unit, meaning = ROWS[name]
    assert meaning.endswith(".")
    field: Any = Settings.model_fields[name]
    if field.default == ():
        assert default == "none"
    elif isinstance(field.default, Path):
        root = Path(__file__).resolve().parents[2]
        assert default == f"`{field.default.relative_to(root)}` in the checkout"
    elif field.default_factory is None:
        assert default == f"`{field.default}`"
    for suffix, wanted in {"_s": "seconds", "_ms": "milliseconds", "_bytes": "bytes", "_dir": "path"}.items():
        if name.endswith(suffix):
            assert unit == wanted


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_page_tells_a_settings_bounds(name: str) -> None:
    meaning = ROWS[name][2]
    for bound in Settings.model_fields[name].metadata:
        most = getattr(bound, "le", None)
        if most is not None:
            assert f"{most:g}" in meaning or str(most) in meaning
