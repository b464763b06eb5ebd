"""The page's files: the right types, fresh each time, and nothing that is not a file of the page."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from server.api.static import MEDIA_TYPES


@pytest.fixture
def web(tmp_path: Path) -> Path:
    root = tmp_path / "web"
    (root / "player").mkdir(parents=True)
    (root / "index.html").write_text("<!doctype html><title>Wildtrack</title>")
    (root / "wildtrack.js").write_text("export const one = 1;")
    (root / "player" / "player.js").write_text("export const two = 2;")
    for suffix in MEDIA_TYPES:
        (root / f"any{suffix}").write_text("x")
    (root / "tsconfig.json").write_text("{}")
    (root / ".hidden.js").write_text("secret")
    (root / ".git").mkdir()
    (root / ".git" / "config.js").write_text("secret")
    (tmp_path / "outside.js").write_text("secret")
    (root / "link.js").symlink_to(tmp_path / "outside.js")
    return root


async def test_the_page_is_at_the_root(serve: Any, web: Path) -> None:
    served = await serve(web_dir=web)
    response = await served.client.get("/")
    assert response.status == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Wildtrack" in await response.text()


@pytest.mark.parametrize("suffix", MEDIA_TYPES)
async def test_a_file_has_the_type_of_its_suffix(serve: Any, web: Path, suffix: str) -> None:
    served = await serve(web_dir=web)
    response = await served.client.get(f"/any{suffix}")
    assert response.status == 200
    assert response.headers["Content-Type"] == MEDIA_TYPES[suffix]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_file_is_asked_for_again_and_not_sent_again(serve: Any, web: Path) -> None:
    served = await serve(web_dir=web)
    response = await served.client.get("/player/player.js")
    assert response.headers["Cache-Control"] == "no-cache"
    etag = response.headers["ETag"]
    again = await served.client.get("/player/player.js", headers={"If-None-Match": etag})
    assert again.status == 304
    (web / "player" / "player.js").write_text("export const two = 22;")
    assert (await served.client.get("/player/player.js", headers={"If-None-Match": etag})).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/missing.js",
        "/player",
        "/player/",
        "/tsconfig.json",
        "/.hidden.js",
        "/.git/config.js",
        "/player/../../outside.js",
        "/..%2foutside.js",
        "/%2e%2e/outside.js",
        "/player/%2e%2e/%2e%2e/outside.js",
        "//outside.js",
        "/link.js",
        "/player.js%00.js",
        "/" + "x" * 5000 + ".js",
        "/C:\\outside.js",
    ],
)
async def test_nothing_else_is_served(serve: Any, web: Path, path: str) -> None:
    served = await serve(web_dir=web)
    reader, writer = await asyncio.open_connection("127.0.0.1", served.client.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    assert answer.split(b" ")[1] in (b"404", b"400")
    assert b"secret" not in answer


async def test_the_library_the_page_loads_is_served_or_missed_in_clear_words(
    serve: Any, web: Path, tmp_path: Path
) -> None:
    vendor = tmp_path / "dist"
    vendor.mkdir()
    served = await serve(web_dir=web, vendor_dir=vendor)
    path = "/vendor/socket.io.esm.min.js"
    response = await served.client.get(path)
    assert response.status == 404
    assert "npm ci" in (await response.json())["error"]["message"]
    (vendor / "socket.io.esm.min.js").write_text("export const io = 1;")
    (vendor / "other.js").write_text("secret")
    response = await served.client.get(path)
    assert response.headers["Content-Type"].startswith("text/javascript")
    assert (await served.client.get("/vendor/other.js")).status == 404


async def test_modules_may_be_imported_by_pages_that_are_set(serve: Any, web: Path) -> None:
    served = await serve(web_dir=web, cors_origins=("https://page.example",))
    for path in ("/wildtrack.js", "/player/player.js"):
        response = await served.client.get(path, headers={"Origin": "https://page.example"})
        assert response.headers["Access-Control-Allow-Origin"] == "https://page.example"
        response = await served.client.get(path, headers={"Origin": "https://evil.example"})
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_a_file_is_only_read(serve: Any, web: Path) -> None:
    served = await serve(web_dir=web)
    assert (await served.client.post("/wildtrack.js")).status == 405
    assert (await served.client.head("/wildtrack.js")).status == 200
