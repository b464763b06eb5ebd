"""A store of a benchmark's own in a temporary folder, with the settings that gateways and workers of it have."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.settings import Settings
from server.stores.embedded import EmbeddedStore, socket_path


@contextmanager
def own_store() -> Iterator[Settings]:
    """Start one; end it and remove all of it with the block."""
    with tempfile.TemporaryDirectory(prefix="wildtrack-bench-") as name:
        folder = Path(name)
        store = EmbeddedStore(folder / "store", 384 * 2**20)
        store.lock()
        store.start()
        try:
            if not store.wait_until_ready():
                raise SystemExit("The store does not start: run `python -m server doctor`.")
            (folder / "foley" / "uploads").mkdir(parents=True)
            yield Settings(
                store_url=f"unix://{socket_path(folder / 'store')}",
                data_dir=folder,
                foley_max_waiting=1000,
                foley_worker_wait_s=300,
            )
        finally:
            store.stop()


def environment_of(settings: Settings) -> dict[str, str]:
    """For a server of the same store."""
    return {
        "WILDTRACK_STORE_URL": settings.store_url,
        "WILDTRACK_DATA_DIR": str(settings.data_dir),
        "WILDTRACK_FOLEY_MAX_WAITING": str(settings.foley_max_waiting),
        "WILDTRACK_LOG_LEVEL": "warning",
    }
