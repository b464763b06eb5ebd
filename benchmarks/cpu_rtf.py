"""Measures what a sentence costs: CPU seconds of the whole server process for each second of sound it sends."""

from functools import partial

import psutil

from benchmarks.measuring import median, percentile, take_turns
from benchmarks.report import Report, at_most
from benchmarks.servers import wildtrack
from benchmarks.speech_client import ask_wildtrack
from benchmarks.texts import latency_texts

ROUNDS = 9
_REQUESTS_A_ROUND = {"heart": 20, "af_heart": 2, "zf_xiaoxiao": 2}
"""The clock that counts CPU time ticks every 10 ms, so a round of the fast voice has to be many requests."""
_TEXT_OF = {"heart": "en_15w", "af_heart": "en_15w", "zf_xiaoxiao": "zh_15w"}
_WANTED = {"heart": 0.02, "af_heart": 0.40, "zf_xiaoxiao": 0.40}


def run() -> Report:
    """Start the server and let the voices take turns."""
    texts = latency_texts()
    with wildtrack() as server:
        process = psutil.Process(server.process_id)

        def cpu_rtf(voice: str) -> float:
            before_s = _cpu_s(process)
            sound_s = sum(
                ask_wildtrack(server.port, texts[_TEXT_OF[voice]], voice).duration_s
                for _ in range(_REQUESTS_A_ROUND[voice])
            )
            return (_cpu_s(process) - before_s) / sound_s

        measured = take_turns({voice: partial(cpu_rtf, voice) for voice in _WANTED}, ROUNDS)
    return Report(
        name="cpu_rtf",
        title="CPU seconds of the server per second of sound, one sentence of 15 words at a time, whole chain",
        columns=("voice", "text", "CPU RTF, median", "p95", "lowest"),
        rows=[
            [voice, _TEXT_OF[voice], f"{median(rtf):.4f}", f"{percentile(rtf, 95):.4f}", f"{min(rtf):.4f}"]
            for voice, rtf in measured.items()
        ],
        targets=[at_most(f"CPU RTF, {voice}", median(measured[voice]), wanted) for voice, wanted in _WANTED.items()],
        notes=(
            f"{ROUNDS} rounds, voices taking turns, after 2 uncounted; {_REQUESTS_A_ROUND['heart']} requests a round "
            f"for heart, {_REQUESTS_A_ROUND['af_heart']} for the others, one after the other, as PCM over HTTP.",
            "User and system time of the server process, all threads; a busy neighbour raises it (shared caches).",
        ),
        raw={"cpu_rtf": measured},
    )


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
