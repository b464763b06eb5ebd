"""What the benchmarks print and write."""

import json
from pathlib import Path

from benchmarks.machine import Machine
from benchmarks.report import Report, at_least, at_most, markdown_table, publish

MACHINE = Machine("A processor", 2, "Linux x86_64", "3.11", "1.31.1", "abc1234", "2026-11-20", 0.1)


def test_a_target_says_what_was_wanted_what_was_measured_and_whether_that_is_enough() -> None:
    sooner = at_least("sooner", 3.99, 4)
    assert (sooner.wanted, sooner.measured, sooner.is_met) == (">= 4x", "3.99x", False)
    cost = at_most("cost", 0.02, 0.02)
    assert (cost.wanted, cost.measured, cost.is_met) == ("<= 0.02", "0.020", True)


def test_columns_of_a_table_are_as_wide_as_their_widest_cell() -> None:
    assert markdown_table(("a", "long one"), [("value", "1")]).splitlines() == [
        "| a     | long one |",
        "|-------|----------|",
        "| value | 1        |",
    ]


def test_a_report_is_written_for_people_and_for_programs(tmp_path: Path) -> None:
    report = Report(
        "sample", "A title", ("one",), [("1",)], [at_most("cost", 3, 2)], ["A note."], {"values": [1.0, 2.0]}
    )
    publish(report, MACHINE, tmp_path)
    page = (tmp_path / "sample.md").read_text(encoding="utf-8")
    assert page.startswith("# A title\n\nA processor, 2 cores")
    assert "| cost   | <= 2   | 3.000    | **no** |" in page
    content = json.loads((tmp_path / "sample.json").read_text(encoding="utf-8"))
    assert content["raw"] == {"values": [1.0, 2.0]}
    assert content["machine"]["commit"] == "abc1234"
    assert content["targets"][0]["is_met"] is False
