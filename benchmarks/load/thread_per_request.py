"""What is compared with: a server as most are. A thread for each request, whole sentences, nobody refused.

It has our own models, phonemes and kernels, so that nothing differs but the serving: `POST /v1/audio/speech`, raw PCM.
"""

import asyncio
import json
import re
import sys
import threading
from typing import Any

import uvloop
from aiohttp import web

from server.audio.pcm import to_s16le
from server.engines.base import SpeechRequest
from server.engines.tts.speech import SpeechEngine
from server.loading import load_speech
from server.settings import load_settings

_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s+")


class ThreadPerRequest:
    """Makes each sentence whole and sends it, as fast as it can."""

    def __init__(self, engine: SpeechEngine) -> None:
        self._engine = engine

    async def speech(self, request: web.Request) -> web.StreamResponse:
        """Answer with PCM, sentence by sentence."""
        body = json.loads(await request.read())
        loop, sentences = asyncio.get_running_loop(), asyncio.Queue[bytes | None]()

        def speak() -> None:
            for sentence in _SENTENCE_END.split(body["input"]):
                sound = self._whole(sentence, body["voice"])
                loop.call_soon_threadsafe(sentences.put_nowait, sound)
            loop.call_soon_threadsafe(sentences.put_nowait, None)

        threading.Thread(target=speak, daemon=True).start()
        response = web.StreamResponse()
        await response.prepare(request)
        while (sound := await sentences.get()) is not None:
            await response.write(sound)
        return response

    def _whole(self, sentence: str, voice: str) -> bytes:
        job = self._engine.open(SpeechRequest(text=sentence, voice_id=voice))
        sound = []
        while True:
            chunk = self._engine.step(job)
            if chunk is None:
                continue
            sound.append(to_s16le(chunk.samples))
            if chunk.is_last:
                return b"".join(sound)


async def _ready(_: web.Request) -> web.Response:
    return web.Response(text="ready")


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    server: Any = ThreadPerRequest(load_speech(load_settings()).engine)
    app = web.Application()
    app.add_routes([web.post("/v1/audio/speech", server.speech), web.get("/readyz", _ready)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
