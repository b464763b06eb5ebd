"""A video is stored whole and privately, or not at all."""

import asyncio
import hashlib
import os
import stat
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.errors import StorageFullError, VideoTooLargeError
from server.tasks.uploads import Uploads

BODY = bytes(range(256)) * 20_000


def uploads(folder: Path, *, max_bytes: int = 10**7, max_folder_bytes: int = 10**8) -> Uploads:
    return Uploads(folder / "uploads", max_bytes=max_bytes, max_folder_bytes=max_folder_bytes, min_free_bytes=0)


async def pieces(body: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    for at in range(0, len(body), size):
        await asyncio.sleep(0)
        yield body[at : at + size]


async def test_what_comes_is_kept_with_its_digest(tmp_path: Path) -> None:
    store = uploads(tmp_path)
    stored = await store.receive(pieces(BODY))
    assert store.path(stored.name).read_bytes() == BODY
    assert stored.digest == hashlib.sha256(BODY).hexdigest()
    assert stored.n_bytes == len(BODY)
    assert os.listdir(store.folder) == [stored.name]


async def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    store = uploads(tmp_path)
    with store.begin() as incoming:
        modes = {stat.S_IMODE(path.stat().st_mode) for path in store.folder.iterdir()}
        incoming.write(b"video")
        stored = incoming.finish()
    assert modes == {0o600}
    assert stat.S_IMODE(store.path(stored.name).stat().st_mode) == 0o600
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700


async def test_two_videos_never_share_a_name(tmp_path: Path) -> None:
    store = uploads(tmp_path)
    both = await asyncio.gather(store.receive(pieces(b"same")), store.receive(pieces(b"same")))
    assert both[0].digest == both[1].digest
    assert both[0].name != both[1].name


async def test_more_than_allowed_leaves_nothing(tmp_path: Path) -> None:
    store = uploads(tmp_path, max_bytes=len(BODY) - 1)
    with pytest.raises(VideoTooLargeError):
        await store.receive(pieces(BODY))
    assert os.listdir(store.folder) == []


async def test_as_much_as_allowed_is_taken(tmp_path: Path) -> None:
    store = uploads(tmp_path, max_bytes=len(BODY))
    assert (await store.receive(pieces(BODY))).n_bytes == len(BODY)


async def test_a_full_folder_takes_no_more(tmp_path: Path) -> None:
    store = uploads(tmp_path, max_folder_bytes=len(BODY))
    await store.receive(pieces(BODY))
    with pytest.raises(StorageFullError):
        await store.receive(pieces(b"one more"))
    assert len(os.listdir(store.folder)) == 1


async def test_a_full_disk_takes_no_more(tmp_path: Path) -> None:
    store = Uploads(tmp_path / "uploads", max_bytes=100, max_folder_bytes=100, min_free_bytes=2**62)
    with pytest.raises(StorageFullError):
        await store.receive(pieces(b"video"))
    assert os.listdir(store.folder) == []


async def test_an_upload_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield BODY
        raise ConnectionResetError

    store = uploads(tmp_path)
    with pytest.raises(ConnectionResetError):
        await store.receive(broken())
    assert os.listdir(store.folder) == []


async def test_an_upload_that_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    began = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield BODY
        began.set()
        await asyncio.sleep(60)

    store = uploads(tmp_path)
    task = asyncio.create_task(store.receive(slow()))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert os.listdir(store.folder) == []


def test_what_a_dead_process_left_is_swept_up_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    store = uploads(tmp_path)
    long_ago_s = time.time() - 3600
    with store.begin() as incoming:
        (living,) = store.folder.iterdir()
        leftover = store.folder / "0a.part"
        leftover.write_bytes(b"half")
        young = store.folder / "0b.part"
        young.write_bytes(b"half")
        whole = store.folder / "0c"
        whole.write_bytes(b"whole")
        for path in (living, leftover, whole):
            os.utime(path, (long_ago_s, long_ago_s))
        assert store.sweep() == 1
        assert {path.name for path in store.folder.iterdir()} == {living.name, "0b.part", "0c"}
        incoming.write(b"video")
        assert store.path(incoming.finish().name).read_bytes() == b"video"


def test_a_video_is_removed_once_and_twice(tmp_path: Path) -> None:
    store = uploads(tmp_path)
    with store.begin() as incoming:
        stored = incoming.finish()
    store.remove(stored.name)
    store.remove(stored.name)
    assert os.listdir(store.folder) == []


@pytest.mark.parametrize("name", ["", ".", "..", "../a", "a/b", "/etc/passwd", "a.part", "é", "a\x00"])
def test_a_name_that_leads_elsewhere_is_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        uploads(tmp_path).path(name)
