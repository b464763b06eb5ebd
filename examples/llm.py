"""Hear a language model while it writes: python examples/llm.py "Tell me a story." story.mp3 --llm URL --model NAME.

Any server with OpenAI's chat API will do; without --llm it is Ollama on this machine. The file's ending is the format;
`-` pipes raw s16le, 24 kHz, mono: ... - | aplay -f S16_LE -r 24000. Keys go in $LLM_API_KEY and $API_KEY.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator

import aiohttp  # comes with python-socketio[asyncio_client]


async def tokens(http: aiohttp.ClientSession, asked: argparse.Namespace) -> AsyncIterator[str]:
    """What the model writes, as it writes it."""
    body = {"model": asked.model, "stream": True, "messages": [{"role": "user", "content": asked.prompt}]}
    async with http.post(f"{asked.llm}/chat/completions", json=body, headers=key("LLM_API_KEY")) as answer:
        if answer.status != 200:
            sys.exit(f"The language model answered {answer.status}: {await answer.text()}")
        async for line in answer.content:  # server-sent events: `data: {...}`, and `data: [DONE]` at the end
            if line.startswith(b"data: {"):
                choices = json.loads(line[5:]).get("choices")
                yield choices[0]["delta"].get("content") or "" if choices else ""


async def lines(written: AsyncIterator[str]) -> AsyncIterator[bytes]:
    async for text in written:
        if text:
            print(text, end="", flush=True, file=sys.stderr)
            yield json.dumps({"text": text}).encode() + b"\n"


def key(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {os.environ[name]}"} if name in os.environ else {}


async def main(asked: argparse.Namespace) -> None:
    options = {"response_format": "pcm" if asked.file == "-" else asked.file.rpartition(".")[2], "voice": asked.voice}
    if asked.language:
        options["language"] = asked.language
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as http:
        body = lines(tokens(http, asked))
        url = f"{asked.url}/v1/audio/speech/stream"
        async with http.post(url, params=options, data=body, headers=key("API_KEY")) as sound:
            if sound.status != 200:
                sys.exit((await sound.json())["error"]["message"])
            with sys.stdout.buffer if asked.file == "-" else open(asked.file, "wb") as file:  # noqa: ASYNC230 - a file of this machine
                async for piece in sound.content.iter_any():
                    file.write(piece)
                    file.flush()


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("prompt")
parser.add_argument("file")
parser.add_argument("--llm", default="http://127.0.0.1:11434/v1")
parser.add_argument("--model", default="llama3.2")
parser.add_argument("--voice", default="default")
parser.add_argument("--language", help="en or zh; en takes the fast English voice")
parser.add_argument("--url", default="http://127.0.0.1:8000", help="of the Wildtrack server")
asyncio.run(main(parser.parse_args()))
