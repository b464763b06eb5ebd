"""Bad input of every kind at Foley's doors: what is wrong is said, nothing of it is kept, and nobody gets another's."""

import asyncio
import io
import json
import random
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import socketio

from server.api.foley_start import UPLOADS, UploadRoom
from server.api.keys import KeyStore
from server.errors import TooManyTasksError
from server.settings import Settings
from tests.support.clips import make_clip
from tests.support.foley_server import FoleyServer, emptied, flashes, foley_server, running_store

Eventually = Callable[[Callable[[], bool]], Any]
OTHER = "a" * 22


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_store(tmp_path_factory.mktemp("store")) as url:
        yield url


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", times_ms=range(0, 1000, 40), paint=flashes)


@pytest.fixture
def settings(store: str, tmp_path: Path) -> Settings:
    return Settings(
        store_url=emptied(store),
        data_dir=tmp_path,
        foley_backend="tests.support.foley_server:FlashBackend",
        foley_max_upload_bytes=2**20,
        foley_max_waiting=3,
        drain_timeout_s=0,
    )


@pytest.fixture
async def waiting(settings: Settings) -> AsyncIterator[FoleyServer]:
    """No worker: nothing is made."""
    async with foley_server(settings, has_worker=False) as server:
        yield server


@pytest.fixture
async def working(settings: Settings) -> AsyncIterator[FoleyServer]:
    async with foley_server(settings) as server:
        yield server


def form(*parts: tuple[str, bytes | str], filename: str = "clip.mp4") -> aiohttp.FormData:
    data = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
    for name, value in parts:
        if isinstance(value, bytes):
            data.add_field(name, io.BytesIO(value), filename=filename)
        else:
            data.add_field(name, value)
    return data


async def refused(response: aiohttp.ClientResponse) -> tuple[int, str, str]:
    error = (await response.json())["error"]
    return response.status, error["code"], error["message"]


VIDEO = ("video", b"x" * 2000)
BAD_FORMS: dict[str, tuple[list[tuple[str, bytes | str]], int, str]] = {
    "no video": ([("description", "rain")], 400, "`video`"),
    "a video that is text": ([("video", "https://example.org/clip.mp4")], 400, "no file"),
    "two videos": ([VIDEO, VIDEO], 400, "two videos"),
    "an empty video": ([("video", b"")], 400, "empty"),
    "a video that is too large": ([("video", b"x" * (2**20 + 1))], 413, "larger than 1 MB"),
    "a description that is too long": ([VIDEO, ("description", "x" * 1001)], 400, "1000 characters"),
    "an exclusion that is too long": ([VIDEO, ("exclude", "x" * 1001)], 400, "1000 characters"),
    "a field that is far too long": ([VIDEO, ("description", "x" * 20_000)], 413, "too long"),
    "no such profile": ([VIDEO, ("profile", "silly")], 400, "`profile`"),
    "a bed that is neither": ([("bed", "perhaps"), VIDEO], 400, "`bed`"),
    "an intensity that is none": ([VIDEO, ("bed_intensity", "nan")], 400, "`bed_intensity`"),
    "an intensity beyond": ([VIDEO, ("bed_intensity", "1.5")], 400, "`bed_intensity`"),
    "a seed that is none": ([VIDEO, ("seed", "one")], 400, "`seed`"),
    "a seed below": ([VIDEO, ("seed", "-1")], 400, "`seed`"),
    "a field twice": ([VIDEO, ("seed", "1"), ("seed", "2")], 400, "once"),
    "too many fields": ([VIDEO, *((f"f{n}", "x") for n in range(40))], 400, "too many fields"),
}


@pytest.mark.parametrize("what", BAD_FORMS)
async def test_a_form_that_is_wrong_is_refused_and_nothing_of_it_stays(waiting: FoleyServer, what: str) -> None:
    parts, status, words = BAD_FORMS[what]
    answer = await refused(await waiting.client.post("/start-generation/", data=form(*parts)))
    assert answer[0] == status, answer
    assert words in answer[2]
    assert "silly" not in answer[2]
    assert waiting.uploads == []


