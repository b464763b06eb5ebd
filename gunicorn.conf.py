"""gunicorn -c gunicorn.conf.py server.app:application serves the same as `python -m server`, with the same settings."""

import os
import shutil
import subprocess
import sys
import tempfile
from typing import Any

from server.settings import load_settings
from server.stores.child import start_child, stop_child

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


_children: "list[subprocess.Popen[bytes]]" = []


def on_starting(_: Any) -> None:
    """Start what makes sound for videos: it hangs on this process, the master, and on no worker of gunicorn's."""
    if _settings.foley:
        _children.append(start_child([sys.executable, "-m", "server.tasks.keeper"]))


def child_exit(_: Any, worker: Any) -> None:
    """What a worker was doing is no more; what it has done still counts."""
    if workers > 1:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)


def on_exit(_: Any) -> None:
    """Remove the workers' numbers, and end what makes sound for videos."""
    for child in _children:
        stop_child(child)
    if _metrics_dir is not None:
        shutil.rmtree(_metrics_dir, ignore_errors=True)
