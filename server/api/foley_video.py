"""GET .../video: the video with its new sound, put together when it is asked for and kept nowhere."""

import asyncio
import os
import secrets
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import BinaryIO, Final

from aiohttp import web

from server.api.context import CONTEXT
from server.api.departure import while_connected
from server.api.foley_access import foley_of, reader, task_in
from server.api.followers import FOLLOWERS
from server.api.response_body import ResponseBody
from server.errors import FoleyUnavailableError, OverloadedError, TaskNotReadyError
from server.tasks.state import Entry
from server.video.limits import VideoLimits
from server.video.mux import VideoWithSound, add_sound

MAX_VIDEOS: Final = 2
"""Put together at once in this process: each takes a child process, and the disk."""
VIDEOS: web.AppKey[asyncio.Semaphore] = web.AppKey("foley_videos", asyncio.Semaphore)
_SECOND_ENTRIES: Final = 10
_PIECE_TIMEOUT_S: Final = 60.0
_READ_BYTES: Final = 256 * 1024


async def foley_video(request: web.Request) -> web.StreamResponse:
    """The picture as it was, the sound as it was made."""
    context = request.app[CONTEXT]
    begun_s = context.scheduler.clock()
    foley, task_id, credential = foley_of(request), task_in(request), reader(request)
    task = await foley.tasks.status(task_id, credential)
    if task.error is not None:
        raise task.error
    if task.state != "completed":
        raise TaskNotReadyError("The sound is not whole yet; the video can be had then.", retry_after_s=2.0)
    videos = request.app[VIDEOS]
    if videos.locked():
        raise OverloadedError("As many videos are being put together as may be; try again soon.", retry_after_s=5.0)
    with request.app[FOLLOWERS].following():
        async with videos, while_connected(request):
            async with aclosing(foley.tasks.watch(task_id, credential)) as entries:
                file, made = await _put_together(foley.uploads.path(task.source), entries, foley.video_limits)
            with file:
                length = os.fstat(file.fileno()).st_size
                headers = {"Content-Type": made.content_type, "Content-Length": str(length)}
                body = ResponseBody(request, context, headers, begun_s)
                if request.method == "HEAD":
                    return web.Response(headers=body.response.headers)
                while data := await asyncio.to_thread(file.read, _READ_BYTES):
                    await body.write(data)
                await body.end()
    return body.response


async def _put_together(
    source: Path, entries: AsyncGenerator[Entry, None], limits: VideoLimits
) -> tuple[BinaryIO, VideoWithSound]:
    """The file, open and without a name: when it is closed, nothing is left of it."""
    loop, gone = asyncio.get_running_loop(), threading.Event()
    target = source.with_name(f".{secrets.token_hex(16)}.video")

    async def next_second() -> bytes:
        chunks = []
        async for entry in entries:
            if entry.pcm is not None:
                chunks.append(entry.pcm)
                if len(chunks) == _SECOND_ENTRIES:
                    break
        return b"".join(chunks)

    def sound() -> Iterator[bytes]:
        while data := asyncio.run_coroutine_threadsafe(next_second(), loop).result(_PIECE_TIMEOUT_S):
            yield data

    def work() -> tuple[BinaryIO, VideoWithSound]:
        try:
            made = add_sound(source, sound(), target, limits, cancelled=gone.is_set)
            return open(target, "rb"), made
        finally:
            target.unlink(missing_ok=True)

    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        gone.set()
        done, _ = await asyncio.wait([working])
        for each in done:
            if each.exception() is None:
                each.result()[0].close()
        raise
    except OSError:
        raise FoleyUnavailableError("The video is not there any more; send it again.") from None