NAMED = b'--x\r\nContent-Disposition: form-data; name="'
BOUNDARY = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{}", "application/json"),
        (b"description=rain", "application/x-www-form-urlencoded"),
        (b"", "multipart/form-data"),
        (b"nothing", BOUNDARY),
        (b"--x\r\n\r\n", BOUNDARY),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\nrain\r\n--x--\r\n", BOUNDARY),
        (NAMED + b'video"; filename="a"\r\n\r\nabc', BOUNDARY),
        (NAMED + b'seed"\r\n\r\n\xff\xfe\r\n--x--\r\n', BOUNDARY),
        (b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y--\r\n--x--\r\n", BOUNDARY),
    ],
)
async def test_what_is_no_form_is_refused(waiting: FoleyServer, body: bytes, content_type: str) -> None:
    response = await waiting.client.post("/start-generation/", data=body, headers={"Content-Type": content_type})
    assert (await refused(response))[:2] == (400, "invalid_request")
    assert waiting.uploads == []


async def test_unknown_fields_of_a_form_are_ignored_and_named(waiting: FoleyServer) -> None:
    data = form(VIDEO, ("model", "x"), ("strange name", "y"))
    response = await waiting.client.post("/start-generation/", data=data)
    assert response.status == 202
    assert response.headers["X-Wildtrack-Ignored"] == "model, ?"


async def test_a_client_that_vanishes_in_the_middle_of_its_upload_leaves_nothing(
    waiting: FoleyServer, eventually: Eventually
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", waiting.client.port)
    head = b'--x\r\nContent-Disposition: form-data; name="video"; filename="a.mp4"\r\n\r\n'
    writer.write(
        b"POST /start-generation/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\n\r\n" + head + b"x" * 200_000
    )
    await writer.drain()
    await eventually(lambda: len(waiting.uploads) == 1)
    writer.transport.abort()
    await eventually(lambda: waiting.uploads == [])
    await eventually(lambda: waiting.client.app[UPLOADS].n_open == 0)  # type: ignore[union-attr]


def test_nobody_keeps_all_others_out_by_sending_slowly() -> None:
    room = UploadRoom(most=3, most_of_one=2)
    with room.taken("slow"), room.taken("slow"):
        with pytest.raises(TooManyTasksError), room.taken("slow"):
            pass
        with room.taken("other"), pytest.raises(TooManyTasksError), room.taken("third"):
            pass
        assert room.n_open == 2
    with room.taken("slow"):
        assert room.n_open == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid_request"),
        ({"video_url": 5}, 400, "invalid_request"),
        ({"video_url": "ftp://example.org/a.mp4"}, 400, "url_refused"),
        ({"video_url": "http://user:secret@example.org/a.mp4"}, 400, "url_refused"),
        ({"video_url": "http://127.0.0.1/a.mp4", "output": {"format": "ogg"}}, 400, "invalid_request"),
        ({"video_url": "https://example.org/a", "output": {"sample_rate": 12345}}, 400, "unsupported_format"),
        ({"video_url": "https://example.org/a", "output": "wav"}, 400, "invalid_request"),
        ({"video_url": "https://example.org/a", "effects": {"sync": "minute"}}, 400, "invalid_request"),
        (
            {"video_url": "https://example.org/a", "effects": {"background_music": {"intensity": 2}}},
            400,
            "invalid_request",
        ),
        ({"video_url": "https://example.org/a", "description": "x" * 1001}, 400, "text_too_long"),
    ],
)
async def test_a_request_that_is_wrong_is_refused(
    waiting: FoleyServer, body: dict[str, Any], status: int, code: str
) -> None:
    if "output" in body and isinstance(body["output"], dict) and "sample_rate" in body["output"]:
        body = {**body, "output": {**body["output"], "format": "mp3"}}
    answer = await refused(await waiting.client.post("/v1/video/foley/generate", json=body))
    assert answer[:2] == (status, code), answer
    assert "secret" not in answer[2]


