"""The numbers: what is counted comes out as Prometheus' own parser reads it, of one process and of several."""

import os
import re
import subprocess
import sys
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from server.metrics import Metrics

ROOT = Path(__file__).resolve().parents[1]


def values(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def ended(metrics: Metrics, first_audio_s: float | None) -> None:
    metrics.stream_ended("hibari", "done", first_audio_s=first_audio_s, rtf=0.01, chunks=10, late_chunks=1)


def test_what_was_counted_is_read_back() -> None:
    metrics = Metrics()
    ended(metrics, 0.012)
    ended(metrics, None)
    metrics.stepped("hibari", 0.004, 0.003, 0.1)
    metrics.refused("http", "overloaded")
    metrics.ran_dry("hibari", 4)
    metrics.resumed()
    metrics.connected(1)
    metrics.connected(1)
    metrics.connected(-1)
    metrics.saw_lead(4.0)
    metrics.saw_lag(0.0015)
    metrics.saw_load(open_streams=3, waiting=1, load_threads=0.5, promised_threads=1.8)
    read = values(metrics.render().decode())
    model = frozenset({("model", "hibari")})

    def bucket(name: str, bound: str, labels: frozenset[tuple[str, str]] = frozenset()) -> float:
        return read[f"{name}_bucket", labels | {("le", bound)}]

    assert bucket("wildtrack_first_audio_seconds", "0.01", model) == 0
    assert bucket("wildtrack_first_audio_seconds", "0.015", model) == 1
    assert read["wildtrack_streams_total", model | {("outcome", "done")}] == 2
    assert read["wildtrack_chunks_total", model] == 20
    assert read["wildtrack_late_chunks_total", model] == 2
    assert read["wildtrack_underruns_total", model] == 4
    assert read["wildtrack_audio_seconds_total", model] == 0.1
    assert read["wildtrack_cpu_seconds_total", model] == 0.003
    assert read["wildtrack_refusals_total", frozenset({("door", "http"), ("code", "overloaded")})] == 1
    assert read["wildtrack_resumes_total", frozenset()] == 1
    assert read["wildtrack_connections", frozenset()] == 1
    assert read["wildtrack_open_streams", frozenset()] == 3
    assert read["wildtrack_waiting_in_line", frozenset()] == 1
    assert read["wildtrack_load_threads", frozenset()] == 0.5
    assert read["wildtrack_promised_threads", frozenset()] == 1.8
    assert bucket("wildtrack_lead_seconds", "5.0") == 1
    assert bucket("wildtrack_event_loop_lag_seconds", "0.001") == 0
    assert bucket("wildtrack_event_loop_lag_seconds", "0.002") == 1
    assert not any(name.endswith("_created") for name, _ in read)


def test_two_servers_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.resumed()
    assert values(other.render().decode())["wildtrack_resumes_total", frozenset()] == 0


def test_any_process_of_several_answers_for_all(tmp_path: Path) -> None:
    program = (
        "import sys; from server.metrics import Metrics; metrics = Metrics(); metrics.resumed();"
        "metrics.connected(2); metrics.saw_lag(0.0015); print(metrics.render().decode())"
    )
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for n in (1, 2):
        told = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
        ).stdout
        read = values(told)
        assert read["wildtrack_resumes_total", frozenset()] == n
        assert read["wildtrack_connections", frozenset()] == 2 * n
        assert read["wildtrack_event_loop_lag_seconds_bucket", frozenset({("le", "0.002")})] == n


def test_the_page_lists_every_series_and_no_other() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    section = page.split("## What is counted")[1].split("\n## ")[0]
    listed = dict(re.findall(r"^\| `(wildtrack_\w+)` \| (\w+) \|", section, re.MULTILINE))
    families = text_string_to_metric_families(Metrics().render().decode())
    assert listed == {family.name + ("_total" if family.type == "counter" else ""): family.type for family in families}
