"""Measures how soon speech is heard of a text that is still being written, as a language model writes it.

As it comes: each token goes to the server when it is written. By sentences: what programs do that have no such server,
each sentence is asked for by itself once it is whole. Both by the same server and voice, taking turns.
"""

import http.client
import json
import threading
import time
from collections.abc import Sequence
from functools import partial
from urllib.parse import urlencode

from benchmarks.measuring import median, percentile, take_turns
from benchmarks.report import Report, Target, at_least, progress
from benchmarks.servers import wildtrack
from benchmarks.speech_client import ask_wildtrack
from benchmarks.texts import latency_texts
from server.text.sentences import first_sentence

ROUNDS = 7
TOKENS_PER_S = 30
"""Of a language model on a good computer; a reader needs about four in a second."""
_CASES = (
    ("en_60w", "heart", "en", 4),
    ("en_60w", "af_heart", "en", 4),
    ("zh_60w", "zf_xiaoxiao", "zh", 2),
)
"""Text, voice, language, characters of a token."""
_WANTED = 1.5
COLUMNS = ("text", "voice", "as it comes, ms: median (p95)", "by sentences, ms", "sooner", "first sentence written, ms")


def run() -> Report:
    """Start the server, and write each text to it in both ways by turns."""
    rows: list[list[str]] = []
    targets: list[Target] = []
    raw: dict[str, object] = {}
    with wildtrack() as server:
        for key, voice, language, length in _CASES:
            progress(f"{key}, {voice}")
            text = latency_texts()[key]
            tokens = [text[start : start + length] for start in range(0, len(text), length)]
            sentence = text[: first_sentence(text, column=0, is_whole=True).length]
            written_s = (-(-len(sentence) // length) - 1) / TOKENS_PER_S
            first_ms = take_turns(
                {
                    "as it comes": partial(_as_it_comes_ms, server.port, tokens, voice, language),
                    "by sentences": partial(_by_sentences_ms, server.port, sentence, written_s, voice, language),
                },
                ROUNDS,
                warm_ups=1,
            )
            ours, theirs = first_ms["as it comes"], first_ms["by sentences"]
            ratio = median(theirs) / median(ours)
            rows.append(
                [
                    key,
                    voice,
                    f"{median(ours):.0f} ({percentile(ours, 95):.0f})",
                    f"{median(theirs):.0f}",
                    f"{ratio:.1f}x",
                    f"{1000 * written_s:.0f}",
                ]
            )
            targets.append(at_least(f"first sound of {key}, {voice}, sooner than by sentences", ratio, _WANTED))
            raw[f"{key}, {voice}"] = {"first_ms": first_ms, "ratio": ratio}
    return Report(
        name="dictation",
        title="First sound of a text that is being written: as it comes, against sentence by sentence",
        columns=COLUMNS,
        rows=rows,
        targets=targets,
        notes=(
            f"{ROUNDS} rounds, taking turns in one run, after 1 uncounted.",
            f"{TOKENS_PER_S} tokens a second; all times count from the first of them.",
        ),
        raw=raw,
    )


def _as_it_comes_ms(port: int, tokens: Sequence[str], voice: str, language: str) -> float:
    query = urlencode({"voice": voice, "language": language, "response_format": "pcm"})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.putrequest("POST", f"/v1/audio/speech/stream?{query}")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    begun_s = time.perf_counter()

    def write() -> None:
        for number, token in enumerate(tokens):
            time.sleep(max(0.0, begun_s + number / TOKENS_PER_S - time.perf_counter()))
            line = json.dumps({"text": token}).encode() + b"\n"
            connection.send(b"%x\r\n%s\r\n" % (len(line), line))
        connection.send(b"0\r\n\r\n")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        response = connection.getresponse()
        first = response.read1(65_536)
        first_s = time.perf_counter() - begun_s
        rest = response.read()
    finally:
        writer.join()
        connection.close()
    if response.status != http.client.OK or not first:
        raise RuntimeError(f"the server answered {response.status}: {(first + rest)[:300]!r}")
    return 1000 * first_s


def _by_sentences_ms(port: int, sentence: str, written_s: float, voice: str, language: str) -> float:
    """The first sentence alone: no later one is heard sooner."""
    time.sleep(written_s)
    return 1000 * (written_s + ask_wildtrack(port, sentence, voice, language=language).first_byte_s)