async def test_a_video_inside_is_not_fetched_and_the_task_says_so(working: FoleyServer) -> None:
    response = await working.client.post("/v1/video/foley/generate", json={"video_url": "http://127.0.0.1/a.mp4"})
    if response.status == 202:
        status = await working.ended(await response.json())
        assert (status["status"], status["error"]["code"]) == ("failed", "url_refused")
    else:
        assert (await refused(response))[1] == "url_refused"


async def every_answer(server: FoleyServer, task_id: str, headers: dict[str, str], query: str = "") -> dict[str, int]:
    """What each way to a task answers."""
    base = f"/v1/video/foley/{task_id}"
    asked = {
        "status": server.client.get(f"/v1/video/foley/status?task_id={task_id}", headers=headers),
        "timeline": server.client.get(f"{base}/timeline{query}", headers=headers),
        "edit": server.client.put(f"{base}/timeline{query}", headers=headers, json={"events": []}),
        "audio": server.client.head(f"{base}/audio{query}", headers=headers),
        "captions": server.client.get(f"{base}/captions.vtt{query}", headers=headers),
        "ticket": server.client.post(f"{base}/tickets{query}", headers=headers),
        "cancel": server.client.post(f"{base}/cancel{query}", headers=headers),
        "delete": server.client.delete(f"{base}{query}", headers=headers),
        "ws": server.client.get(f"/ws/{task_id}{query}", headers=headers),
    }
    return {name: (await answer).status for name, answer in asked.items()}


async def test_nobody_gets_a_task_that_is_not_there_or_not_theirs(waiting: FoleyServer, clip: Path) -> None:
    mine, other = await waiting.start(clip), await waiting.start(clip, seed="1")
    for task_id in (OTHER, "x", "..%2f", "%00", "a" * 200, "task:*"):
        answers = await every_answer(waiting, task_id, {"X-Task-Token": mine["token"]})
        assert set(answers.values()) == {404}, (task_id, answers)
    for token in (other["token"], mine["token"][:-1], mine["token"] + "x", "", "ü", "x" * 5000):
        answers = await every_answer(waiting, mine["task_id"], {"X-Task-Token": token})
        assert set(answers.values()) == {404}, (token, answers)
    assert (await waiting.status(mine))["status"] == "pending"


async def test_a_ticket_reads_its_own_task_and_changes_none(waiting: FoleyServer, clip: Path) -> None:
    mine, other = await waiting.start(clip), await waiting.start(clip, seed="1")
    answer = await waiting.client.post(waiting.path(mine, "/tickets"), headers=waiting.header(mine))
    ticket = (await answer.json())["ticket"]
    for query, headers in ((f"?ticket={ticket}", {}), ("", {"X-Task-Token": ticket})):
        answers = await every_answer(waiting, mine["task_id"], headers, query)
        assert {name for name, status in answers.items() if status == 200} >= {"timeline", "audio", "captions"}
        assert answers["edit"] == answers["ticket"] == answers["cancel"] == answers["delete"] == 404
        assert answers["ws"] == 400  # it is let in, and is no WebSocket
    answers = await every_answer(waiting, other["task_id"], {}, f"?ticket={ticket}")
    assert {status for name, status in answers.items() if name != "status"} == {404}


async def test_where_keys_are_needed_a_ticket_opens_its_task_without_one(settings: Settings, clip: Path) -> None:
    keys = KeyStore(settings.data_dir)
    first = keys.add("first", datetime.now(UTC)).presented
    second = keys.add("second", datetime.now(UTC)).presented
    outside = settings.model_copy(update={"host": "0.0.0.0"})
    async with foley_server(outside, has_worker=False) as server:
        bearer = {"Authorization": f"Bearer {first}"}
        assert (await server.client.post("/start-generation/", data=form(VIDEO))).status == 401
        assert (await server.client.post("/v1/video/foley/generate", json={})).status == 401
        response = await server.client.post("/start-generation/", data=form(VIDEO), headers=bearer)
        task = await response.json()
        status_path = f"/v1/video/foley/status?task_id={task['task_id']}"
        assert (await server.client.get(status_path, headers=bearer)).status == 200
        other = {"Authorization": f"Bearer {second}"}
        assert (await server.client.get(status_path, headers=other)).status == 404
        assert (await server.client.get(server.path(task, "/timeline"), headers=server.header(task))).status == 401
        made = await server.client.post(server.path(task, "/tickets"), headers=bearer | server.header(task))
        ticket = (await made.json())["ticket"]
        assert (await server.client.get(server.path(task, f"/timeline?ticket={ticket}"))).status == 200
        assert (await server.client.get(server.path(task, "/timeline?ticket=x"))).status == 404
        assert (await server.client.delete(server.path(task, f"?ticket={ticket}"))).status == 401


