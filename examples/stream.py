"""Save speech while it is being made: python examples/stream.py "Hello." hello.wav [URL [KEY]]; - pipes raw s16le."""

import asyncio
import sys
import wave
from typing import Any, BinaryIO

import socketio  # pip install "python-socketio[asyncio_client]"


async def speak(text: str, target: str, url: str = "http://127.0.0.1:8000", api_key: str = "") -> None:
    client = socketio.AsyncClient()
    opened: asyncio.Future[wave.Wave_write | BinaryIO] = asyncio.get_running_loop().create_future()
    ended: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    async def on_audio(message: dict[str, Any]) -> None:  # its return acknowledges: the server sends on
        file = await opened
        (file.writeframesraw if isinstance(file, wave.Wave_write) else file.write)(message["pcm"])

    client.on("audio_chunk", on_audio)
    client.on("done", ended.set_result)
    client.on("error", ended.set_result)
    await client.connect(url, transports=["websocket"], auth={"api_key": api_key} if api_key else None)
    answer = await client.call("synthesize", {"text": text})
    if "error" in answer:
        await client.disconnect()
        sys.exit(answer["error"]["message"])
    with sys.stdout.buffer if target == "-" else wave.open(target, "wb") as file:
        if isinstance(file, wave.Wave_write):
            file.setparams((answer["channels"], 2, answer["sample_rate_hz"], 0, "NONE", ""))
        opened.set_result(file)
        end = await ended
    await client.disconnect()
    sys.exit(end.get("message"))


asyncio.run(speak(*sys.argv[1:]))
