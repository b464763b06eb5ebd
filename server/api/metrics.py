"""GET /metrics: the server's numbers, for Prometheus."""

import asyncio

from aiohttp import web

from server.api.context import CONTEXT
from server.metrics import CONTENT_TYPE
from server.streaming.pulse import look


async def metrics(request: web.Request) -> web.Response:
    """Of all workers, where there are several."""
    context = request.app[CONTEXT]
    look(context.metrics, context.scheduler)
    body = await asyncio.to_thread(context.metrics.render)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"})