async def test_a_flood_of_tasks_is_told_when_to_come_back(waiting: FoleyServer) -> None:
    for n in range(3):
        assert (await waiting.client.post("/start-generation/", data=form(VIDEO, ("seed", str(n))))).status == 202
    response = await waiting.client.post("/start-generation/", data=form(VIDEO, ("seed", "9")))
    assert (await refused(response))[:2] == (429, "too_many_tasks")
    assert int(response.headers["Retry-After"]) >= 1
    assert len(waiting.uploads) == 3
    response = await waiting.client.post("/v1/video/foley/generate", json={"video_url": "https://example.org/a.mp4"})
    assert (await refused(response))[:2] == (429, "too_many_tasks")


async def test_who_asks_too_often_is_told_so(settings: Settings) -> None:
    async with foley_server(settings.model_copy(update={"requests_per_minute": 1}), has_worker=False) as server:
        assert (await server.client.post("/start-generation/", data=form(VIDEO))).status == 202
        response = await server.client.post("/start-generation/", data=form(VIDEO))
        assert (await refused(response))[:2] == (429, "rate_limited")


async def test_where_foley_is_off_every_way_says_so(settings: Settings, clip: Path) -> None:
    async with foley_server(settings.model_copy(update={"foley": False}), has_worker=False) as server:
        answers = await every_answer(server, OTHER, {"X-Task-Token": "x"})
        answers["start"] = (await server.client.post("/start-generation/", data=form(VIDEO))).status
        assert set(answers.values()) == {503}


BAD_TIMELINES: dict[str, tuple[Any, str]] = {
    "no JSON": (b"{", "not right"),
    "no object": ([], "not right"),
    "no events": ({}, "events"),
    "an unknown field": ({"events": [], "tempo": 3}, "not known"),
    "an event with an unknown field": ({"events": [{"onset_s": 1, "label": "dog", "colour": 1}]}, "not known"),
    "a time that is text": ({"events": [{"onset_s": "1", "label": "dog"}]}, "onset_s"),
    "a time before the beginning": ({"events": [{"onset_s": -1, "label": "dog"}]}, "onset_s"),
    "no such label": ({"events": [{"onset_s": 1, "label": "dragon"}]}, "label"),
    "no such material": ({"events": [{"onset_s": 1, "label": "footstep", "material": "glass"}]}, "material"),
    "a strength beyond": ({"events": [{"onset_s": 1, "label": "dog", "strength": 1.1}]}, "strength"),
    "a bed that ends before it starts": (
        {"events": [], "beds": [{"start_s": 1, "end_s": 0, "label": "rain"}]},
        "end_s",
    ),
    "a room that there is not": (
        {"events": [], "beds": [{"start_s": 0, "end_s": 1, "label": "rain", "room": "attic"}]},
        "room",
    ),
    "no such stem": ({"events": [], "stems": ["voices"]}, "stems"),
    "too many events": ({"events": [{"onset_s": 1, "label": "dog"}] * 20_001}, "events"),
}


async def test_a_timeline_that_is_wrong_is_refused(working: FoleyServer, clip: Path) -> None:
    task = await working.start(clip)
    await working.ended(task)
    for what, (body, words) in BAD_TIMELINES.items():
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        response = await working.client.put(working.path(task, "/timeline"), data=data, headers=working.header(task))
        status, code, message = await refused(response)
        assert (status, code) == (400, "invalid_request"), what
        assert words in message, (what, message)
        assert "dragon" not in message
    response = await working.client.put(
        working.path(task, "/timeline"), data=io.BytesIO(b" " * (8 * 2**20 + 1)), headers=working.header(task)
    )
    assert (await refused(response))[:2] == (413, "payload_too_large")


