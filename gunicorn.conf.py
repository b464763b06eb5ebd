"""gunicorn -c gunicorn.conf.py server.app:application serves the same as `python -m server`, with the same settings."""

from server.settings import load_settings

_settings = load_settings()

bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
worker_class = "aiohttp.GunicornUVLoopWebWorker"
# One process has a worker thread per core already. More processes each load the models, and share the cores.
workers = _settings.workers
# Long enough to load the models on a slow disk.
timeout = 120
graceful_timeout = int(_settings.drain_timeout_s) + 5
# Streams are long: a worker is never replaced after a number of requests.
max_requests = 0
# One line per stream is logged by the server itself; a URL may carry a ticket, so there is no access log.
accesslog = None
