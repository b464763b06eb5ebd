"""Our server as it runs, with one thing more: on SIGTERM it leaves behind how late its event loop was, in a file."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import uvloop
from aiohttp import web

from benchmarks.load.lag import Lags, sample_lags
from server.app import create_app
from server.loading import load_speech
from server.logs import configure_logging
from server.settings import load_settings


async def serve(port: int, lags_file: Path) -> None:
    """Serve until SIGTERM."""
    settings = load_settings(port=port)
    configure_logging(settings.log_level)
    runner = web.AppRunner(create_app(settings, load_speech(settings)), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, settings.host, settings.port).start()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    lags: Lags = []
    sampling = asyncio.create_task(sample_lags(lags))
    await stop.wait()
    sampling.cancel()
    await runner.cleanup()
    await asyncio.to_thread(lags_file.write_text, json.dumps(lags))


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