async def test_a_timeline_that_is_not_whole_cannot_be_edited_yet(waiting: FoleyServer, clip: Path) -> None:
    task = await waiting.start(clip)
    response = await waiting.client.put(
        waiting.path(task, "/timeline"), json={"events": []}, headers=waiting.header(task)
    )
    assert (await refused(response))[:2] == (409, "task_not_ready")
    assert (await waiting.events(task))["duration_s"] is None
    response = await waiting.client.get(waiting.path(task, "/video"), headers=waiting.header(task))
    assert (await refused(response))[:2] == (409, "task_not_ready")


@pytest.mark.parametrize(
    "query", ["?format=ogg", "?format=mp3&sample_rate=12345", "?channels=3", "?rate=1", "?sample_rate=x"]
)
async def test_sound_that_cannot_be_written_so_is_refused(waiting: FoleyServer, clip: Path, query: str) -> None:
    task = await waiting.start(clip)
    response = await waiting.client.get(waiting.path(task, f"/audio{query}"), headers=waiting.header(task))
    assert (await refused(response))[0] == 400
    response = await waiting.client.get(waiting.path(task, "/captions.vtt?language=de"), headers=waiting.header(task))
    assert (await refused(response))[:2] == (400, "invalid_request")


async def test_a_task_is_cancelled_once_and_its_listeners_are_told(waiting: FoleyServer, clip: Path) -> None:
    task = await waiting.start(clip)
    listening = asyncio.create_task(
        waiting.client.get(waiting.path(task, "/audio?format=mp3"), headers=waiting.header(task))
    )
    await asyncio.sleep(0.05)
    for _ in range(2):
        response = await waiting.client.post(waiting.path(task, "/cancel"), headers=waiting.header(task))
        assert await response.json() == {"task_id": task["task_id"], "status": "cancelled"}
    assert (await refused(await listening))[:2] == (409, "task_cancelled")
    status = await waiting.status(task)
    assert (status["status"], status["error"]["code"]) == ("cancelled", "task_cancelled")


async def connected(server: FoleyServer, **options: Any) -> socketio.AsyncClient:
    client = socketio.AsyncClient(reconnection=False)
    await client.connect(server.url, transports=["websocket"], **options)
    return client


async def test_a_watch_that_is_wrong_is_refused(waiting: FoleyServer, clip: Path) -> None:
    mine, other = await waiting.start(clip), await waiting.start(clip, seed="1")
    client = await connected(waiting)
    for message, code in (
        (None, "invalid_request"),
        ({}, "invalid_request"),
        ({"task_id": mine["task_id"], "token": mine["token"], "more": 1}, "invalid_request"),
        ({"task_id": mine["task_id"], "token": mine["token"], "next": -1}, "invalid_request"),
        ({"task_id": "task:*", "token": mine["token"]}, "invalid_request"),
        ({"task_id": OTHER, "token": mine["token"]}, "task_not_found"),
        ({"task_id": mine["task_id"], "token": other["token"]}, "task_not_found"),
        ({"task_id": mine["task_id"], "token": "ü"}, "task_not_found"),
    ):
        ack = await client.call("watch", message, timeout=5)
        assert ack["error"]["code"] == code, message
    await client.disconnect()


async def test_a_watcher_that_stalls_is_let_go_and_the_task_goes_on(
    settings: Settings, clip: Path, eventually: Eventually
) -> None:
    impatient = settings.model_copy(update={"stall_timeout_s": 0.2, "window_messages": 2})
    async with foley_server(impatient) as server:
        task = await server.start(clip)
        client, messages, never = await connected(server), [], asyncio.Event()

        async def stall(event: str, data: Any) -> None:
            messages.append((event, data))
            if event == "audio_chunk":
                await never.wait()

        client.on("*", stall)
        await client.call("watch", {"task_id": task["task_id"], "token": task["token"]}, timeout=5)
        await eventually(lambda: messages[-1:] != [] and messages[-1][0] == "error")
        assert messages[-1][1]["code"] == "listener_stalled"
        assert sum(event == "audio_chunk" for event, _ in messages) == 2
        assert (await server.ended(task))["status"] == "completed"
        never.set()
        await client.disconnect()


