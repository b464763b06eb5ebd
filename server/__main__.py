"""`python -m server`: serve, look after API keys, or find out what is wrong."""

import argparse
import asyncio
import contextlib
import errno
import os
import signal
import sys
from collections.abc import Sequence

from aiohttp import web

from server.api.context import CONTEXT
from server.api.keys import KeyStore, require_safe_binding
from server.api.keys_cli import run_keys_command
from server.app import create_app
from server.doctor import run_doctor
from server.errors import ConfigurationError, WildtrackError
from server.foley import fetch_of, load_work
from server.loading import load_speech
from server.logs import configure_logging
from server.settings import Settings, load_settings
from server.tasks.keeper import NICENESS, Keeper
from server.tasks.wiring import open_worker

KEEPALIVE_S = 75.0
"""How long a connection may be idle between two requests; aiohttp's own default is an hour."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and give its exit status: 0 well, 1 with one sentence on stderr, 2 for wrong usage."""
    parser = argparse.ArgumentParser(
        prog="python -m server", description="Wildtrack: speech you hear while it is made."
    )
    parser.add_argument("--host", help="address to listen on (WILDTRACK_HOST)")
    parser.add_argument("--role", choices=("all", "gateway", "worker"), help="what this process does (WILDTRACK_ROLE)")
    parser.add_argument("--port", type=int, help="port to listen on (WILDTRACK_PORT)")
    commands = parser.add_subparsers(dest="command", metavar="{serve,doctor,keys}")
    commands.add_parser("serve", help="serve the page and the APIs (what is done without a command)")
    commands.add_parser("doctor", help="say in plain words what is wrong")
    keys = commands.add_parser("keys", help="add, list or remove API keys")
    keys.add_argument("arguments", nargs=argparse.REMAINDER, help="add LABEL | list | remove ID")
    arguments = parser.parse_args(argv)
    overrides = {name: value for name in ("host", "port", "role") if (value := getattr(arguments, name)) is not None}
    try:
        settings = load_settings(**overrides)
        if arguments.command == "doctor":
            return run_doctor(settings)
        if arguments.command == "keys":
            return run_keys_command(arguments.arguments, settings)
        configure_logging(settings.log_level)
        with contextlib.suppress(KeyboardInterrupt):
            _run(settings)
    except WildtrackError as error:
        print(error.message, file=sys.stderr)
        return 1
    return 0


def _run(settings: Settings) -> None:
    main = _work if settings.role == "worker" else _serve
    try:
        import uvloop
    except ImportError:  # not built for this system
        asyncio.run(main(settings))
    else:
        uvloop.run(main(settings))


async def _work(settings: Settings) -> None:
    """Make sound for videos until SIGTERM or SIGINT. What is in hand then is left for another worker."""
    os.nice(max(0, NICENESS - os.nice(0)))  # unless it was begun so
    work = await asyncio.to_thread(load_work, settings)
    async with open_worker(settings, work, fetch_of(settings)) as worker:
        working = asyncio.create_task(worker.run())

        def stop() -> None:
            worker.stop()
            working.cancel()

        for each in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(each, stop)
        with contextlib.suppress(asyncio.CancelledError):
            await working


async def _serve(settings: Settings) -> None:
    """Serve until SIGINT (Ctrl-C), which ends all at once, or SIGTERM, after which running streams may finish."""
    require_safe_binding(settings, KeyStore(settings.data_dir))  # before the models, which take seconds
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    speech = await asyncio.to_thread(load_speech, settings)
    app = create_app(settings, speech)
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=KEEPALIVE_S)

    def stop_at_once() -> None:
        app[CONTEXT].readiness.lets_streams_finish = False
        stop.set()

    loop.add_signal_handler(signal.SIGINT, stop_at_once)
    await runner.setup()
    site = web.TCPSite(runner, settings.host, settings.port)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        raise ConfigurationError(_why_not_listening(settings, error)) from None
    keeping = asyncio.create_task(Keeper(settings).run(), name="keeper") if settings.foley else None
    host, port = runner.addresses[0][:2]
    shown = f"[{host}]" if ":" in host else host
    print(f"Wildtrack is ready: http://{shown}:{port}", flush=True)
    await stop.wait()
    print("Stopping.", flush=True)
    await runner.cleanup()
    if keeping is not None:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


def _why_not_listening(settings: Settings, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {settings.port} is taken by another program; choose another: make run PORT={settings.port + 1}"
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {settings.port}; choose one above 1023."
    return f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}."


if __name__ == "__main__":
    sys.exit(main())
