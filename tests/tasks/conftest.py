"""One store for all tests of this folder, emptied for each; a gateway on it; and an upload."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redis
from toy_work import VIDEO

from server.settings import Settings
from server.stores.embedded import EmbeddedStore, socket_path
from server.tasks.service import TaskService
from server.tasks.wiring import open_tasks


@pytest.fixture(scope="session")
def session_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EmbeddedStore, str]]:
    folder = tmp_path_factory.mktemp("store")
    store = EmbeddedStore(folder, 64 * 2**20)
    assert store.lock()
    store.start()
    assert store.wait_until_ready()
    yield store, f"unix://{socket_path(folder)}"
    store.stop()


@pytest.fixture
def store_url(session_store: tuple[EmbeddedStore, str]) -> str:
    """An empty store."""
    url = session_store[1]
    with redis.Redis.from_url(url) as client:
        client.flushall()
    return url


@pytest.fixture
def settings(store_url: str, tmp_path: Path) -> Settings:
    (tmp_path / "foley" / "uploads").mkdir(parents=True)
    (tmp_path / "foley" / "uploads" / VIDEO.name).write_bytes(b"a video")
    return Settings(store_url=store_url, data_dir=tmp_path, store_bytes=64 * 2**20, foley_worker_wait_s=0)


@pytest.fixture
async def tasks(settings: Settings) -> AsyncIterator[TaskService]:
    async with open_tasks(settings) as service:
        yield service
