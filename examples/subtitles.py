"""Speak SSML into a WAV with its subtitles: python examples/subtitles.py speech.ssml speech.wav [URL [KEY]]."""

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any


def ask(url: str, api_key: str, body: dict[str, Any]) -> bytes:
    headers = {"Content-Type": "application/json"}
    if api_key:
        headers["Authorization"] = f"Bearer {api_key}"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        sys.exit(json.load(error)["error"]["message"])


def main(source: str, target: str, url: str = "http://127.0.0.1:8000", api_key: str = "") -> None:
    body = {"text": Path(source).read_text(encoding="utf-8"), "ssml": True, "emotion": "happy", "emotion_intensity": 60}
    # The same request has the same times, so one tells what is heard when in the other.
    subtitles = ask(f"{url}/v1/audio/captions", api_key, {**body, "format": "vtt"})
    Path(target).write_bytes(ask(f"{url}/api/synthesize", api_key, body))
    Path(target).with_suffix(".vtt").write_bytes(subtitles)


main(*sys.argv[1:])
