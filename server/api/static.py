"""Serves the page and its modules: the files read are the files served."""

import asyncio
from pathlib import Path
from types import MappingProxyType

from aiohttp import web

from server.api.context import CONTEXT
from server.errors import NotFoundError

MEDIA_TYPES = MappingProxyType(
    {
        ".css": "text/css; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".ico": "image/x-icon",
        ".js": "text/javascript; charset=utf-8",
        ".png": "image/png",
        ".svg": "image/svg+xml",
        ".webmanifest": "application/manifest+json",
        ".woff2": "font/woff2",
    }
)
"""Nothing else is served: no sources of types, no settings of tools, no dotfiles."""

FILE_PATTERN = r"/{path:[A-Za-z0-9][\w/.-]*\.(?:" + "|".join(suffix[1:] for suffix in MEDIA_TYPES) + ")}"
"""The route of a file, so that any other path stays unknown whatever its method."""
VENDOR_FILE = "socket.io.esm.min.js"


async def index(request: web.Request) -> web.FileResponse:
    """The page."""
    return await _file(request.app[CONTEXT].settings.web_dir, "index.html")


async def page_file(request: web.Request) -> web.FileResponse:
    """One of the page's files."""
    return await _file(request.app[CONTEXT].settings.web_dir, request.match_info["path"])


async def vendor_file(request: web.Request) -> web.FileResponse:
    """The one library that the page loads."""
    folder = request.app[CONTEXT].settings.vendor_dir
    try:
        return await _file(folder, VENDOR_FILE)
    except NotFoundError:
        message = "socket.io-client is not installed: run `npm ci` in the checkout, or `make run`, which does."
        raise NotFoundError(message) from None


async def _file(root: Path, path: str) -> web.FileResponse:
    """A file below `root`.

    Raises:
        NotFoundError: when there is none, or the path leads outside by dots or links.
    """
    found = await asyncio.to_thread(_find, root, path)
    if found is None:
        raise NotFoundError("There is no such file.")
    # The browser asks each time, and the ETag answers: a new version is never mixed with an old one.
    return web.FileResponse(found, headers={"Content-Type": MEDIA_TYPES[found.suffix], "Cache-Control": "no-cache"})


def _find(root: Path, path: str) -> Path | None:
    """Touches the disk: not on the event loop."""
    root = root.resolve()
    try:
        found = (root / path).resolve()
        is_ours = found.is_relative_to(root) and found.suffix in MEDIA_TYPES and found.is_file()
    except (OSError, ValueError):  # too long a name, a zero byte
        return None
    hidden = any(part.startswith(".") for part in found.relative_to(root).parts) if is_ours else True
    return None if hidden else found
