"""The stopwatch against servers of a few lines."""

import io
import struct
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.speech_client import ask_piper, ask_wildtrack

SILENCE = b"\0\0" * 2400
TONE = struct.pack("<h", 8192) * 2400


@contextmanager
def answering(body: list[bytes], status: int = 200) -> Iterator[tuple[int, list[bytes]]]:
    """A server that answers every POST with these pieces; gives its port and the bodies it was sent."""
    received: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.end_headers()
            for piece in body:
                self.wfile.write(piece)
                self.wfile.flush()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1], received
        finally:
            server.shutdown()
            thread.join()


def test_speech_is_read_to_its_end_and_its_leading_silence_measured() -> None:
    with answering([SILENCE, TONE, TONE]) as (port, received):
        spoken = ask_wildtrack(port, "Hello.", "heart")
    assert spoken.duration_s == pytest.approx(0.3)
    assert spoken.silence_before_s == pytest.approx(0.1)
    assert 0 < spoken.first_byte_s <= spoken.whole_s
    assert spoken.samples[-1] == pytest.approx(0.25)
    assert b'"response_format": "pcm"' in received[0]


def test_an_error_is_never_taken_for_sound() -> None:
    with answering([b"{}"], status=503) as (port, _), pytest.raises(RuntimeError, match="503"):
        ask_wildtrack(port, "Hello.", "heart")
    with answering([]) as (port, _), pytest.raises(RuntimeError, match="200"):
        ask_wildtrack(port, "Hello.", "heart")


def test_the_peers_wav_is_read_at_its_own_rate() -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(22_050)
        writer.writeframes(TONE)
    with answering([file.getvalue()]) as (port, _):
        spoken = ask_piper(port, "Hello.")
    assert spoken.sample_rate_hz == 22_050
    assert len(spoken.samples) == 2400
    assert spoken.silence_before_s == 0
