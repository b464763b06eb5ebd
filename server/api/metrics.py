"""GET /metrics: the server's numbers, for Prometheus."""

import asyncio
from typing import Final

from aiohttp import web

from server.api.context import CONTEXT, Foley
from server.errors import FoleyUnavailableError
from server.metrics import CONTENT_TYPE, render_foley
from server.streaming.pulse import look

_STORE_TIMEOUT_S: Final = 1.0


async def metrics(request: web.Request) -> web.Response:
    """Of all workers, where there are several."""
    context = request.app[CONTEXT]
    look(context.metrics, context.scheduler)
    body = await asyncio.to_thread(context.metrics.render)
    if context.foley.parts is not None:
        body += await _of_foley(context.foley.parts)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"})


async def _of_foley(foley: Foley) -> bytes:
    """Nothing where its store does not answer: speech's numbers are told all the same."""
    try:
        async with asyncio.timeout(_STORE_TIMEOUT_S):
            figures = await foley.tasks.figures()
    except (TimeoutError, FoleyUnavailableError):
        return b""
    return render_foley(
        active={"pending": figures.pending, "processing": figures.processing},
        ended=figures.ended,
        log_bytes=figures.log_bytes,
        sound_s=figures.sound_s,
        cpu_s=figures.cpu_s,
    )
