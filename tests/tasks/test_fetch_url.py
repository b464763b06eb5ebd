"""A URL is fetched as far as it may be, and no further. All of it happens on 127.0.0.0/8 and [::1]."""

import asyncio
import contextlib
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from server.errors import UrlFailedError, UrlRefusedError, VideoTooLargeError, WildtrackError
from server.tasks.addresses import is_allowed
from server.tasks.fetch import FetchPolicy, check_url, fetched

OPEN = FetchPolicy(max_bytes=100_000, timeout_s=5.0, private=True, ports=None)
CLOSED = FetchPolicy(max_bytes=100_000, timeout_s=5.0, ports=None)

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Site:
    """A server on loopback that counts who comes."""

    def __init__(self) -> None:
        self.n_connections = 0
        self.requests: list[bytes] = []
        self.port = 0


@contextlib.asynccontextmanager
async def site(answer: Answer | bytes, host: str = "127.0.0.1") -> AsyncIterator[Site]:
    found = Site()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.n_connections += 1
        try:
            found.requests.append(await reader.readuntil(b"\r\n\r\n"))
            if isinstance(answer, bytes):
                writer.write(answer)
            else:
                await answer(writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(serve, host, 0)
    found.port = server.sockets[0].getsockname()[1]
    async with server:
        yield found


def ok(body: bytes, *headers: str) -> bytes:
    head = "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers])
    return head.encode() + b"\r\n\r\n" + body


def redirect(where: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} There\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode()


async def fetch(url: str, policy: FetchPolicy = OPEN) -> bytes:
    async with contextlib.aclosing(fetched(url, policy)) as blocks:
        return b"".join([block async for block in blocks])


async def fail(url: str, kind: type[WildtrackError], policy: FetchPolicy = OPEN) -> str:
    with pytest.raises(kind) as caught:
        await fetch(url, policy)
    assert "127.0.0" not in caught.value.message
    return caught.value.message


async def test_what_is_there_is_fetched_as_it_is() -> None:
    body = bytes(range(256)) * 300
    async with site(ok(body, "Set-Cookie: a=b")) as found:
        assert await fetch(f"http://127.0.0.1:{found.port}/a.mp4?b=c") == body
    assert found.requests[0].startswith(b"GET /a.mp4?b=c HTTP/1.1\r\n")
    assert b"Accept-Encoding: identity" in found.requests[0]


async def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with site(ok(b"proxy")) as proxy, site(ok(b"video")) as found:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert await fetch(f"http://127.0.0.1:{found.port}/") == b"video"
    assert proxy.n_connections == 0


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "１２７.０.０.１",
        "localhost",
        "LOCALHOST",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
    ],
)
async def test_no_spelling_of_this_machine_is_connected_to(host: str) -> None:
    async with site(ok(b"secret")) as found:
        with pytest.raises((UrlRefusedError, UrlFailedError)):
            await fetch(f"http://{host}:{found.port}/", CLOSED)
    assert found.n_connections == 0


@pytest.mark.parametrize("host", ["[::1]", "[0:0:0:0:0:0:0:1]", "localhost"])
async def test_nor_its_ipv6_address(host: str) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    async with site(ok(b"secret"), "::1") as found:
        await fail(f"http://{host}:{found.port}/", UrlRefusedError, CLOSED)
        assert found.n_connections == 0
        assert await fetch(f"http://[::1]:{found.port}/") == b"secret"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.mp4",
        "//127.0.0.1/a.mp4",
        "file:///etc/passwd",
        "ftp://127.0.0.1/a.mp4",
        "gopher://127.0.0.1/",
        "javascript:alert(1)",
        "http://",
        "http:///a.mp4",
        "http://user@127.0.0.1/",
        "http://user:word@127.0.0.1/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1/a\r\nHost: b",
        "http://127.0.0.1/\x00",
        "http://[::1/",
        "http://127.0.0.1/" + "a" * 3000,
    ],
)
def test_a_url_that_is_none_is_refused_before_anybody_is_asked(url: str) -> None:
    with pytest.raises(UrlRefusedError):
        check_url(url, OPEN)


@pytest.mark.parametrize("port", [22, 25, 6379, 8000])
def test_ports_that_are_not_the_webs_are_refused(port: int) -> None:
    with pytest.raises(UrlRefusedError):
        check_url(f"http://127.0.0.1:{port}/", FetchPolicy(max_bytes=1))
    for url in ("http://127.0.0.1/", "https://127.0.0.1/", "http://127.0.0.1:443/"):
        check_url(url, FetchPolicy(max_bytes=1))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed(status: int) -> None:
    async with site(ok(b"video")) as last, site(redirect(f"http://127.0.0.1:{last.port}/b", status)) as first:
        assert await fetch(f"http://127.0.0.1:{first.port}/a") == b"video"


async def test_relative_redirects_are_followed_three_times_and_no_more() -> None:
    async with site(redirect("b")) as found:
        await fail(f"http://127.0.0.1:{found.port}/a", UrlRefusedError)
    assert found.n_connections == 4
    assert found.requests[1].startswith(b"GET /b ")