async def test_a_connection_watches_so_many_tasks_and_cancel_makes_room(settings: Settings, clip: Path) -> None:
    narrow = settings.model_copy(update={"max_streams_per_connection": 1})
    async with foley_server(narrow, has_worker=False) as server:
        task = await server.start(clip)
        client = await connected(server)
        message = {"task_id": task["task_id"], "token": task["token"]}
        first = await client.call("watch", message, timeout=5)
        assert (first["state"], first["n_samples"]) == ("pending", 0)
        assert (await client.call("watch", message, timeout=5))["error"]["code"] == "too_many_streams"
        answer = await client.call("cancel", {"stream_id": first["stream_id"]}, timeout=5)
        assert answer == {"stream_id": first["stream_id"], "cancelled": True}
        assert "stream_id" in await client.call("watch", message, timeout=5)
        assert (await server.status(task))["status"] == "pending"
        await client.disconnect()


async def test_a_server_that_stops_waits_for_nobody_who_listens_follows_or_uploads(
    settings: Settings, clip: Path
) -> None:
    async with aiohttp.ClientSession() as http:
        async with foley_server(settings, has_worker=False) as server:
            task = await server.start(clip)
            audio = f"{server.url}{server.path(task, '/audio')}"
            listening = asyncio.create_task(_ended(http.get(audio, headers=server.header(task))))
            socket = await http.ws_connect(task["ws_url"])
            assert json.loads((await socket.receive()).data)["status"] == "pending"
            following = asyncio.create_task(socket.receive())
            _, writer = await asyncio.open_connection("127.0.0.1", server.client.port)
            writer.write(
                b"POST /start-generation/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n"
                b"Content-Type: multipart/form-data; boundary=x\r\n\r\n" + NAMED + b'video"; filename="a"\r\n\r\nabc'
            )
            await writer.drain()
            while len(server.uploads) < 2:
                await asyncio.sleep(0.01)
        async with asyncio.timeout(5):
            assert await listening
            assert (await following).data == 1012
        writer.transport.abort()
        await asyncio.sleep(0)
    assert len(list((settings.foley_folder / "uploads").glob("*"))) == 1


async def _ended(asking: Any) -> bool:
    """Whether a request ended without an answer, or in the middle of one."""
    try:
        async with asking as response:
            await response.read()
            return bool(response.status >= 500)
    except aiohttp.ClientError:
        return True


async def test_no_form_however_damaged_breaks_the_server(waiting: FoleyServer) -> None:
    draw = random.Random(5)
    whole = (
        b"".join(NAMED + f'{name}"\r\n\r\n{value}\r\n'.encode() for name, value in (("seed", "1"), ("bed", "true")))
        + NAMED
        + b'video"; filename="clip.mp4"\r\nContent-Type: video/mp4\r\n\r\n'
        + bytes(draw.randrange(256) for _ in range(500))
        + b"\r\n--x--\r\n"
    )
    statuses = set()
    for _ in range(80):
        body = bytearray(whole)
        for _ in range(draw.randrange(1, 4)):
            at = draw.randrange(len(body))
            match draw.randrange(4):
                case 0:
                    body[at] = draw.randrange(256)
                case 1:
                    del body[at : at + draw.randrange(1, 40)]
                case 2:
                    body[at:at] = body[draw.randrange(len(body)) :][: draw.randrange(1, 60)]
                case _:
                    del body[at:]
            if not body:
                break
        response = await waiting.client.post("/start-generation/", data=bytes(body), headers={"Content-Type": BOUNDARY})
        statuses.add(response.status)
        if response.status == 202:
            task = await response.json()
            assert (await waiting.client.delete(waiting.path(task), headers=waiting.header(task))).status == 200
        else:
            assert response.status in (400, 413), await response.text()
    assert statuses >= {202, 400}
    assert waiting.uploads == []
