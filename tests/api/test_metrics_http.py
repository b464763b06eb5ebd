"""GET /metrics and the line in the log: what they say of streams by either door, and what they never say."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import socketio
from prometheus_client.parser import text_string_to_metric_families

from server.api.keys import KeyStore
from server.streaming import accounts

SECRET = "Quixotic zephyrs."
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "metrics.md").read_text("utf-8")


class Lines:
    """Stands in for the log."""

    def __init__(self) -> None:
        self.written: list[dict[str, Any]] = []

    def info(self, event: str, **fields: Any) -> None:
        self.written.append({"event": event, **fields})


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    log = Lines()
    monkeypatch.setattr(accounts, "_log", log)
    return log.written


async def numbers(served: Any) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    async with served.client.get("/metrics") as response:
        assert response.status == 200
        assert response.content_type == "text/plain"
        text = await response.text()
    assert "quixotic" not in text.lower()
    families = text_string_to_metric_families(text)
    return {(each.name, frozenset(each.labels.items())): each.value for family in families for each in family.samples}


async def speak_by_socketio(served: Any, eventually: Any) -> dict[str, Any]:
    client, done = socketio.AsyncClient(reconnection=False), []
    client.on("audio_chunk", lambda message: None)
    client.on("done", done.append)
    await client.connect(served.url, transports=["websocket"])
    ack: dict[str, Any] = await client.call("synthesize", {"text": SECRET})
    await client.emit("playback", {"stream_id": ack["stream_id"], "position_s": 0.05, "underruns": 1})
    await eventually(lambda: [stream.underruns for stream in served.context.scheduler.streams] == [1])
    served.engine.let_go.set()
    await eventually(lambda: bool(done))
    # It plays on when all is made, and runs dry once more.
    await client.emit("playback", {"stream_id": ack["stream_id"], "position_s": 0.2, "underruns": 2})
    assert "error" in await client.call("synthesize", {"text": SECRET, "speed": 99})
    assert (await numbers(served))["wildtrack_connections", frozenset()] == 1
    await client.disconnect()
    return ack


async def test_streams_by_either_door_are_counted_and_logged_alike(
    serve: Any, hum_engine: Any, lines: list[dict[str, Any]], eventually: Any
) -> None:
    served = await serve(hum_engine(n_chunks=3, block_at_step=1))
    ack = await speak_by_socketio(served, eventually)
    await (await served.speak(input=SECRET)).read()
    assert (await served.speak(input="")).status == 400
    assert (await served.client.get("/nowhere.json")).status == 404
    by_socketio, by_http = lines
    fields = re.findall(r"^\| `(\w+)` \|", PAGE.split("## One line per stream")[1], re.MULTILINE)
    assert list(by_socketio) == list(by_http) == ["event", *fields]
    assert by_socketio["stream"] == ack["stream_id"]
    assert by_socketio["underruns"] == 1
    assert by_socketio["lead_s"] > 0
    assert by_http["lead_s"] is None
    for line in lines:
        assert line["event"] == "stream"
        assert (line["model"], line["voice"], line["outcome"]) == ("hum", "heart", "done")
        assert (line["characters"], line["audio_s"], line["from_s"]) == (len(SECRET), 0.3, 0)
        assert line["first_audio_ms"] >= 0
        assert not any(word in json.dumps(line) for word in ("Quixotic", "zephyrs"))
    await eventually(lambda: not served.context.scheduler.open_streams)
    read = await numbers(served)
    hum = frozenset({("model", "hum")})
    assert read["wildtrack_streams_total", hum | {("outcome", "done")}] == 2
    assert read["wildtrack_first_audio_seconds_count", hum] == 2
    assert read["wildtrack_chunks_total", hum] == 6
    assert read["wildtrack_underruns_total", hum] == 2
    assert read["wildtrack_audio_seconds_total", hum] == pytest.approx(0.6)
    assert read["wildtrack_step_seconds_count", hum] == 6
    assert read["wildtrack_open_streams", frozenset()] == 0
    assert read["wildtrack_promised_threads", frozenset()] > 0
    refused = {labels: n for (name, labels), n in read.items() if name == "wildtrack_refusals_total"}
    assert refused == {
        frozenset({("door", "socketio"), ("code", "invalid_request")}): 1,
        frozenset({("door", "http"), ("code", "text_empty")}): 1,
        frozenset({("door", "http"), ("code", "not_found")}): 1,
    }


async def test_who_leaves_is_counted_as_cancelled_and_goes(
    serve: Any, hum_engine: Any, lines: list[dict[str, Any]], eventually: Any
) -> None:
    served = await serve(hum_engine(n_chunks=10**9, step_s=0.001))
    client = socketio.AsyncClient(reconnection=False)
    await client.connect(served.url, transports=["websocket"])
    await client.call("synthesize", {"text": SECRET})
    await eventually(lambda: served.engine.jobs[0].steps > 0)
    await client.disconnect()
    await eventually(lambda: bool(lines))
    assert lines[0]["outcome"] == "cancelled"
    read = await numbers(served)
    assert read["wildtrack_connections", frozenset()] == 0
    assert read["wildtrack_streams_total", frozenset({("model", "hum"), ("outcome", "cancelled")})] == 1


async def test_a_server_open_to_others_tells_its_numbers_to_who_has_a_key(serve: Any, tmp_path: Path) -> None:
    key = KeyStore(tmp_path).add("prometheus", datetime.now(UTC)).presented
    served = await serve(host="0.0.0.0", data_dir=tmp_path)
    assert (await served.client.get("/metrics")).status == 401
    async with served.client.get("/metrics", headers={"Authorization": f"Bearer {key}"}) as response:
        assert response.status == 200