@pytest.mark.parametrize("where", ["file:///etc/passwd", "ftp://127.0.0.1/", "http://a:b@127.0.0.1/"])
async def test_redirects_are_held_to_the_same_rules(where: str) -> None:
    async with site(redirect(where)) as found:
        await fail(f"http://127.0.0.1:{found.port}/a", UrlRefusedError)


async def test_a_redirect_into_a_forbidden_network_is_not_followed() -> None:
    def only_one(address: str, *, private: bool) -> bool:
        return address == "127.0.0.1" and is_allowed(address, private=private)

    policy = FetchPolicy(max_bytes=1000, private=True, ports=None, is_allowed_address=only_one)
    async with site(ok(b"secret"), "127.0.0.2") as inside:
        for host in ("127.0.0.2", "127.2", "[::ffff:127.0.0.2]"):
            async with site(redirect(f"http://{host}:{inside.port}/")) as found:
                with pytest.raises((UrlRefusedError, UrlFailedError)):
                    await fetch(f"http://127.0.0.1:{found.port}/", policy)
                assert found.n_connections == 1
        assert inside.n_connections == 0


@pytest.mark.parametrize("status", ["204 None", "206 Part", "401 Who", "404 Gone", "500 Broken"])
async def test_any_other_answer_is_a_failure(status: str) -> None:
    async with site(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()) as found:
        assert status[:3] in await fail(f"http://127.0.0.1:{found.port}/", UrlFailedError)


async def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    async with site(b"HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n") as found:
        await fail(f"http://127.0.0.1:{found.port}/", VideoTooLargeError)


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 4096)
        await writer.drain()


async def test_an_endless_body_is_cut_off_at_the_cap() -> None:
    async with site(endless) as found:
        await fail(f"http://127.0.0.1:{found.port}/", VideoTooLargeError)


async def test_a_drip_is_given_up_after_the_time_for_all_of_it() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with site(drip) as found:
        policy = FetchPolicy(max_bytes=1000_000, timeout_s=0.3, private=True, ports=None)
        await fail(f"http://127.0.0.1:{found.port}/", UrlFailedError, policy)


async def test_headers_that_never_end_are_given_up() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-A: b\r\n" * 100)
            await writer.drain()
            await asyncio.sleep(0.001)

    async with site(drip) as found:
        policy = FetchPolicy(max_bytes=1000_000, timeout_s=0.5, private=True, ports=None)
        await fail(f"http://127.0.0.1:{found.port}/", UrlFailedError, policy)


async def test_the_time_does_not_run_while_the_taker_is_busy() -> None:
    async with site(ok(b"video")) as found:
        policy = FetchPolicy(max_bytes=1000, timeout_s=0.2, private=True, ports=None)
        blocks = []
        async with contextlib.aclosing(fetched(f"http://127.0.0.1:{found.port}/", policy)) as body:
            async for block in body:
                blocks.append(block)
                await asyncio.sleep(0.3)
    assert blocks == [b"video"]


async def test_a_body_that_breaks_off_is_a_failure() -> None:
    async with site(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf") as found:
        await fail(f"http://127.0.0.1:{found.port}/", UrlFailedError)


async def test_a_body_longer_than_it_says_is_not_taken_whole() -> None:
    async with site(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhalf and more") as found:
        body = b"half"
        with contextlib.suppress(UrlFailedError):
            body = await fetch(f"http://127.0.0.1:{found.port}/")
    assert body == b"half"


@pytest.mark.parametrize("value", ["-1", "1e3", "4, 5"])
async def test_a_length_that_is_none_is_a_failure(value: str) -> None:
    async with site(f"HTTP/1.1 200 OK\r\nContent-Length: {value}\r\n\r\nhalf".encode()) as found:
        await fail(f"http://127.0.0.1:{found.port}/", UrlFailedError)


@pytest.mark.parametrize("answer", [b"", b"\x00\x01\x02\r\n\r\n", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 9999 X\r\n\r\n"])
async def test_who_speaks_no_http_is_a_failure(answer: bytes) -> None:
    async with site(answer) as found:
        await fail(f"http://127.0.0.1:{found.port}/", UrlFailedError)


async def test_what_is_packed_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(10_000_000))
    assert len(bomb) < OPEN.max_bytes
    async with site(ok(bomb, "Content-Encoding: gzip")) as found:
        await fail(f"http://127.0.0.1:{found.port}/", UrlFailedError)


async def test_nobody_at_home_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    await fail(f"http://127.0.0.1:{port}/", UrlFailedError)


async def test_a_fetch_that_is_cancelled_lets_go_of_its_connection() -> None:
    gone = asyncio.Event()

    async def wait(writer: asyncio.StreamWriter) -> None:
        try:
            await endless(writer)
        finally:
            gone.set()

    async with site(wait) as found:
        policy = FetchPolicy(max_bytes=2**40, private=True, ports=None)
        task = asyncio.create_task(fetch(f"http://127.0.0.1:{found.port}/", policy))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(gone.wait(), 5)
