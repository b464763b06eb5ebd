"""Foley's numbers come out as Prometheus' own parser reads them, and docs/metrics.md lists them."""

import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from server.metrics import render_foley

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "metrics.md").read_text("utf-8")
TOLD = render_foley(
    active={"pending": 2, "processing": 1}, ended={"completed": 5}, log_bytes=100, sound_s=12.5, cpu_s=1.25
).decode()


def test_what_the_store_says_is_told() -> None:
    read = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(TOLD)
        for sample in family.samples
    }
    assert read == {
        ("wildtrack_foley_jobs", "pending"): 2,
        ("wildtrack_foley_jobs", "processing"): 1,
        ("wildtrack_foley_jobs_ended_total", "completed"): 5,
        ("wildtrack_foley_log_bytes",): 100,
        ("wildtrack_foley_audio_seconds_total",): 12.5,
        ("wildtrack_foley_cpu_seconds_total",): 1.25,
    }


def test_the_page_lists_every_series_of_foley_and_no_other() -> None:
    section = PAGE.split("## Foley")[1].split("\n## ")[0]
    listed = dict(re.findall(r"^\| `(wildtrack_\w+)` \| (\w+) \|", section, re.MULTILINE))
    families = text_string_to_metric_families(TOLD)
    assert listed == {family.name + ("_total" if family.type == "counter" else ""): family.type for family in families}
