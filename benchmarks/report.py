"""What a benchmark hands over: a table, the targets it was held to, the raw numbers; for people and for programs."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.machine import ROOT, Machine

RESULTS = ROOT / "benchmarks" / "results"


@dataclass(frozen=True, slots=True)
class Target:
    """One promise and whether it was kept."""

    what: str
    wanted: str
    """As people write it: `>= 4x`."""
    measured: str
    is_met: bool


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one benchmark."""

    name: str
    """Also the name of its files in benchmarks/results."""
    title: str
    """What was measured, in one sentence."""
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    targets: Sequence[Target] = ()
    notes: Sequence[str] = ()
    """How it was measured, one sentence each."""
    raw: dict[str, Any] = field(default_factory=dict)
    """Every single measurement, for the JSON."""


def at_least(what: str, measured: float, wanted: float, unit: str = "x") -> Target:
    """A target that is met from `wanted` upwards."""
    return Target(what, f">= {wanted:g}{unit}", f"{measured:.2f}{unit}", measured >= wanted)


def at_most(what: str, measured: float, wanted: float, unit: str = "", digits: int = 3) -> Target:
    """A target that is met from `wanted` downwards."""
    return Target(what, f"<= {wanted:g}{unit}", f"{measured:.{digits}f}{unit}", measured <= wanted)


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table that reads well both as text and rendered: columns are as wide as their widest cell."""
    widths = [max(len(row[index]) for row in [columns, *rows]) for index in range(len(columns))]

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([line(columns), rule, *(line(row) for row in rows)])


def as_markdown(report: Report, machine: Machine) -> str:
    """The page that is kept in benchmarks/results."""
    parts = [f"# {report.title}", machine.sentence(), markdown_table(report.columns, report.rows)]
    if report.targets:
        parts.append(_targets_table(report.targets))
    if report.notes:
        parts.append("\n".join(f"- {note}" for note in report.notes))
    return "\n\n".join(parts) + "\n"


def publish(report: Report, machine: Machine, folder: Path = RESULTS) -> None:
    """Print the report and write it to `<name>.md` and `<name>.json`."""
    page = as_markdown(report, machine)
    print(f"\n{page}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{report.name}.md").write_text(page, encoding="utf-8")
    content = {
        "benchmark": report.name,
        "title": report.title,
        "machine": machine.as_dict(),
        "targets": [
            {"what": t.what, "wanted": t.wanted, "measured": t.measured, "is_met": t.is_met} for t in report.targets
        ],
        "columns": list(report.columns),
        "rows": [list(row) for row in report.rows],
        "notes": list(report.notes),
        "raw": report.raw,
    }
    (folder / f"{report.name}.json").write_text(
        json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


def progress(what: str) -> None:
    """Say on stderr what is being measured now, since some of it takes minutes."""
    print(f"  {what} ...", file=sys.stderr, flush=True)


def _targets_table(targets: Sequence[Target]) -> str:
    rows = [(target.what, target.wanted, target.measured, "yes" if target.is_met else "**no**") for target in targets]
    return markdown_table(("target", "wanted", "measured", "met"), rows)
