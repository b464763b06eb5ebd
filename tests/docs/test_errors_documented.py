"""docs/errors.md is held to server/errors.py and to the table of statuses."""

import re
from pathlib import Path

import pytest

from server.api.error_table import STATUS, error_type
from server.errors import WildtrackError

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "errors.md").read_text("utf-8")
ROWS = {
    code: [cell.strip() for cell in rest.split("|")]
    for code, rest in re.findall(r"^\| `(\w+)` \|(.*)\|$", PAGE, re.MULTILINE)
}


def test_the_page_lists_every_code_and_no_other() -> None:
    assert set(ROWS) == {kind.code for kind in STATUS}


@pytest.mark.parametrize("kind", sorted(set(STATUS) - {WildtrackError}, key=lambda kind: kind.code))
def test_the_page_tells_a_codes_status_type_and_whether_to_try_again(kind: type[WildtrackError]) -> None:
    status, type_, retryable, meaning = ROWS[kind.code]
    assert status == str(STATUS[kind])
    assert type_ == f"`{error_type(STATUS[kind])}`"
    assert retryable == ("yes" if kind.retryable else "no")
    assert meaning.endswith(".")
