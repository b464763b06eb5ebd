"""The store of our own: started, used, killed, started again, full, damaged, and gone with its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from redis.exceptions import OutOfMemoryError

from server.errors import FoleyUnavailableError
from server.settings import Settings
from server.stores.child import start_child
from server.stores.client import connect, connect_blocking, store_errors, store_url
from server.stores.embedded import EmbeddedStore, socket_path

ROOT = Path(__file__).resolve().parents[2]


def url_of(folder: Path) -> str:
    return f"unix://{socket_path(folder)}"


def wait_until_gone(process_id: int) -> None:
    give_up_at_s = time.monotonic() + 10
    while Path(f"/proc/{process_id}").exists() or _is_alive(process_id):
        assert time.monotonic() < give_up_at_s, "it is still there"
        time.sleep(0.01)


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def test_what_was_kept_is_there_after_the_server_was_killed_and_started_again(
    embedded: EmbeddedStore, tmp_path: Path
) -> None:
    with connect_blocking(url_of(tmp_path / "store"), retries=10) as client:
        client.set("kept", b"yes")
        assert embedded.child is not None
        embedded.child.kill()
        embedded.child.wait()
        embedded.start()
        assert client.get("kept") == b"yes"  # the client waits while it starts


def test_a_folder_serves_one_server_at_a_time(embedded: EmbeddedStore, tmp_path: Path) -> None:
    second = EmbeddedStore(tmp_path / "store", 32 * 2**20)
    assert not second.lock()
    embedded.stop()
    assert second.lock()
    second.start()
    assert second.wait_until_ready()  # and a socket that was left there does no harm
    second.stop()


def test_only_its_owner_may_enter(embedded: EmbeddedStore, tmp_path: Path) -> None:
    assert (tmp_path / "store").stat().st_mode & 0o777 == 0o700
    assert socket_path(tmp_path / "store").stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("embedded")
def test_a_full_store_says_so_and_forgets_nothing(tmp_path: Path) -> None:
    with connect_blocking(url_of(tmp_path / "store"), retries=1) as client:

        def fill() -> None:  # what comes when it is full is refused, not what fills it
            for _ in range(128):
                client.rpush("more", bytes(2**19))

        client.set("first", b"1")
        with pytest.raises(OutOfMemoryError):
            fill()
        assert client.get("first") == b"1"


def test_damaged_files_are_set_aside(embedded: EmbeddedStore, tmp_path: Path) -> None:
    embedded.stop()
    (manifest,) = (tmp_path / "store" / "appendonlydir").glob("*.manifest")
    manifest.write_text("nonsense\n")
    assert embedded.lock()
    embedded.start()
    assert not embedded.wait_until_ready()
    for _ in range(2):  # also where there is an older damaged one
        embedded.set_aside()
        embedded.start()
        assert embedded.wait_until_ready()
        embedded.stop()
        assert embedded.lock()


def test_a_store_dies_with_its_parent_even_when_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from server.stores.embedded import EmbeddedStore\n"
        "store = EmbeddedStore(Path(sys.argv[1]), 2**25); store.lock(); store.start(); store.wait_until_ready()\n"
        "print(store.child.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "store")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)
    wait_until_gone(child)


def test_a_long_path_moves_the_socket_to_a_short_one(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    assert len(os.fsencode(socket_path(folder))) <= 104
    store = EmbeddedStore(folder, 2**25)
    assert store.lock()
    store.start()
    assert store.wait_until_ready()
    store.stop()


async def test_a_store_that_is_not_there_is_one_stable_error(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "a folder, with spaces")
    async with connect(store_url(settings), retries=1) as client:
        with pytest.raises(FoleyUnavailableError), store_errors():
            await client.get("anything")


def test_a_url_that_is_set_takes_the_place_of_the_socket() -> None:
    assert store_url(Settings(store_url="redis://127.0.0.1:7000/1")) == "redis://127.0.0.1:7000/1"
    with pytest.raises(ValueError, match="redis://"):
        Settings(store_url="http://127.0.0.1")


def test_a_child_may_be_served_later_than_its_parent(tmp_path: Path) -> None:
    with open(tmp_path / "told", "wb") as told:
        child = start_child([sys.executable, "-c", "import os; print(os.nice(0))"], output=told, niceness=7)
        assert child.wait(20) == 0
    assert int((tmp_path / "told").read_text()) == min(19, os.nice(0) + 7)
