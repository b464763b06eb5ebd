"""The example that speaks what a language model writes, against a small server that writes like one."""

import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "llm.py"
pytestmark = pytest.mark.models

ANSWER = {
    "en": ["Once", " upon", " a time,", " there was a light", "house", " keeper.", " He", " was", " not lonely", "."],
    "zh": ["从前", "，海边有", "一座", "灯塔", "。", "守", "塔人从来", "不觉得", "孤", "单。"],
}


class LanguageModel(BaseHTTPRequestHandler):
    """Answers like OpenAI's chat API with `stream: true`; the prompt says in which language."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.path == "/v1/chat/completions"
        assert body["stream"] is True
        prompt = body["messages"][0]["content"]
        self.send_response(200 if prompt in ANSWER else 404)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b": a comment, as some servers send them\n\n")
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        deltas += [{"content": token} for token in ANSWER.get(prompt, [])]
        for delta in [*deltas, {}]:
            event = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta}]}
            data = f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()
            for piece in (data[:-7], data[-7:]):  # events do not come in one piece
                self.wfile.write(piece)
                self.wfile.flush()
                time.sleep(0.005)
        self.wfile.write(b'data: {"object": "chat.completion.chunk", "choices": [], "usage": {}}\n\ndata: [DONE]\n\n')

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def model_url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), LanguageModel) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join()


def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, str(EXAMPLE), *arguments], capture_output=True, timeout=120, check=False)


def whole(url: str, text: str, voice: str) -> bytes:
    body = json.dumps({"input": text, "voice": voice, "response_format": "pcm"}).encode()
    with urllib.request.urlopen(f"{url}/v1/audio/speech", body, timeout=60) as response:
        sound: bytes = response.read()
        return sound


@pytest.mark.parametrize(("language", "voice"), [("en", "heart"), ("zh", "zf_xiaoxiao")])
def test_what_a_language_model_writes_is_spoken_as_the_whole_of_it_would_be(
    live_server: str, model_url: str, language: str, voice: str
) -> None:
    result = run(language, "-", "--llm", model_url, "--url", live_server, "--language", language)
    text = "".join(ANSWER[language])
    assert result.returncode == 0, result.stderr
    assert result.stderr.decode() == text
    assert result.stdout == whole(live_server, text, voice)


def test_it_saves_the_format_of_the_files_ending(live_server: str, model_url: str, tmp_path: Path) -> None:
    target = tmp_path / "story.flac"
    result = run("en", str(target), "--llm", model_url, "--url", live_server, "--voice", "am_michael")
    assert result.returncode == 0, result.stderr
    assert target.read_bytes()[:4] == b"fLaC"


def test_it_says_what_was_wrong(live_server: str, model_url: str, tmp_path: Path) -> None:
    target = tmp_path / "story.ogg"
    for arguments, said in ((("en", str(target)), b"response_format"), (("fr", str(target)[:-3] + "mp3"), b"404")):
        result = run(*arguments, "--llm", model_url, "--url", live_server)
        assert result.returncode == 1
        assert said in result.stderr
    assert list(tmp_path.iterdir()) == []
