"""gunicorn -c gunicorn.conf.py server.app:application serves the same as `python -m server`, with the same settings."""

import os
import shutil
import tempfile
from typing import Any

from server.settings import load_settings

_settings = load_settings()

bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
worker_class = "aiohttp.GunicornUVLoopWebWorker"
# One process has a worker thread per core already. More processes each load the models, and share the cores.
workers = _settings.workers
_metrics_dir = None
if workers > 1 and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    # Where prometheus-client keeps the numbers of all workers: any of them answers for all (docs/metrics.md).
    _metrics_dir = os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="wildtrack-metrics-")
# Long enough to load the models on a slow disk.
timeout = 120
graceful_timeout = int(_settings.drain_timeout_s) + 5
# Streams are long: a worker is never replaced after a number of requests.
max_requests = 0
# One line per stream is logged by the server itself; a URL may carry a ticket, so there is no access log.
accesslog = None


def child_exit(_: Any, worker: Any) -> None:
    """What a worker was doing is no more; what it has done still counts."""
    if workers > 1:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)


def on_exit(_: Any) -> None:
    """Remove the workers' numbers."""
    if _metrics_dir is not None:
        shutil.rmtree(_metrics_dir, ignore_errors=True)
