"""Save a video's sound while it is made: python examples/foley.py walk.mp4 "steps on gravel" walk.wav [URL [KEY]]."""

import asyncio
import sys
import wave
from typing import Any, BinaryIO

import aiohttp
import socketio  # pip install "python-socketio[asyncio_client]"


async def foley(video: BinaryIO, words: str, target: str, url: str = "http://127.0.0.1:8000", key: str = "") -> None:
    headers, form = {"Authorization": f"Bearer {key}"} if key else {}, {"video": video, "description": words}
    async with aiohttp.ClientSession(headers=headers) as http:
        task = await (await http.post(f"{url}/start-generation/", data=form)).json()
    if "error" in task:
        sys.exit(task["error"]["message"])
    client, ended = socketio.AsyncClient(), asyncio.get_running_loop().create_future()

    def on_timeline(part: dict[str, Any]) -> None:
        for event in part["events"]:
            print(f"{event['onset_s']:7.2f} s  {event['label']}")

    with wave.open(target, "wb") as file:
        file.setparams((2, 2, 48_000, 0, "NONE", ""))
        client.on("audio_chunk", lambda chunk: file.writeframesraw(chunk["pcm"]))  # its return acknowledges
        client.on("timeline", on_timeline)
        for event in ("done", "error"):
            client.on(event, ended.set_result)
        await client.connect(url, transports=["websocket"], auth={"api_key": key} if key else None)
        answer = await client.call("watch", {"task_id": task["task_id"], "token": task["token"]})
        end = answer.get("error") or await ended
    await client.disconnect()
    sys.exit(end.get("message"))


with open(sys.argv[1], "rb") as source:
    asyncio.run(foley(source, *sys.argv[2:]))
