"""GET /healthz and GET /readyz: whether the process runs, and whether it takes work."""

from aiohttp import web

from server.api.access import check_ready
from server.api.context import CONTEXT
from server.protocol.http import Health


async def healthz(_: web.Request) -> web.Response:
    """200 for as long as the event loop turns."""
    return web.json_response(text=Health(status="ok").model_dump_json())


async def readyz(request: web.Request) -> web.Response:
    """200 while new work is taken, 503 while the server is stopping."""
    check_ready(request.app[CONTEXT])
    return web.json_response(text=Health(status="ready").model_dump_json())
