"""The edge: to whom the server answers, which pages may use it, which headers it sends, what it never tells."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientPayloadError, web

from server.api.access import bearer_token, check_host
from server.api.keys import KeyStore
from server.errors import ForbiddenError
from server.settings import Settings

PAGE = "https://page.example"


def accepts(settings: Settings, host: str | None) -> bool:
    try:
        check_host(settings, host)
    except ForbiddenError:
        return False
    return True


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "LOCALHOST.", "a.localhost", "127.0.0.1:80", "127.9.9.9", "[::1]:8000"]
)
def test_loopback_names_are_ours(host: str) -> None:
    assert accepts(Settings(), host)


@pytest.mark.parametrize(
    "host",
    [None, "", "evil.example", "evil.example:8000", "localhost.evil.example", "notlocalhost", "192.168.1.5", "[::2]",
     "127.0.0.1.evil.example", "]", ":", "0.0.0.0:8000"],
)  # fmt: skip
def test_other_names_are_not(host: str | None) -> None:
    assert not accepts(Settings(), host)


def test_names_that_are_set_are_ours_whatever_their_case() -> None:
    settings = Settings(host="speech.example", allowed_hosts=("Other.example",))
    assert accepts(settings, "speech.example:8000")
    assert accepts(settings, "OTHER.example")
    assert not accepts(settings, "third.example")


@pytest.mark.parametrize("bound", ["0.0.0.0", "::"])
def test_where_every_address_is_listened_on_every_address_is_ours_and_no_name(bound: str) -> None:
    assert accepts(Settings(host=bound), "192.168.1.5:8000")
    assert accepts(Settings(host=bound), "[fd00::1]:8000")
    assert not accepts(Settings(host=bound), "rebound.example")


@pytest.mark.parametrize(
    ("header", "token"),
    [
        (None, None),
        ("", None),
        ("Bearer", None),
        ("Bearer ", None),
        ("Bearer x", "x"),
        ("bearer  x ", "x"),
        ("Basic x", None),
    ],
)
def test_the_token_is_what_follows_bearer(header: str | None, token: str | None) -> None:
    assert bearer_token(header) == token


async def error_of(response: Any) -> str:
    return str((await response.json())["error"]["code"])


async def test_a_request_addressed_to_another_name_is_forbidden_everywhere(serve: Any) -> None:
    served = await serve()
    for path in ("/", "/healthz", "/v1/models", "/openapi.json", "/socket.io/", "/nothing"):
        response = await served.client.get(path, headers={"Host": "rebound.example"})
        assert response.status == 403
        assert await error_of(response) == "forbidden"


async def test_a_page_of_another_origin_may_not_make_us_speak(serve: Any) -> None:
    served = await serve()
    for origin in ("https://evil.example", "null", f"{served.url}.evil.example", "http://127.0.0.1:1"):
        for path in ("/v1/audio/speech", "/api/synthesize", "/api/convert"):
            response = await served.client.post(path, data=b"{}", headers={"Origin": origin})
            assert response.status == 403
            assert "Access-Control-Allow-Origin" not in response.headers
    assert served.engine.jobs == []


async def test_our_own_page_may(serve: Any) -> None:
    served = await serve()
    for origin in (served.url, served.url.replace("http", "https")):
        response = await served.client.post(
            "/v1/audio/speech", json={"input": "Hi.", "response_format": "pcm"}, headers={"Origin": origin}
        )
        assert response.status == 200
        await response.read()


async def test_pages_of_an_origin_that_is_set_may_and_can_read_what_they_get(serve: Any) -> None:
    served = await serve(cors_origins=(PAGE,))
    response = await served.client.post(
        "/v1/audio/speech", json={"input": "Hi.", "response_format": "wav"}, headers={"Origin": PAGE}
    )
    assert response.status == 200
    assert response.headers["Access-Control-Allow-Origin"] == PAGE
    assert "X-Wildtrack-Voice" in response.headers["Access-Control-Expose-Headers"]
    assert "Origin" in response.headers["Vary"]
    await response.read()


@pytest.mark.parametrize(
    "origin", ["https://page.example.evil.example", "http://page.example", "https://page.example:1"]
)
async def test_an_origin_must_be_the_very_one_that_is_set(serve: Any, origin: str) -> None:
    served = await serve(cors_origins=(PAGE,))
    response = await served.client.get("/v1/models", headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in response.headers
    response = await served.client.post("/v1/audio/speech", json={}, headers={"Origin": origin})
    assert response.status == 403


async def test_an_error_can_be_read_by_pages_that_are_set_too(serve: Any) -> None:
    served = await serve(cors_origins=(PAGE,))
    response = await served.client.post("/v1/audio/speech", data=b"no", headers={"Origin": PAGE})
    assert response.status == 400
    assert response.headers["Access-Control-Allow-Origin"] == PAGE


async def test_a_preflight_is_answered_by_origin_alone(serve: Any) -> None:
    served = await serve(cors_origins=(PAGE,))
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    response = await served.client.options("/v1/audio/speech", headers={"Origin": PAGE, **asked})
    assert response.status == 204
    assert response.headers["Access-Control-Allow-Origin"] == PAGE
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    assert response.headers["Access-Control-Allow-Headers"] == "authorization,content-type"
    response = await served.client.options("/v1/audio/speech", headers={"Origin": "https://evil.example", **asked})
    assert response.status == 403


async def test_every_response_carries_the_security_headers_and_a_request_id(serve: Any) -> None:
    served = await serve()
    ids = set()
    for method, path in (
        ("GET", "/"),
        ("GET", "/nothing"),
        ("PUT", "/v1/models"),
        ("GET", "/healthz"),
        ("POST", "/v1/audio/speech"),
    ):
        response = await served.client.request(method, path)
        headers = response.headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "media-src 'self' blob:" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "aiohttp" not in headers["Server"]
        ids.add(headers["X-Request-ID"])
    assert len(ids) == 5


async def test_what_aiohttp_finds_wrong_is_json_too(serve: Any) -> None:
    served = await serve()
    for method, path, status, code in (
        ("GET", "/nothing", 404, "not_found"),
        ("POST", "/nothing", 404, "not_found"),
        ("GET", "/v1/audio/speech", 405, "method_not_allowed"),
        ("DELETE", "/v1/models", 405, "method_not_allowed"),
    ):
        response = await served.client.request(method, path)
        assert (response.status, await error_of(response)) == (status, code)
        assert response.content_type == "application/json"
    assert "POST" in (await served.client.get("/v1/audio/speech")).headers["Allow"]


async def test_what_nobody_expected_is_an_internal_error_that_tells_nothing(
    serve: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(_: web.Request) -> web.Response:
        raise RuntimeError("the text somebody asked to be spoken")

    served = await serve(before=lambda app: app.router.add_get("/broken", broken))
    response = await served.client.get("/broken")
    assert response.status == 500
    text = await response.text()
    assert json.loads(text)["error"]["code"] == "internal_error"
    assert "somebody" not in text
    logged = "".join(capsys.readouterr())
    assert "RuntimeError" in logged
    assert "somebody" not in logged


async def test_what_breaks_after_a_response_has_begun_only_ends_it(serve: Any) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"begun")
        raise RuntimeError("the rest")

    served = await serve(before=lambda app: app.router.add_get("/broken", broken))
    response = await served.client.get("/broken")
    assert await response.content.readexactly(5) == b"begun"
    with pytest.raises(ClientPayloadError):
        await response.content.read()


async def test_on_loopback_no_key_is_needed_and_any_is_taken(serve: Any) -> None:
    served = await serve()
    for headers in ({}, {"Authorization": "Bearer sk-anything"}, {"Authorization": "nonsense"}):
        assert (await served.client.get("/v1/models", headers=headers)).status == 200


async def test_where_others_can_come_in_a_key_is_needed(serve: Any, tmp_path: Any) -> None:
    made = KeyStore(tmp_path / "data").add("test", datetime.now(UTC))
    served = await serve(host="0.0.0.0")
    for headers in ({}, {"Authorization": "Bearer wt_wrong"}, {"Authorization": made.presented}):
        for method, path in (("GET", "/v1/models"), ("POST", "/v1/audio/speech"), ("POST", "/api/convert")):
            response = await served.client.request(method, path, headers=headers)
            assert (response.status, await error_of(response)) == (401, "unauthorized")
            assert response.headers["WWW-Authenticate"] == "Bearer"
    right = {"Authorization": f"Bearer {made.presented}"}
    assert (await served.client.get("/v1/models", headers=right)).status == 200
    assert (await served.client.get("/healthz")).status == 200
    served.context.keys.remove(made.key.id)
    assert (await served.client.get("/v1/models", headers=right)).status == 401


async def test_keys_that_cannot_be_read_let_nobody_in_and_name_no_path(serve: Any, tmp_path: Any) -> None:
    served = await serve()
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "keys.json").write_text("{")
    response = await served.client.get("/v1/models", headers={"Authorization": "Bearer wt_x"})
    assert response.status == 500
    assert "data" not in (await response.json())["error"]["message"]


async def test_a_flood_is_refused_and_told_when_to_come_back(serve: Any) -> None:
    served = await serve(requests_per_minute=3)
    statuses = []
    for _ in range(5):
        response = await served.speak()
        statuses.append(response.status)
        await response.read()
    assert statuses == [200, 200, 200, 429, 429]
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert len(served.engine.jobs) == 3


async def test_more_streams_than_may_be_open_are_refused_at_once(serve: Any, hum_engine: Any, eventually: Any) -> None:
    engine = hum_engine(block_at_step=0)
    served = await serve(engine, max_streams=2)
    waiting = [asyncio.create_task(served.speak()) for _ in range(2)]
    await eventually(lambda: served.context.scheduler.open_streams == 2)
    response = await served.speak()
    assert (response.status, await error_of(response)) == (503, "overloaded")
    assert "Retry-After" in response.headers
    engine.let_go.set()
    for response in await asyncio.gather(*waiting):
        assert response.status == 200
        await response.read()


async def test_a_server_that_stops_takes_nothing_new_and_says_so(serve: Any) -> None:
    served = await serve()
    assert (await served.client.get("/readyz")).status == 200
    served.context.readiness.is_draining = True
    for method, path in (
        ("GET", "/readyz"),
        ("POST", "/v1/audio/speech"),
        ("POST", "/api/synthesize"),
        ("POST", "/api/convert"),
    ):
        response = await served.client.request(method, path)
        assert (response.status, await error_of(response)) == (503, "draining")
    assert (await served.client.get("/healthz")).status == 200
